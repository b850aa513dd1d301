#include "common/net/connection.h"

#include "common/observe/log.h"

#include <algorithm>
#include <cerrno>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace tarn::net {
namespace {

constexpr std::size_t kMinReadRoom = 2UL * 1024;
// Then the other connections of the loop get their turn.
constexpr std::uint8_t kMaxReadsInTurn = 16;
constexpr unsigned char kTlsHandshakeRecord = 0x16;  // RFC 8446, section 5.1

// Of a connection above the limit, and of all while the server drains.
constexpr std::chrono::milliseconds kBriefLingerTime{2'000};

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Connection: close\r\n"
    "Retry-After: 1\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

}  // namespace

Connection::Connection(ServerLoop& loop, UniqueFd fd, const SocketAddress& peer)
    : Channel(loop.io(), std::move(fd), loop.deadlines()), loop_(loop), peer_address_(peer) {}

Connection::~Connection() = default;

void Connection::start(ServerLoop::Admission admission) {
    self_ = shared_from_this();
    if (admission == ServerLoop::Admission::Refuse) {
        iovec part = as_part(kTooManyConnections);
        std::span<iovec> parts(&part, 1);
        (void)send(parts);
        (void)begin_linger(kBriefLingerTime);
    } else if (loop_.context().tls == nullptr) {
        phase_ = Phase::Head;
    }
    drive();
}

void Connection::begin_drain() {
    closing_ = true;
    const bool idle = phase_ == Phase::FirstByte || (phase_ == Phase::Head && !exchange_);
    if (idle) abort();
    if (phase_ != Phase::Linger) return;
    phase_deadline_ = std::min(phase_deadline_, deadlines().after(kBriefLingerTime));
    read_deadline = std::min(read_deadline, phase_deadline_);
}

void Connection::force_close() {
    closing_ = true;
    abort();
    if (phase_ == Phase::Handle) {
        cancellation_.emit(asio::cancellation_type::terminal);
    }
}

void Connection::release() {
    leave_deadlines();
    parked_.reset();
    self_.reset();
}

// The end of the connection.  The object goes with the last coroutine that runs on it.
void Connection::finish() {
    const bool cut = exchange_ && exchange_->is_cut();
    if (!aborted() && !cut && phase_ != Phase::Linger) transport().end_tls();
    leave_deadlines();
    if (exchange_) loop_.give_back(std::move(exchange_));
    ServerLoop& loop = loop_;
    const std::shared_ptr<Connection> self = std::move(self_);
    resume_coroutine();  // finds no request and ends
    loop.connection_gone();
}

const Peer& Connection::peer() {
    if (!peer_) {
        peer_ = std::make_unique<Peer>();
        AddressText remote = to_text(peer_address_);
        AddressText local = to_text(local_address(fd()));
        peer_->address = std::move(remote.address);
        peer_->port = remote.port;
        peer_->local_address = std::move(local.address);
        peer_->local_port = local.port;
        if (SSL* const ssl = transport().ssl()) {
            peer_->tls = true;
            peer_->tls_protocol = SSL_get_version(ssl);
            peer_->tls_cipher = SSL_get_cipher_name(ssl);
        }
    }
    return *peer_;
}

void Connection::drive() {
    driving_ = true;
    Next next = Next::Step;
    while (next == Next::Step)
        next = step();
    driving_ = false;

    // The waits keep no reference: finish() is never called while one is pending.
    switch (next) {
        case Next::WaitRead:
            wait_then(IoStatus::WantRead, [this](bool ok) {
                readable_ = true;
                reads_in_turn_ = 0;
                end_wait(ok);
            });
            break;
        case Next::WaitWrite:
            wait_then(IoStatus::WantWrite, [this](bool ok) { end_wait(ok); });
            break;
        case Next::Step:
        case Next::WaitHandler:
            break;
        case Next::Close:
            finish();
            break;
    }
}

void Connection::end_wait(bool ok) {
    read_deadline = write_deadline = Deadlines::kNever;
    ok && !aborted() ? drive() : finish();
}

Connection::Next Connection::step() {
    switch (phase_) {
        case Phase::FirstByte:
            return first_byte();
        case Phase::Handshake:
            return handshake();
        case Phase::Head:
            return read_requests();
        case Phase::Handle:
            return complete();
        case Phase::Flush:
            return flush();
        case Phase::DrainBody:
            return drain_body();
        case Phase::Linger:
            return linger();
    }
    return Next::Close;
}

Connection::Next Connection::wait_for(IoStatus want, Deadlines::Time deadline) {
    switch (want) {
        case IoStatus::WantRead:
            if (aborted()) return Next::Close;
            readable_ = false;
            read_deadline = deadline;
            return Next::WaitRead;
        case IoStatus::WantWrite:
            if (aborted()) return Next::Close;
            write_deadline = deadline;
            return Next::WaitWrite;
        case IoStatus::Done:
        case IoStatus::End:
        case IoStatus::Failed:
            break;
    }
    return Next::Close;
}

// ---- before the first request ----

Connection::Next Connection::first_byte() {
    unsigned char first = 0;
    const ssize_t got = ::recv(fd(), &first, 1, MSG_PEEK);
    if (got == 0) return Next::Close;
    if (got < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return Next::Close;
        return wait_for(IoStatus::WantRead, deadlines().after(limits().idle_timeout));
    }
    if (first != kTlsHandshakeRecord) {
        phase_ = Phase::Head;
        readable_ = true;
        return Next::Step;
    }
    SslHandle ssl(SSL_new(loop_.context().tls));
    if (!ssl) return Next::Close;
    SSL_set_accept_state(ssl.get());
    transport().start_tls(std::move(ssl));
    phase_ = Phase::Handshake;
    phase_deadline_ = deadlines().after(limits().head_timeout);
    return Next::Step;
}

Connection::Next Connection::handshake() {
    const IoResult result = transport().handshake();
    if (result.status != IoStatus::Done) return wait_for(result.status, phase_deadline_);
    phase_deadline_ = Deadlines::kNever;
    phase_ = Phase::Head;
    readable_ = true;
    return Next::Step;
}

// ---- requests ----

// Answers what input holds; reads only when that is no whole head.
Connection::Next Connection::read_requests() {
    for (;;) {
        if (exchange_ && !exchange_->input().empty()) {
            const auto found = exchange_->find_request();
            if (found.kind != ServerExchange::Found::Kind::Incomplete) return answer(found);
            if (phase_deadline_ == Deadlines::kNever) {
                phase_deadline_ = deadlines().after(limits().head_timeout);
            }
        }
        if (exchange_) {
            const IoStatus sent = exchange_->send_batch();
            if (exchange_->has_pending_output()) {
                phase_ = Phase::Flush;
                return Next::Step;
            }
            if (sent != IoStatus::Done) return Next::Close;
        }
        if (!readable_ && !transport().has_buffered_input()) return wait_for_head();

        if (!exchange_) {
            exchange_ = loop_.take_exchange();
            exchange_->attach(*this);
        }
        const std::span<char> room = exchange_->input().room(kMinReadRoom);
        const IoResult read = transport().read(room);
        if (read.status == IoStatus::WantRead) return wait_for_head();
        if (read.status == IoStatus::WantWrite) {
            return wait_for(read.status, deadlines().after(limits().write_timeout));
        }
        if (read.status != IoStatus::Done) return Next::Close;
        exchange_->input().commit(read.bytes);
        readable_ = !transport().found_socket_empty();
        if (readable_ && ++reads_in_turn_ == kMaxReadsInTurn) {
            readable_ = false;
            yield(IoStatus::WantRead);
        }
    }
}

Connection::Next Connection::wait_for_head() {
    if (exchange_ && exchange_->input().empty()) loop_.give_back(std::move(exchange_));
    if (exchange_) return wait_for(IoStatus::WantRead, phase_deadline_);
    if (closing_) return Next::Close;
    return wait_for(IoStatus::WantRead, deadlines().after(limits().idle_timeout));
}

Connection::Next Connection::answer(ServerExchange::Found found) {
    Handler& handler = loop_.context().handler;
    phase_deadline_ = Deadlines::kNever;
    if (found.kind == ServerExchange::Found::Kind::Refused) {
        try {
            handler.handle_refused(*exchange_, found.error);
        } catch (const std::exception& error) {
            log_error("answering a refused request failed: {}", error.what());
        }
        exchange_->ensure_answered(http::status_of(found.error));
        return complete();
    }
    if (exchange_->answer_now(handler)) return complete();

    // The coroutine may wait: what was answered before must not wait with it.
    const IoStatus sent = exchange_->send_batch();
    if (sent != IoStatus::Done && !exchange_->has_pending_output()) return Next::Close;
    return start_handler();
}

Connection::Next Connection::start_handler() {
    phase_ = Phase::Handle;
    handler_done_ = false;
    request_waits_ = true;
    if (!has_coroutine_) {
        has_coroutine_ = true;
        asio::co_spawn(loop_.io(), run_handlers(shared_from_this()),
                       asio::bind_cancellation_slot(cancellation_.slot(), asio::detached));
    } else {
        // Where it is not parked, it is driving the connection just now and sees request_waits_
        // next.
        resume_coroutine();
    }
    return handler_done_ ? Next::Step : Next::WaitHandler;
}

// Made for the first request that needs it and kept for the next: starting a coroutine for each
// costs as much as everything else that is done here for a small request.
Task<> Connection::run_handlers(std::shared_ptr<Connection> self) {
    while (std::exchange(self->request_waits_, false)) {
        ServerExchange& exchange = *self->exchange_;
        try {
            if (!exchange.has_pending_output() || co_await exchange.send_pending_output()) {
                co_await self->loop_.context().handler.handle(exchange);
            }
        } catch (const boost::system::system_error& error) {
            // Cancelled by force_close(), most likely.
            if (!self->aborted()) log_error("a request failed: {}", error.what());
            exchange.close();
        } catch (const std::exception& error) {
            log_error("a request failed: {}", error.what());
            exchange.close();
        }
        self->handler_done_ = true;
        if (!self->driving_) self->drive();
        if (!self->request_waits_ && self->is_alive()) co_await self->park();
    }
}

Task<> Connection::park() {
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [this](Parked handler) { parked_.emplace(std::move(handler)); }, asio::use_awaitable);
}

void Connection::resume_coroutine() {
    if (!parked_) return;
    Parked handler = *std::move(parked_);
    parked_.reset();
    std::move(handler)();
}

// The handler is done with the request.  Runs again after Flush and DrainBody.
Connection::Next Connection::complete() {
    exchange_->ensure_answered(500);
    if (exchange_->has_pending_output()) {
        phase_ = Phase::Flush;
        return Next::Step;
    }
    if (exchange_->is_cut()) {
        if (exchange_->ends_by_close()) reset_on_close(fd());
        return Next::Close;
    }
    if (!exchange_->keep_alive()) {
        return exchange_->may_get_more_input() ? begin_linger(limits().linger_time) : Next::Close;
    }
    if (!exchange_->body_finished()) {
        phase_ = Phase::DrainBody;
        discarded_bytes_ = 0;
        phase_deadline_ = deadlines().after(limits().head_timeout);
        return Next::Step;
    }
    // A body is read up to its end only, and the next request may have come with it.
    readable_ |= exchange_->request().framing.kind != http::BodyFraming::Kind::None;
    exchange_->end_request();
    phase_deadline_ = Deadlines::kNever;
    phase_ = Phase::Head;
    return Next::Step;
}

Connection::Next Connection::flush() {
    const IoStatus status = exchange_->send_pending();
    if (status != IoStatus::Done) {
        return wait_for(status, deadlines().after(limits().write_timeout));
    }
    if (exchange_->has_request()) return complete();
    phase_ = Phase::Head;
    return Next::Step;
}

Connection::Next Connection::drain_body() {
    while (!exchange_->body_finished()) {
        if (discarded_bytes_ > kMaxDiscardedBody) return begin_linger(limits().linger_time);
        const IoResult read = exchange_->discard_body(loop_.scratch());
        if (read.status != IoStatus::Done) return wait_for(read.status, phase_deadline_);
        discarded_bytes_ += read.bytes;
    }
    return complete();
}

// ---- the end ----

Connection::Next Connection::begin_linger(std::chrono::milliseconds time) {
    transport().end_output();
    phase_ = Phase::Linger;
    discarded_bytes_ = 0;
    phase_deadline_ = deadlines().after(closing_ ? std::min(time, kBriefLingerTime) : time);
    return Next::Step;
}

Connection::Next Connection::linger() {
    if (exchange_) loop_.give_back(std::move(exchange_));
    const auto silence = deadlines().after(limits().linger_silence);
    for (int reads = 0; discarded_bytes_ <= limits().linger_bytes; ++reads) {
        if (reads == kMaxReadsInTurn) {
            yield(IoStatus::WantRead);
            return wait_for(IoStatus::WantRead, phase_deadline_);
        }
        // Below TLS: what comes now is of no interest.
        const ssize_t got = ::recv(fd(), loop_.scratch().data(), loop_.scratch().size(), 0);
        if (got > 0) {
            discarded_bytes_ += static_cast<std::size_t>(got);
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return wait_for(IoStatus::WantRead, std::min(phase_deadline_, silence));
        }
        break;
    }
    return Next::Close;
}

}  // namespace tarn::net
