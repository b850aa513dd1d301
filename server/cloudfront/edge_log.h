// The /_ctl/ endpoints of the admin port: the log that edges follow, their acknowledgements, and
// what operators ask about them (the protocol: common/cdn/log_record.h).
//
//   GET    /_ctl/log                       the stream
//   POST   /_ctl/ack, /_ctl/goodbye
//   GET    /_ctl/edges                     every registered edge, as JSON
//   DELETE /_ctl/edges/<id>                an operator gives an edge up
//   GET    /_ctl/invalidations/<id>/proof  who had applied an invalidation when it completed
//
// Every request carries "Authorization: Bearer " and the edge token.

#pragma once

#include "common/base/clock.h"
#include "common/net/blocking_pool.h"
#include "common/net/exchange.h"
#include "common/net/task.h"
#include "server/cloudfront/bell.h"
#include "server/cloudfront/handlers.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::cloudfront {

inline constexpr std::string_view kControlPrefix = "/_ctl/";

class EdgeLog {
  public:
    // bell is rung after every append and acknowledgement.  All must outlive the streams.
    EdgeLog(const ControlContext& context, net::BlockingPool& pool, Bell& bell)
        : context_(context), pool_(pool), bell_(bell) {}

    // Answers a request whose path starts with kControlPrefix.  On any loop.
    net::Task<> handle(net::Exchange& exchange);
    // Ends the streams, so that the server can drain.  From any thread.
    void stop();

  private:
    struct Follower {
        std::string edge_id;
        std::string boot_id;
        std::string pop;
        std::string log_name;
        std::uint64_t from = 0;
    };
    class Connection;

    net::Task<> follow(net::Exchange& exchange, std::string_view query);
    net::Task<bool> send_snapshot(net::Exchange& exchange, std::uint64_t& sent);
    net::Task<bool> send_news(net::Exchange& exchange, const Follower& follower,
                              std::uint64_t& sent);
    net::Task<> take_acknowledgement(net::Exchange& exchange);
    net::Task<> take_goodbye(net::Exchange& exchange);
    net::Task<> list_edges(net::Exchange& exchange) const;
    net::Task<> remove_edge(net::Exchange& exchange, std::string_view id);
    net::Task<> answer_proof(net::Exchange& exchange, std::string_view invalidation_id);
    bool has_token(const net::Exchange& exchange) const;

    // Blocking parts.
    Result<bool, Error> can_follow(const Follower& follower);
    Result<void, Error> remember(const Follower& follower);
    Result<void, Error> forget(std::string_view edge_id);
    Result<std::optional<std::string>, Error> proof(std::string_view invalidation_id);

    ControlContext context_;
    net::BlockingPool& pool_;
    Bell& bell_;
    std::atomic<bool> stopping_{false};
};

}  // namespace tarn::cloudfront
