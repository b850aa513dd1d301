#include "server/storage/witness.h"

#include "common/crypto/crc.h"

#include <array>
#include <cstring>
#include <span>

#include <fcntl.h>

namespace tarn::storage {
namespace {

constexpr std::uint64_t kMagic = 0x3154'4957'4e52'4154;  // "TARNWIT1"
constexpr std::size_t kDatabaseIdMax = 64;
// One slot a page, so that writing one never touches the other.
constexpr std::uint64_t kSlotStride = 4096;

// Fixed width and little-endian (static_assert in row_format.h).
struct Slot {
    std::uint64_t magic = kMagic;
    std::uint64_t serial = 0;
    std::uint64_t sequence = 0;
    std::uint64_t log_number = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t manifest_number = 0;
    std::uint64_t manifest_bytes = 0;
    std::uint64_t epoch = 0;
    std::uint32_t relaxed = 0;
    std::uint32_t database_id_bytes = 0;
    std::array<char, kDatabaseIdMax> database_id{};
    std::uint32_t reserved = 0;
    std::uint32_t crc = 0;  // of all before it
};
static_assert(sizeof(Slot) == 144);

std::string_view bytes_of(const Slot& slot) {
    return {reinterpret_cast<const char*>(&slot), sizeof slot};
}

std::uint32_t crc_of(const Slot& slot) {
    return crypto::crc32c(bytes_of(slot).substr(0, offsetof(Slot, crc)));
}

std::optional<Slot> read_slot(int file, std::uint64_t index) {
    Slot slot;
    const std::span<char> buffer(reinterpret_cast<char*>(&slot), sizeof slot);
    if (!read_all(file, buffer, index * kSlotStride)) return std::nullopt;
    if (slot.magic != kMagic || slot.crc != crc_of(slot)) return std::nullopt;
    if (slot.database_id_bytes > kDatabaseIdMax) return std::nullopt;
    return slot;
}

Witness witness_of(const Slot& slot) {
    return {.database_id = std::string(slot.database_id.data(), slot.database_id_bytes),
            .sequence = slot.sequence,
            .log_number = slot.log_number,
            .log_bytes = slot.log_bytes,
            .manifest_number = slot.manifest_number,
            .manifest_bytes = slot.manifest_bytes,
            .epoch = slot.epoch,
            .relaxed = slot.relaxed != 0};
}

Slot slot_of(const Witness& witness, std::uint64_t serial) {
    Slot slot{.serial = serial,
              .sequence = witness.sequence,
              .log_number = witness.log_number,
              .log_bytes = witness.log_bytes,
              .manifest_number = witness.manifest_number,
              .manifest_bytes = witness.manifest_bytes,
              .epoch = witness.epoch,
              .relaxed = witness.relaxed ? 1u : 0u};
    const std::size_t length = witness.database_id.copy(slot.database_id.data(), kDatabaseIdMax);
    slot.database_id_bytes = static_cast<std::uint32_t>(length);
    slot.crc = crc_of(slot);
    return slot;
}

}  // namespace

Result<WitnessFile, StoreError> WitnessFile::open(const std::filesystem::path& path) {
    TARN_TRY(FileDescriptor descriptor, open_file(path, O_RDWR | O_CREAT));
    WitnessFile file(std::move(descriptor));
    for (const std::uint64_t index : {0u, 1u}) {
        const auto slot = read_slot(file.file_.get(), index);
        if (!slot || (file.found_ && slot->serial < file.serial_)) continue;
        file.serial_ = slot->serial;
        file.found_ = witness_of(*slot);
    }
    return file;
}

Result<void, StoreError> WitnessFile::write(const Witness& witness) {
    const Slot slot = slot_of(witness, serial_ + 1);
    const std::uint64_t offset = (slot.serial % 2) * kSlotStride;
    if (auto written = write_all(file_.get(), bytes_of(slot), offset); !written) return written;
    serial_ = slot.serial;
    return {};
}

Result<void, StoreError> WitnessFile::sync() {
    return sync_data(file_.get());
}

}  // namespace tarn::storage
