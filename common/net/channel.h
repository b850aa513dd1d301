// A connection as a loop sees it: its transport, and waiting for it.
//
// At most one wait for input and one for output at a time.  Used from the loop's thread only.

#pragma once

#include "common/net/deadlines.h"
#include "common/net/socket.h"
#include "common/net/task.h"
#include "common/net/transport.h"

#include <chrono>
#include <span>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace tarn::net {

class Channel : public Deadlines::Member {
  public:
    // Takes part in deadlines until leave_deadlines().
    Channel(asio::io_context& loop, UniqueFd fd, Deadlines& deadlines);

    int fd() { return descriptor_.native_handle(); }
    Transport& transport() { return transport_; }

    // Waits for what a transport operation asked for (WantRead or WantWrite).  False where the
    // timeout ran out or the channel was aborted.
    Task<bool> wait(IoStatus want, std::chrono::milliseconds timeout);
    // Writes as much as the socket takes and drops it from parts.  Done: all of it.
    IoStatus send(std::span<iovec>& parts);
    // Sends all parts, waiting where needed; timeout is for each wait.  parts is used up.
    Task<bool> send_all(std::span<iovec> parts, std::chrono::milliseconds timeout);

    // Ends the present waits and lets every later one fail.
    void abort();
    bool aborted() const { return aborted_; }
    bool timed_out() const { return timed_out_; }

  protected:
    ~Channel() = default;

    // Calls back once, from the loop: callback(bool ok).  The channel must outlive the wait.  The
    // deadline is the caller's, who sets read_deadline or write_deadline.
    template <class Callback>
    void wait_then(IoStatus want, Callback callback) {
        descriptor_.async_wait(kind_of(want), [this, callback](boost::system::error_code error) {
            read_deadline = write_deadline = Deadlines::kNever;
            callback(!error && !aborted_);
        });
    }
    Deadlines& deadlines() const { return deadlines_; }
    void leave_deadlines() { deadlines_.remove(*this); }
    void expire() override;

  private:
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    static asio::posix::descriptor_base::wait_type kind_of(IoStatus want);

    Descriptor descriptor_;
    Deadlines& deadlines_;
    Transport transport_;
    bool aborted_ = false;
    bool timed_out_ = false;
};

}  // namespace tarn::net
