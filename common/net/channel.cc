#include "common/net/channel.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {
namespace {

// After so much the other connections of the loop get their turn.
constexpr std::size_t kBurstBytes = 1024UL * 1024;

}  // namespace

Channel::Channel(asio::io_context& loop, UniqueFd fd, Deadlines& deadlines)
    : descriptor_(loop, fd.get()), deadlines_(deadlines), transport_(fd.get()) {
    fd.release();
    deadlines_.add(*this);
}

asio::posix::descriptor_base::wait_type Channel::kind_of(IoStatus want) {
    return want == IoStatus::WantWrite ? asio::posix::descriptor_base::wait_write
                                       : asio::posix::descriptor_base::wait_read;
}

Task<bool> Channel::wait(IoStatus want, std::chrono::milliseconds timeout) {
    if (aborted_) co_return false;
    Deadlines::Time& deadline = want == IoStatus::WantWrite ? write_deadline : read_deadline;
    deadline = deadlines_.after(timeout);
    const auto [error] =
        co_await descriptor_.async_wait(kind_of(want), asio::as_tuple(asio::use_awaitable));
    deadline = Deadlines::kNever;
    co_return !error && !aborted_;
}

IoStatus Channel::send(std::span<iovec>& parts) {
    parts = drop_front(parts, 0);  // an empty part is no part
    std::size_t sent = 0;
    while (!parts.empty()) {
        if (sent >= kBurstBytes) return IoStatus::WantWrite;
        const IoResult result = transport_.write(parts);
        if (result.status != IoStatus::Done) return result.status;
        parts = drop_front(parts, result.bytes);
        sent += result.bytes;
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
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
}

void Channel::expire() {
    timed_out_ = true;
    abort();
}

}  // namespace tarn::net
