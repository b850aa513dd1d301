// The binary form of stored records: little building blocks shared by records.cc.
//
// Integers are LEB128 varints, strings are length-prefixed; every record begins with its format
// version.  A reader of truncated or foreign bytes reports failure instead of guessing.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::s3 {

class RecordWriter {
  public:
    void integer(std::uint64_t value) {
        while (value >= 0x80) {
            bytes_.push_back(static_cast<char>(value | 0x80));
            value >>= 7;
        }
        bytes_.push_back(static_cast<char>(value));
    }
    void text(std::string_view value) {
        integer(value.size());
        bytes_.append(value);
    }
    void raw(std::string_view value) { bytes_.append(value); }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

class RecordReader {
  public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) {}
    std::uint64_t integer() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) break;
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        ok_ = false;
        return 0;
    }
    std::string_view raw(std::size_t size) {
        if (size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }
    std::string_view text() { return raw(integer()); }
    // Makes ok() false: what was read makes no sense.
    void fail() { ok_ = false; }
    // Whether everything so far was there.
    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace tarn::s3
