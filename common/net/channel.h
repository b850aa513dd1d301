// A connection as a loop sees it: its transport, and waiting for it.
//
// At most one wait for input and one for output at a time.  Used from the loop's thread only.
//
// A wait is for news since the last wait in that direction ended.  So whoever waits has found the
// socket empty (or full) before, or has read less than there was room for from a plain one; whoever
// stops earlier, for the sake of others, calls yield().

#pragma once

#include "common/net/deadlines.h"
#include "common/net/reactor.h"
#include "common/net/socket.h"
#include "common/net/task.h"
#include "common/net/transport.h"

#include <chrono>
#include <functional>
#include <span>

#include <boost/asio/io_context.hpp>

namespace tarn::net {

class Channel : public Deadlines::Member, private Reactor::Watcher {
  public:
    // Takes part in deadlines until leave_deadlines().
    Channel(asio::io_context& loop, UniqueFd fd, Deadlines& deadlines);

    int fd() const { return fd_.get(); }
    Transport& transport() { return transport_; }

    // Waits for what a transport operation asked for (WantRead or WantWrite).  False where the
    // timeout ran out or the channel was aborted.
    Task<bool> wait(IoStatus want, std::chrono::milliseconds timeout);
    // The next wait in this direction ends when the other connections of the loop had their turn.
    void yield(IoStatus want) { side(want).has_news = true; }
    // Writes as much as the socket takes and drops it from parts.  Done: all of it.
    IoStatus send(std::span<iovec>& parts);
    // Sends all parts, waiting where needed; timeout is for each wait.  parts is used up.
    Task<bool> send_all(std::span<iovec> parts, std::chrono::milliseconds timeout);

    // Ends the present waits and lets every later one fail.
    void abort();
    bool aborted() const { return aborted_; }
    bool timed_out() const { return timed_out_; }

  protected:
    ~Channel();

    using Callback = std::move_only_function<void(bool ok)>;
    // Calls back once, from the loop and never at once.  The channel must outlive the wait.  The
    // deadline is the caller's, who sets and clears read_deadline or write_deadline.
    void wait_then(IoStatus want, Callback callback);
    // Whether anything may have come since the last wait for input ended.
    bool has_input_news() const { return reading_.has_news || hung_up_; }
    void forget_input_news() { reading_.has_news = false; }
    Deadlines& deadlines() const { return deadlines_; }
    void leave_deadlines() { deadlines_.remove(*this); }
    void expire() override;

  private:
    struct Side {
        Callback waiter;
        bool has_news = false;  // since the last wait
    };
    Side& side(IoStatus want) { return want == IoStatus::WantWrite ? writing_ : reading_; }
    static void wake(Side& side);
    void on_readable(bool hung_up) override;
    void on_writable() override;
    void on_shutdown() override;

    asio::io_context& loop_;
    Reactor& reactor_;
    Deadlines& deadlines_;
    UniqueFd fd_;
    Transport transport_;
    Side reading_;
    Side writing_;
    std::size_t sent_in_turn_ = 0;  // since the last wait
    bool hung_up_ = false;  // the peer has ended its stream, or the connection failed: once for all
    bool aborted_ = false;
    bool timed_out_ = false;
};

}  // namespace tarn::net
