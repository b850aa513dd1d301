#include "server/storage/free_space.h"

#include <algorithm>

#include <sys/statvfs.h>

namespace tarn::storage {
namespace {

constexpr std::uint64_t kSmallDeleteBytes = 16 * 1024;

}  // namespace

std::uint64_t room_above_reserve(const std::filesystem::path& directory) {
    struct statvfs state{};
    // Where the question fails, the write itself will tell.
    if (::statvfs(directory.c_str(), &state) != 0) return UINT64_MAX;
    const std::uint64_t size = state.f_blocks * state.f_frsize;
    const std::uint64_t available = state.f_bavail * state.f_frsize;
    const std::uint64_t reserve = std::min(kReserveBytes, size / 8);
    return available > reserve ? available - reserve : 0;
}

bool admit_batch(const Batch& batch, std::uint64_t& room) {
    std::uint64_t bytes = 0;
    bool deletes = false;
    for (const Mutation& mutation : batch.mutations) {
        bytes += mutation.key.size() + mutation.value.size();
        deletes = deletes || mutation.kind != Mutation::Kind::Put;
    }
    if (bytes > room) return deletes && bytes <= kSmallDeleteBytes;
    room -= bytes;
    return true;
}

}  // namespace tarn::storage
