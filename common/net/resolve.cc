#include "common/net/resolve.h"

#include <cstring>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {
namespace {

using asio::ip::tcp;

// getaddrinfo(3), which runs on a thread of Asio's, cannot be stopped: a lookup that takes too long
// is left alone and ends by itself.
struct Lookup {
    explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), timer(executor) {}

    tcp::resolver resolver;
    asio::steady_timer timer;
    std::vector<SocketAddress> found;
};

}  // namespace

Task<std::vector<SocketAddress>> resolve(std::string host, std::uint16_t port,
                                         std::chrono::milliseconds timeout) {
    if (const auto literal = parse_address(host, port)) co_return std::vector{*literal};

    const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
    lookup->timer.expires_after(timeout);
    lookup->resolver.async_resolve(
        host, std::to_string(port), tcp::resolver::numeric_service,
        [lookup](boost::system::error_code, const tcp::resolver::results_type& results) {
            for (const auto& entry : results) {
                SocketAddress& address = lookup->found.emplace_back();
                address.length = static_cast<socklen_t>(entry.endpoint().size());
                std::memcpy(&address.storage, entry.endpoint().data(), address.length);
            }
            lookup->timer.cancel();
        });
    co_await lookup->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(lookup->found);
}

}  // namespace tarn::net
