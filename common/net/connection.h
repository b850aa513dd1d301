// A server connection: which request is next, and what to wait for.
//
// The life of a connection is a sequence of phases.  Each is a plain function that goes as far as
// it can without waiting; drive() then arms one wait for the connection and returns to the loop.
// Only a request that Handler::handle_now() declines needs a coroutine.  So an idle connection is
// this object and one pending wait, and a request that is answered at once costs one recv and one
// sendmsg.

#pragma once

#include "common/net/channel.h"
#include "common/net/server_exchange.h"
#include "common/net/server_loop.h"

#include <memory>
#include <optional>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {

class Connection final : public Channel, public std::enable_shared_from_this<Connection> {
  public:
    Connection(ServerLoop& loop, UniqueFd fd, const SocketAddress& peer);
    ~Connection();

    // Lives from here until the connection ends, or until release().
    void start(ServerLoop::Admission admission);
    // Closes the connection where it is idle, else after its answer.
    void begin_drain();
    void force_close();
    // Lets go of the connection without closing it in an orderly way; the loop has stopped.
    void release();

    const Peer& peer();
    bool is_closing() const { return closing_; }
    const ServerLimits& limits() const { return loop_.context().limits; }

  private:
    enum class Phase : std::uint8_t {
        FirstByte,  // tells TLS from HTTP
        Handshake,
        Head,       // idle, or in the middle of a head
        Handle,     // the handler's coroutine runs
        Flush,      // the answer is not sent yet
        DrainBody,  // the answer is sent, the request's body not read
        Linger,     // our side is closed; waits for the peer to have read the answer
    };
    // What drive() does next.
    enum class Next : std::uint8_t { Step, WaitRead, WaitWrite, WaitHandler, Close };

    void drive();
    void end_wait(bool ok);
    Next step();
    Next first_byte();
    Next handshake();
    Next read_requests();
    Next wait_for_head();
    Next answer(ServerExchange::Found found);
    Next start_handler();
    Next flush();
    Next drain_body();
    Next complete();
    Next begin_linger(std::chrono::milliseconds time);
    Next linger();
    Next wait_for(IoStatus want, Deadlines::Time deadline);

    static Task<> run_handlers(std::shared_ptr<Connection> self);
    Task<> park();
    void resume_coroutine();
    bool is_alive() const { return self_ != nullptr; }
    void finish();

    ServerLoop& loop_;
    std::shared_ptr<Connection> self_;  // while the connection lives
    std::unique_ptr<ServerExchange> exchange_;
    std::unique_ptr<Peer> peer_;  // made when first asked for
    SocketAddress peer_address_;
    Deadlines::Time phase_deadline_ = Deadlines::kNever;  // of Handshake, Head, DrainBody, Linger
    std::size_t discarded_bytes_ = 0;                     // in DrainBody and Linger
    Phase phase_ = Phase::FirstByte;
    bool readable_ = false;  // the last wait said so, and no read has found the socket empty since
    std::uint8_t reads_in_turn_ = 0;  // since the last wait
    bool closing_ = false;
    bool driving_ = false;

    // The coroutine that runs Handler::handle(), and its rest between two requests.
    using Parked = asio::async_result<asio::use_awaitable_t<>, void()>::handler_type;
    std::optional<Parked> parked_;
    asio::cancellation_signal cancellation_;
    bool has_coroutine_ = false;
    bool request_waits_ = false;  // for the coroutine to take it
    bool handler_done_ = false;
};

}  // namespace tarn::net
