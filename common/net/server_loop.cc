#include "common/net/server_loop.h"

#include "common/net/connection.h"
#include "common/net/server_exchange.h"

namespace tarn::net {
namespace {

// Requests in progress beyond these are allocated when they come.
constexpr std::size_t kMaxFreeExchanges = 64;

Connection& connection_of(Deadlines::Member& member) {
    return static_cast<Connection&>(member);
}

}  // namespace

ServerLoop::ServerLoop(const std::shared_ptr<ServerContext>& context, boost::asio::io_context& loop,
                       std::size_t index)
    : context_(context),
      io_(loop),
      index_(index),
      deadlines_(loop, context->limits.deadline_tick) {}

ServerLoop::~ServerLoop() {
    deadlines_.for_each([](Deadlines::Member& member) { connection_of(member).release(); });
}

void ServerLoop::count_connection() {
    load_.fetch_add(1, std::memory_order_relaxed);
    context_->connection_count.fetch_add(1, std::memory_order_relaxed);
}

void ServerLoop::adopt(UniqueFd fd, const SocketAddress& peer, Admission admission) {
    if (context_->draining.load(std::memory_order_relaxed)) {
        connection_gone();
        return;
    }
    std::make_shared<Connection>(*this, std::move(fd), peer)->start(admission);
}

void ServerLoop::begin_drain() {
    deadlines_.for_each([](Deadlines::Member& member) { connection_of(member).begin_drain(); });
}

void ServerLoop::close_all() {
    deadlines_.for_each([](Deadlines::Member& member) { connection_of(member).force_close(); });
}

std::unique_ptr<ServerExchange> ServerLoop::take_exchange() {
    if (free_exchanges_.empty()) return std::make_unique<ServerExchange>(*this);
    auto exchange = std::move(free_exchanges_.back());
    free_exchanges_.pop_back();
    return exchange;
}

void ServerLoop::give_back(std::unique_ptr<ServerExchange> exchange) {
    if (free_exchanges_.size() >= kMaxFreeExchanges) return;
    exchange->reset();
    free_exchanges_.push_back(std::move(exchange));
}

void ServerLoop::connection_gone() {
    // Whoever waits for the last connection may destroy this loop's owner at once.
    const std::shared_ptr<ServerContext> context = context_;
    load_.fetch_sub(1, std::memory_order_relaxed);
    if (context->connection_count.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    const std::lock_guard lock(context->mutex);
    context->all_gone.notify_all();
}

}  // namespace tarn::net
