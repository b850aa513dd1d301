// Which sockets of a loop have become readable or writable.
//
// Asio arms every wait with an epoll_ctl, a third of the system calls of a small request.  Here a
// socket is registered once, edge-triggered, with an epoll instance of the loop that Asio watches
// in turn; so a wait costs no system call, and one wake-up of Asio brings the news of many sockets.

#pragma once

#include "common/net/socket.h"

#include <array>
#include <cstddef>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

namespace tarn::net {
namespace asio = boost::asio;

// One per io_context: asio::use_service<Reactor>(loop).  Used from the loop's thread only.
class Reactor final : public asio::execution_context::service {
  public:
    using key_type = Reactor;
    static inline asio::execution_context::id id;

    // Called when something about a socket has changed.  A watcher may be destroyed by each call.
    class Watcher {
      protected:
        Watcher() = default;
        Watcher(const Watcher&) = delete;
        Watcher& operator=(const Watcher&) = delete;
        ~Watcher() = default;

      private:
        friend class Reactor;
        // There is input, or (hung_up) there will be no more.
        virtual void on_readable(bool hung_up) = 0;
        virtual void on_writable() = 0;
        // The loop is being destroyed: lets go of whoever waits.
        virtual void on_shutdown() = 0;

        Watcher* previous_ = nullptr;
        Watcher* next_ = nullptr;
    };

    explicit Reactor(asio::execution_context& context);

    // Until forget().  Tells at once what there is to tell.  False where the kernel refuses.
    bool watch(int fd, Watcher& watcher);
    // To be called before the socket is closed.
    void forget(Watcher& watcher);

  private:
    void shutdown() override;
    void wait();
    void dispatch();
    void tell(std::size_t index);

    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> epoll_;
    Watcher* first_ = nullptr;
    std::array<epoll_event, 256> events_{};  // being told: from told_ to count_
    std::size_t told_ = 0;
    std::size_t count_ = 0;
};

}  // namespace tarn::net
