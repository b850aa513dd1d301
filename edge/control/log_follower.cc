#include "edge/control/log_follower.h"

#include "common/base/encoding.h"
#include "common/observe/log.h"
#include "edge/cache/suspend.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

namespace tarn::edge {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kMaxBackoff{2000};
constexpr int kGone = 410;
// A heartbeat comes once a second.
constexpr net::ClientTimeouts kTimeouts{.connect = milliseconds(2000), .read = milliseconds(5000)};

}  // namespace

std::optional<std::string_view> LineSplitter::next() {
    const std::size_t end = buffer_.find('\n', start_);
    if (end == std::string::npos) return std::nullopt;
    const std::string_view line = std::string_view(buffer_).substr(start_, end - start_);
    start_ = end + 1;
    return line;
}

void LineSplitter::compact() {
    buffer_.erase(0, start_);
    start_ = 0;
}

LogFollower::LogFollower(boost::asio::io_context& loop, net::TlsClient* tls, EdgeState& state,
                         FollowerOptions options)
    : loop_(loop), state_(state), options_(std::move(options)), client_(loop, tls) {}

net::Task<> LogFollower::run() {
    while (!stopping_) {
        co_await follow_once();
        if (connected_) {
            log_warning("lost the log of {}:{}: serving on with what is known",
                        options_.server.host, options_.server.port);
        }
        connected_ = false;
        if (stopping_) co_return;
        backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kMaxBackoff);
        boost::asio::steady_timer timer(loop_, backoff_);
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

net::Task<> LogFollower::follow_once() {
    std::string target = "/_ctl/log?from=" + std::to_string(applied_) +
                         "&edge=" + percent_encode(options_.edge_id, KeepSlash::No) +
                         "&boot=" + percent_encode(options_.boot_id, KeepSlash::No) +
                         "&pop=" + percent_encode(options_.pop, KeepSlash::No);
    if (!log_name_.empty()) target += "&log=" + percent_encode(log_name_, KeepSlash::No);
    http::HeadBuilder head;
    head.begin_request("GET", target);
    head.add("Host", options_.server.host + ":" + std::to_string(options_.server.port));
    head.add("Authorization", "Bearer " + options_.token);
    const net::RequestBody no_body;
    auto exchange =
        co_await client_.send(options_.server, head, http::Method::Get, no_body, kTimeouts);
    if (!exchange) co_return;
    const auto answer = co_await (*exchange)->read_head();
    if (!answer) co_return;
    if ((*answer)->status == kGone) {
        log_warning("the log no longer holds what came after {}: starting with an empty cache",
                    applied_);
        state_.reset();
        applied_ = 0;
        log_name_.clear();
        changed_ = true;
        backoff_ = milliseconds(0);
        co_return;
    }
    if ((*answer)->status != 200) {
        log_error("the server answered {} to the request for its log: is the token right?",
                  (*answer)->status);
        co_return;
    }
    log_name_ = (*answer)->fields.get("X-Tarn-Log");
    connected_ = true;
    backoff_ = milliseconds(0);
    lines_ = {};
    std::string buffer(64 * 1024, '\0');
    while (!stopping_) {
        const auto count = co_await (*exchange)->read_body(buffer);
        if (!count || *count == 0) co_return;
        lines_.append(std::string_view(buffer).substr(0, *count));
        if (!co_await apply_lines()) co_return;
    }
}

void LogFollower::apply(const cdn::LogRecord& record) {
    using Type = cdn::LogRecord::Type;
    state_.apply(record);
    applied_ = std::max(applied_, record.sequence);
    must_acknowledge_ = true;
    changed_ |= record.type == Type::Distribution || record.type == Type::DistributionDeleted;
    caught_up_ |= record.type == Type::Heartbeat;
}

// Applies what has come whole; false where the stream makes no sense.
net::Task<bool> LogFollower::apply_lines() {
    while (const auto line = lines_.next()) {
        const auto record = cdn::read_log_record(*line);
        if (!record) {
            log_error("a record of the log is malformed: asking for it again");
            co_return false;
        }
        apply(*record);
    }
    lines_.compact();
    if (lines_.is_overlong()) co_return false;
    if (!must_acknowledge_) co_return true;
    if (changed_) {
        changed_ = false;
        co_await suspend_until([&](auto wake) {
            auto shared = std::make_shared<decltype(wake)>(std::move(wake));
            state_.publish([shared] { (*shared)(); });
        });
    }
    if (caught_up_) state_.set_ready();
    must_acknowledge_ = false;
    co_return co_await acknowledge();
}

net::Task<bool> LogFollower::acknowledge() {
    const std::int64_t sent_ms = boot_time_ms();
    const boost::json::object body = {{"edge", options_.edge_id},
                                      {"boot", options_.boot_id},
                                      {"applied", applied_},
                                      {"dropped", state_.dropped_count()}};
    const int status = co_await post("/_ctl/ack", boost::json::serialize(body));
    if (status == 204) state_.renew_lease(sent_ms);
    // 410: the server has restarted and does not know us: register again.
    co_return status != kGone;
}

net::Task<> LogFollower::say_goodbye() {
    const boost::json::object body = {{"edge", options_.edge_id}, {"boot", options_.boot_id}};
    co_await post("/_ctl/goodbye", boost::json::serialize(body));
}

// The answer's status; 0 if there is none.
net::Task<int> LogFollower::post(std::string_view target, const std::string& body) {
    http::HeadBuilder head;
    head.begin_request("POST", target);
    head.add("Host", options_.server.host + ":" + std::to_string(options_.server.port));
    head.add("Authorization", "Bearer " + options_.token);
    head.add("Content-Type", "application/json");
    const net::RequestBody bytes{.kind = net::RequestBody::Kind::Bytes, .bytes = body};
    auto exchange =
        co_await client_.send(options_.server, head, http::Method::Post, bytes, kTimeouts);
    if (!exchange) co_return 0;
    const auto answer = co_await (*exchange)->read_head();
    if (!answer) co_return 0;
    const int status = (*answer)->status;
    std::string rest(256, '\0');
    while (true) {
        const auto count = co_await (*exchange)->read_body(rest);
        if (!count || *count == 0) break;
    }
    co_return status;
}

}  // namespace tarn::edge
