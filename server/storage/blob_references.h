// Which blobs the rows refer to, as the layer above knows it.

#pragma once

#include "server/storage/blob_store.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace tarn::storage {

// Calls visit for every blob that some row refers to, except Table::BlobTrash; twice does no harm.
// Where a commit can move a reference from one row to another, the row it leaves must be visited
// before the row it goes to (uploads before objects), or the reference could be missed.  Blocks.
using ReferenceVisitor =
    std::function<Result<void, StoreError>(const std::function<void(const BlobId&)>& visit)>;

// A set of blob ids at 8 bytes each.  Two ids may look the same, one time in 2^64.
class BlobIdSet {
  public:
    void add(const BlobId& id) { marks_.push_back(mark_of(id)); }
    // To be called after the last add() and before the first contains().
    void seal();
    bool contains(const BlobId& id) const;
    std::size_t size() const { return marks_.size(); }

  private:
    static std::uint64_t mark_of(const BlobId& id);

    std::vector<std::uint64_t> marks_;
};

}  // namespace tarn::storage
