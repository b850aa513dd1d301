// The CloudFront control API of the server, and everything behind it.
//
//   AWS port: authenticate, read the body, authorize action_of(…), co_await api.handle(…)
//   admin port: paths that start with kControlPrefix: co_await api.edge_log().handle(exchange)

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/net/blocking_pool.h"
#include "common/net/exchange.h"
#include "common/net/task.h"
#include "server/auth/identity.h"
#include "server/cloudfront/bell.h"
#include "server/cloudfront/edge_log.h"
#include "server/cloudfront/handlers.h"
#include "server/cloudfront/options.h"
#include "server/storage/metadata_store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

inline constexpr std::size_t kMaxBodyBytes = cdn::kMaxDocumentBytes;  // the caller's limit

// An edge's access key: requests signed with it are the service principal's (signing_keys.h).
struct EdgeKey {
    std::string secret;
    std::string account_id;
    std::string source_arn;
};

// Thread-safe.
class ControlApi {
  public:
    // Reads the state; blocks.  Throws std::runtime_error where it cannot be read.  The references
    // must outlive this.
    ControlApi(storage::MetadataStore& store, net::BlockingPool& pool, Clock& clock, Random& random,
               const ControlOptions& options);

    // Answers an authenticated request whose whole body is at hand.  Answers about a distribution
    // or an invalidation that has not reached every edge wait up to acknowledgement_wait for it.
    // reset_count: the one of when the request came; where a reset began since, it is turned back.
    net::Task<> handle(net::Exchange& exchange, const auth::Identity& identity,
                       std::string_view body, std::uint64_t reset_count);
    // The answer without waiting and without HTTP; errors are answers as well.  Blocks.
    ApiResponse dispatch(const ApiRequest& request, const auth::Identity& identity,
                         std::string_view request_id);

    EdgeLog& edge_log() { return edge_log_; }
    EdgeRegistry& edges() { return edges_; }
    // Ends the edges' streams before the server drains.
    void stop() { edge_log_.stop(); }

    // The access key's owner; nothing for keys that are none of ours, and of distributions that do
    // not exist.  Blocks at the first use of a key after a change.
    std::optional<EdgeKey> find_edge_key(std::string_view access_key_id);

    // Tells every edge the virtual clock's offset; returns the record's sequence.  Blocks.
    Result<std::uint64_t, Error> append_clock_offset(std::chrono::milliseconds offset);
    // The offset told last, for a server that restarts; nothing if none was.  Blocks.
    Result<std::optional<std::chrono::milliseconds>, Error> last_clock_offset();

    // The test-only reset: removes every distribution, invalidation, policy and whatever else was
    // made, and tells the edges.  They stay registered, and the log goes on.  Blocks.
    Result<void, Error> reset();
    // How many resets have begun.
    std::uint64_t reset_count() const { return reset_count_.load(std::memory_order_relaxed); }

    // Forgets silent edges and drops old log records.  Call it about once a minute.  Blocks.
    Result<void, Error> maintain();

    struct Overview {
        std::vector<DistributionRow> distributions;
        std::vector<EdgeState> edges;
        std::uint64_t newest_sequence = 0;
    };
    // For the console and `tarn status`.  Blocks.
    Result<Overview, Error> overview();

  private:
    // dispatch() of a request that may have come before a reset.
    ApiResponse dispatch_unless_reset(const ApiRequest& request, const auth::Identity& identity,
                                      std::string_view request_id, std::uint64_t reset_count);
    ApiResult dispatch_matched(const ApiRequest& request, const auth::Identity& identity);
    net::Task<> wait_for_edges(std::uint64_t sequence);

    net::BlockingPool& pool_;
    const ControlOptions options_;
    Bell bell_;
    ControlStore store_;
    EdgeRegistry edges_;
    ControlContext context_;
    EdgeLog edge_log_;

    std::shared_mutex reset_mutex_;  // shared while a request is carried out
    std::atomic<std::uint64_t> reset_count_{0};

    std::mutex keys_mutex_;
    std::map<std::string, EdgeKey, std::less<>> keys_;  // by access key id; emptied by each change

    struct TimeMark {
        SteadyTime time;
        std::uint64_t newest = 0;
    };
    std::mutex marks_mutex_;
    std::vector<TimeMark> marks_;  // which sequences are older than what
};

// The IAM action that the request needs; nothing where it is no operation of the API.
std::optional<std::string> action_of(std::string_view method, std::string_view target);

}  // namespace tarn::cloudfront
