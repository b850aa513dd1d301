#include "server/cloudfront/bell.h"

#include <atomic>
#include <mutex>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::cloudfront {

namespace asio = boost::asio;

// A timer belongs to the coroutine that waits on it: when a loop is destroyed with its coroutines,
// the bell must not keep one alive.
using Timer = asio::steady_timer;

struct Bell::State {
    std::mutex mutex;
    std::atomic<std::uint64_t> rings{0};
    std::vector<std::weak_ptr<Timer>> waiting;
};

Bell::Bell() : state_(std::make_shared<State>()) {}
Bell::~Bell() = default;

std::uint64_t Bell::rings() const {
    return state_->rings.load(std::memory_order_acquire);
}

void Bell::ring() {
    std::vector<std::weak_ptr<Timer>> waiting;
    {
        const std::scoped_lock lock(state_->mutex);
        state_->rings.fetch_add(1, std::memory_order_acq_rel);
        waiting.swap(state_->waiting);
    }
    for (const auto& weak : waiting) {
        // Cancelled on its own loop: a timer is not thread-safe, and there it is certainly armed,
        // since its coroutine did not suspend between registering and waiting.
        if (auto timer = weak.lock()) {
            auto loop = timer->get_executor();
            asio::post(loop, [timer = std::move(timer)] { timer->cancel(); });
        }
    }
}

net::Task<> Bell::wait(std::uint64_t seen, std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;
    const auto timer = std::make_shared<Timer>(co_await asio::this_coro::executor);
    timer->expires_at(deadline);
    {
        const std::scoped_lock lock(state->mutex);
        if (state->rings.load(std::memory_order_relaxed) != seen) co_return;
        std::erase_if(state->waiting, [](const auto& weak) { return weak.expired(); });
        state->waiting.push_back(timer);
    }
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace tarn::cloudfront
