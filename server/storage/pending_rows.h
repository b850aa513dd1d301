// What the batches of one commit group have done to rows so far, so that the guards of a later
// batch of the group see it before it is written.
//
// Keeps views of the keys: the batches must outlive it, or clear() come first.  Not thread-safe.

#pragma once

#include "server/storage/metadata_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace tarn::storage {

class PendingRows {
  public:
    void clear();
    // The row's revision after what was recorded, 0 if it was deleted; nothing if it was not
    // touched.
    std::optional<Revision> find(Table table, Partition partition, std::string_view key) const;
    // Records a put, or with revision 0 a delete.
    void set(Table table, Partition partition, std::string_view key, Revision revision);
    // visit sees each row below the prefix that was put before.
    void delete_prefix(Table table, Partition partition, std::string_view prefix,
                       const std::function<void(std::string_view key)>& visit);

  private:
    struct Entry {
        std::size_t hash = 0;
        Partition partition = 0;
        std::string_view key;
        Revision revision = 0;
        std::size_t slot = 0;  // where slots_ refers to it
        Table table = Table::System;
    };
    struct Prefix {
        Partition partition = 0;
        std::string_view prefix;
        Table table = Table::System;
    };
    static constexpr std::uint32_t kEmpty = UINT32_MAX;

    // The slot that holds the row, or the empty one where it belongs.
    std::size_t slot_of(std::size_t hash, Table table, Partition partition,
                        std::string_view key) const;
    void grow();

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> slots_;  // indexes of entries_, open addressing; a power of two
    std::vector<Prefix> deleted_prefixes_;
};

}  // namespace tarn::storage
