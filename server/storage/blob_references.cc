#include "server/storage/blob_references.h"

#include <algorithm>
#include <cstring>

namespace tarn::storage {

void BlobIdSet::seal() {
    std::ranges::sort(marks_);
    const auto repeated = std::ranges::unique(marks_);
    marks_.erase(repeated.begin(), repeated.end());
}

bool BlobIdSet::contains(const BlobId& id) const {
    return std::ranges::binary_search(marks_, mark_of(id));
}

std::uint64_t BlobIdSet::mark_of(const BlobId& id) {
    // The end: the first bytes name the directory, which many blobs share.
    std::uint64_t mark = 0;
    static_assert(sizeof mark <= sizeof id.bytes);
    std::memcpy(&mark, id.bytes.data() + sizeof id.bytes - sizeof mark, sizeof mark);
    return mark;
}

}  // namespace tarn::storage
