#include "deploy/cli/http_get.h"

#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace tarn::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::seconds kTimeout{2};
constexpr std::chrono::hours kLongTimeout{24};  // a scrub reads everything
constexpr std::uint64_t kMaxAnswerBytes = 64u << 20;

}  // namespace

std::optional<HttpAnswer> http_get(std::uint16_t port, const std::string& target,
                                   const std::string& token, const std::string& method) {
    asio::io_context context;
    beast::tcp_stream stream(context);
    http::request<http::empty_body> request(http::string_to_verb(method), target, 11);
    request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
    request.set(http::field::connection, "close");
    if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
    if (method == "POST") request.set(http::field::content_length, "0");
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswerBytes);

    // Only asynchronous operations honour the stream's deadline.
    bool complete = false;
    stream.expires_after(kTimeout);
    stream.async_connect({asio::ip::address_v4::loopback(), port}, [&](beast::error_code error) {
        if (error) return;
        http::async_write(stream, request, [&](beast::error_code write_error, std::size_t) {
            if (write_error) return;
            if (method == "POST") stream.expires_after(kLongTimeout);
            http::async_read(
                stream, buffer, parser,
                [&](beast::error_code read_error, std::size_t) { complete = !read_error; });
        });
    });
    context.run();
    if (!complete) return std::nullopt;
    auto response = parser.release();
    return HttpAnswer{.status = static_cast<int>(response.result_int()),
                      .body = std::move(response.body())};
}

}  // namespace tarn::cli
