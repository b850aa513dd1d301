// The body of a request to a control API, in memory, and how much all of them may take together.

#pragma once

#include "common/base/result.h"
#include "common/net/exchange.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tarn::front {

inline constexpr std::size_t kMaxControlBodyBytes = 1u << 20;
// Of all control bodies at once: a caller who never finishes his cannot take the server's memory.
inline constexpr std::size_t kMaxControlBytes = 64u << 20;

// Thread-safe.
class BodyBudget {
  public:
    explicit BodyBudget(std::size_t max_bytes) : max_bytes_(max_bytes) {}
    // False, with nothing taken, where it would be too much.
    bool take(std::size_t bytes);
    void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
    std::size_t used() const { return used_.load(std::memory_order_relaxed); }

  private:
    const std::size_t max_bytes_;
    std::atomic<std::size_t> used_{0};
};

enum class ControlBodyError : std::uint8_t {
    Unreadable,
    TooLarge,
    Busy,  // the budget is used up
};

// Gives its bytes back to the budget when it goes.
class ControlBody {
  public:
    explicit ControlBody(BodyBudget& budget) : budget_(budget) {}
    ~ControlBody() { budget_.give_back(text_.size()); }
    ControlBody(const ControlBody&) = delete;
    ControlBody& operator=(const ControlBody&) = delete;

    net::Task<Result<void, ControlBodyError>> read(net::Exchange& exchange);
    const std::string& text() const { return text_; }

  private:
    BodyBudget& budget_;
    std::string text_;
};

}  // namespace tarn::front
