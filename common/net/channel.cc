#include "common/net/channel.h"

#include <tuple>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {
namespace {

// After so much the other connections of the loop get their turn.  It also gives the peer time to
// read: what is written beyond its window is sent by the kernel when its acknowledgements come.
constexpr std::size_t kBurstBytes = 512UL * 1024;

}  // namespace

Channel::Channel(asio::io_context& loop, UniqueFd fd, Deadlines& deadlines)
    : loop_(loop),
      reactor_(asio::use_service<Reactor>(loop)),
      deadlines_(deadlines),
      fd_(std::move(fd)),
      transport_(fd_.get()) {
    deadlines_.add(*this);
    aborted_ = !reactor_.watch(fd_.get(), *this);
}

Channel::~Channel() {
    reactor_.forget(*this);
}

void Channel::wait_then(IoStatus want, Callback callback) {
    sent_in_turn_ = 0;
    Side& waiting = side(want);
    const bool is_over = std::exchange(waiting.has_news, false) || aborted_ ||
                         (hung_up_ && want == IoStatus::WantRead);
    if (!is_over) {
        waiting.waiter = std::move(callback);
        return;
    }
    asio::post(loop_, [ok = !aborted_, callback = std::move(callback)]() mutable { callback(ok); });
}

Task<bool> Channel::wait(IoStatus want, std::chrono::milliseconds timeout) {
    if (aborted_) co_return false;
    Deadlines::Time& deadline = want == IoStatus::WantWrite ? write_deadline : read_deadline;
    deadline = deadlines_.after(timeout);
    const bool ok = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(bool)>(
        [this, want](auto handler) { wait_then(want, std::move(handler)); }, asio::use_awaitable);
    deadline = Deadlines::kNever;
    co_return ok && !aborted_;
}

void Channel::wake(Side& side) {
    if (side.waiter) {
        // It may destroy this channel.
        std::exchange(side.waiter, nullptr)(true);
    } else {
        side.has_news = true;
    }
}

void Channel::on_readable(bool hung_up) {
    hung_up_ |= hung_up;
    wake(reading_);
}

void Channel::on_writable() {
    wake(writing_);
}

void Channel::on_shutdown() {
    // A waiter may own the coroutine that owns this channel.
    const Callback reader = std::exchange(reading_.waiter, nullptr);
    const Callback writer = std::exchange(writing_.waiter, nullptr);
}

IoStatus Channel::send(std::span<iovec>& parts) {
    parts = drop_front(parts, 0);  // an empty part is no part
    while (!parts.empty()) {
        if (sent_in_turn_ >= kBurstBytes) {
            yield(IoStatus::WantWrite);
            return IoStatus::WantWrite;
        }
        const IoResult result = transport_.write(parts);
        if (result.status != IoStatus::Done) return result.status;
        parts = drop_front(parts, result.bytes);
        sent_in_turn_ += result.bytes;
    }
    return IoStatus::Done;
}

Task<bool> Channel::send_all(std::span<iovec> parts, std::chrono::milliseconds timeout) {
    for (;;) {
        const IoStatus status = send(parts);
        if (status == IoStatus::Done) co_return true;
        if (status != IoStatus::WantWrite && status != IoStatus::WantRead) co_return false;
        if (!co_await wait(status, timeout)) co_return false;
    }
}

void Channel::abort() {
    aborted_ = true;
    for (Side* const side : {&reading_, &writing_}) {
        if (!side->waiter) continue;
        asio::post(loop_,
                   [waiter = std::exchange(side->waiter, nullptr)]() mutable { waiter(false); });
    }
}

void Channel::expire() {
    timed_out_ = true;
    abort();
}

}  // namespace tarn::net
