#include "server/storage/free_space.h"

#include <algorithm>
#include <optional>

#include <sys/statvfs.h>

namespace tarn::storage {
namespace {

constexpr std::uint64_t kSmallDeleteBytes = 16 * 1024;

struct Space {
    std::uint64_t available = 0;
    std::uint64_t reserve = 0;
};

std::optional<Space> space_of(const std::filesystem::path& directory) {
    struct statvfs state{};
    if (::statvfs(directory.c_str(), &state) != 0) return std::nullopt;
    return Space{
        .available = state.f_bavail * state.f_frsize,
        .reserve = std::min<std::uint64_t>(kReserveBytes, state.f_blocks * state.f_frsize / 8)};
}

}  // namespace

std::uint64_t reserve_of(const std::filesystem::path& directory) {
    const auto space = space_of(directory);
    return space ? space->reserve : kReserveBytes;
}

std::uint64_t room_above_reserve(const std::filesystem::path& directory) {
    const auto space = space_of(directory);
    if (!space) return UINT64_MAX;  // the write itself will tell
    return space->available > space->reserve ? space->available - space->reserve : 0;
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
