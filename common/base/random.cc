#include "common/base/random.h"

#include "common/base/check.h"
#include "common/base/encoding.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <pthread.h>
#include <sys/random.h>

namespace tarn {
namespace {

void fill_from_kernel(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        CHECK(count > 0);  // anything else than EINTR is a kernel without getrandom
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

// Counts the forks up to this process: a child must not repeat the bytes of its parent.
std::atomic<unsigned> fork_count{0};

unsigned current_fork() {
    [[maybe_unused]] static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1); });
    return fork_count.load(std::memory_order_relaxed);
}

// Bytes fetched ahead, so that a request id costs no system call.  Bytes handed out are wiped: a
// key drawn from here must not stay readable in memory.
class Pool {
  public:
    void take(std::span<std::uint8_t> bytes) {
        if (const unsigned fork = current_fork(); fork != filled_after_fork_) {
            filled_after_fork_ = fork;
            used_ = buffer_.size();
        }
        while (!bytes.empty()) {
            if (used_ == buffer_.size()) {
                fill_from_kernel(buffer_);
                used_ = 0;
            }
            const std::size_t count = std::min(bytes.size(), buffer_.size() - used_);
            std::memcpy(bytes.data(), buffer_.data() + used_, count);
            explicit_bzero(buffer_.data() + used_, count);
            used_ += count;
            bytes = bytes.subspan(count);
        }
    }

  private:
    std::array<std::uint8_t, 512> buffer_{};
    std::size_t used_ = buffer_.size();
    unsigned filled_after_fork_ = 0;
};

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    thread_local Pool pool;
    pool.take(bytes);
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const std::uint64_t word = engine_();
        const std::size_t count = std::min(bytes.size(), sizeof(word));
        std::memcpy(bytes.data(), &word, count);
        bytes = bytes.subspan(count);
    }
}

std::string random_upper_alnum(Random& random, std::size_t length) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    // Bytes from here on are drawn again, or the first letters would be likelier than the last.
    constexpr std::size_t kFairEnd = 256 / kAlphabet.size() * kAlphabet.size();
    std::string text;
    text.reserve(length);
    std::array<std::uint8_t, 64> bytes;
    while (text.size() < length) {
        const auto wanted = std::span(bytes).first(std::min(bytes.size(), length - text.size()));
        random.fill(wanted);
        for (const std::uint8_t byte : wanted) {
            if (byte < kFairEnd) text += kAlphabet[byte % kAlphabet.size()];
        }
    }
    return text;
}

std::string random_hex(Random& random, std::size_t byte_count) {
    std::string bytes(byte_count, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return to_hex(bytes);
}

}  // namespace tarn
