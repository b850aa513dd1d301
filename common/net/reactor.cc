#include "common/net/reactor.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <boost/system/system_error.hpp>

namespace tarn::net {
namespace {

constexpr std::uint32_t kHangUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

int new_epoll() {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) throw boost::system::system_error(errno, boost::system::system_category());
    return epoll;
}

}  // namespace

Reactor::Reactor(asio::execution_context& context)
    : service(context), epoll_(static_cast<asio::io_context&>(context), new_epoll()) {
    wait();
}

bool Reactor::watch(int fd, Watcher& watcher) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
    watcher.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &watcher;
    first_ = &watcher;
    return true;
}

// The kernel drops the socket from the epoll instance when it is closed.
void Reactor::forget(Watcher& watcher) {
    if (watcher.next_ != nullptr) watcher.next_->previous_ = watcher.previous_;
    if (watcher.previous_ != nullptr) {
        watcher.previous_->next_ = watcher.next_;
    } else if (first_ == &watcher) {
        first_ = watcher.next_;
    }
    watcher.previous_ = watcher.next_ = nullptr;
    for (std::size_t i = told_; i < count_; ++i) {
        if (events_[i].data.ptr == &watcher) events_[i].data.ptr = nullptr;
    }
}

// Asio destroys the waits for its own descriptors in the same way.
void Reactor::shutdown() {
    boost::system::error_code ignored;
    std::ignore = epoll_.close(ignored);
    while (first_ != nullptr) {
        Watcher& watcher = *first_;
        forget(watcher);
        watcher.on_shutdown();
    }
}

// Asio looks anew at what there is with each wait, so events beyond the array are not lost.
void Reactor::wait() {
    epoll_.async_wait(asio::posix::descriptor_base::wait_read,
                      [this](boost::system::error_code error) {
                          if (error) return;
                          dispatch();
                          wait();
                      });
}

void Reactor::dispatch() {
    const int got =
        ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    count_ = static_cast<std::size_t>(std::max(got, 0));
    for (told_ = 0; told_ < count_; ++told_)
        tell(told_);
    told_ = count_ = 0;
}

// forget() takes the watcher out of the event when a call destroys it.
void Reactor::tell(std::size_t index) {
    const epoll_event& event = events_[index];
    const std::uint32_t what = event.events;
    const bool hung_up = (what & kHangUp) != 0;
    const auto watcher = [&event] { return static_cast<Watcher*>(event.data.ptr); };
    if (((what & EPOLLIN) != 0 || hung_up) && watcher() != nullptr) {
        watcher()->on_readable(hung_up);
    }
    if ((what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && watcher() != nullptr) {
        watcher()->on_writable();
    }
}

}  // namespace tarn::net
