// A bell that any thread rings and that coroutines on any loop wait for.

#pragma once

#include "common/net/task.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace tarn::cloudfront {

// Thread-safe.  To miss no ring: read rings(), look at the state, then wait for a ring after that.
//
//   const auto seen = bell.rings();
//   if (nothing to do) co_await bell.wait(seen, deadline);
class Bell {
  public:
    Bell();
    ~Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    std::uint64_t rings() const;
    void ring();
    // Returns at the first ring after seen, which may have been already, or at the deadline.
    net::Task<> wait(std::uint64_t seen, std::chrono::steady_clock::time_point deadline);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tarn::cloudfront
