#include "server/storage/log_prefix.h"

#include "common/crypto/crc.h"

#include <algorithm>
#include <cstring>

namespace tarn::storage {
namespace {

constexpr std::uint64_t kLogBlockBytes = 32 * 1024;
constexpr std::uint64_t kSectorBytes = 512;
// CRC (4), length (2), type (1).
constexpr std::uint64_t kRecordHeaderBytes = 7;

enum RecordType : unsigned char { Full = 1, First = 2, Middle = 3, Last = 4 };

// Of at least four bytes.
std::uint32_t load32(std::string_view bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

// RocksDB stores CRCs rotated and shifted, so that the CRC of data that contains CRCs stays useful.
std::uint32_t unmask(std::uint32_t masked) {
    const std::uint32_t rotated = masked - 0xa282ead8u;
    return (rotated >> 17) | (rotated << 15);
}

// Bytes of the record at the front of block including its header; 0 where there is no whole one.
std::uint64_t whole_record(std::string_view block) {
    if (block.size() < kRecordHeaderBytes) return 0;
    const auto length = static_cast<std::uint64_t>(static_cast<unsigned char>(block[4])) |
                        static_cast<std::uint64_t>(static_cast<unsigned char>(block[5])) << 8;
    if (kRecordHeaderBytes + length > block.size()) return 0;
    const auto type = static_cast<unsigned char>(block[6]);
    if (type < RecordType::Full || type > RecordType::Last) return 0;
    // The CRC covers the type and the data.
    if (crypto::crc32c(block.substr(6, 1 + length)) != unmask(load32(block))) return 0;
    return kRecordHeaderBytes + length;
}

// The first sector counts from position on: what is before it was there already.
bool has_unwritten_sector(std::string_view log, std::uint64_t position) {
    while (position < log.size()) {
        const std::uint64_t end = (position / kSectorBytes + 1) * kSectorBytes;
        const std::string_view bytes = log.substr(position, end - position);
        if (bytes.find_first_not_of('\0') == std::string_view::npos) return true;
        position = end;
    }
    return false;
}

// Whether a record begins in the blocks after position.  One that does was written later.
bool has_later_record(std::string_view log, std::uint64_t position) {
    std::uint64_t block = (position / kLogBlockBytes + 1) * kLogBlockBytes;
    for (; block < log.size(); block += kLogBlockBytes) {
        std::string_view left = log.substr(block, kLogBlockBytes);
        while (const std::uint64_t record = whole_record(left)) {
            const auto type = static_cast<unsigned char>(left[6]);
            if (type == RecordType::Full || type == RecordType::First) return true;
            left.remove_prefix(record);
        }
    }
    return false;
}

}  // namespace

std::uint64_t whole_log_prefix(std::string_view log) {
    std::uint64_t whole = 0;  // up to here: complete records, not just complete fragments
    std::uint64_t position = 0;
    bool inside = false;  // between a First and its Last
    while (position < log.size()) {
        const std::uint64_t left_in_block = kLogBlockBytes - position % kLogBlockBytes;
        const std::uint64_t available =
            std::min<std::uint64_t>(left_in_block, log.size() - position);
        if (left_in_block < kRecordHeaderBytes) {
            // Too short for a header: the writer fills it with zeros.
            const std::string_view filler = log.substr(position, available);
            if (filler.find_first_not_of('\0') != std::string_view::npos) break;
            position += available;
            if (!inside) whole = position;
            continue;
        }
        const std::string_view block = log.substr(position, available);
        const std::uint64_t record = whole_record(block);
        if (record == 0) break;
        const auto type = static_cast<unsigned char>(block[6]);
        if (inside != (type == RecordType::Middle || type == RecordType::Last)) break;
        inside = type == RecordType::First || type == RecordType::Middle;
        position += record;
        if (!inside) whole = position;
    }
    return whole;
}

bool has_torn_tail(std::string_view log, std::uint64_t whole) {
    return has_unwritten_sector(log, whole) && !has_later_record(log, whole);
}

}  // namespace tarn::storage
