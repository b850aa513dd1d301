// The bytes that were received and not yet used.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace tarn::net {

class ReadBuffer {
  public:
    explicit ReadBuffer(std::size_t capacity)
        : capacity_(capacity), bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {}

    std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    std::size_t capacity() const { return capacity_; }

    // Drops bytes at the front; views of the others stay valid.
    void consume(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void clear() { begin_ = end_ = 0; }

    // Where the next bytes go; at least minimum.  Invalidates views where the bytes must move.
    std::span<char> room(std::size_t minimum) {
        if (capacity_ - end_ < minimum) make_room(minimum);
        return {bytes_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t count) { end_ += count; }
    void append(std::string_view bytes) {
        std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }

  private:
    void make_room(std::size_t minimum) {
        const std::size_t size = end_ - begin_;
        if (capacity_ - size < minimum) {
            capacity_ = std::max(2 * capacity_, size + minimum);
            auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
            std::memcpy(larger.get(), bytes_.get() + begin_, size);
            bytes_ = std::move(larger);
        } else {
            std::memmove(bytes_.get(), bytes_.get() + begin_, size);
        }
        begin_ = 0;
        end_ = size;
    }

    std::size_t capacity_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::unique_ptr<char[]> bytes_;
};

}  // namespace tarn::net
