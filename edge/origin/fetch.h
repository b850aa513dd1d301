// Asking an origin: which endpoint, how often, with which signature, and when to try the second
// one.
//
// One OriginClient per loop; not shared between threads.

#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/cdn/distribution.h"
#include "common/net/client.h"
#include "edge/origin/origin_request.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tarn::edge {

// Where the bucket domains (<bucket>.s3.<region>.amazonaws.com) are served from.
struct S3Endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9000;
    bool tls = false;
};

// Where an origin is reached, and as whom we ask.  Pure.
struct OriginAddress {
    net::Endpoint endpoint;
    std::string host_field;
    bool is_s3 = false;
    std::string region;  // of an S3 origin
};
OriginAddress address_of(const cdn::Origin& origin, const S3Endpoint& s3, bool viewer_tls,
                         std::string_view forwarded_host);

// What became of a request to one origin, for the trace.
struct UpstreamNote {
    std::string_view origin_id;  // in the distribution
    int attempt_count = 0;
    int status = 0;  // 0: no answer
    bool signed_request = false;
    bool failed_over = false;
    bool reused_connection = false;
    std::chrono::microseconds connect_time{0};
    std::chrono::microseconds first_byte_time{0};
    std::string_view error;  // static; empty if there is an answer
};

struct OriginAnswer {
    std::unique_ptr<net::ClientExchange> exchange;
    const http::ResponseHead* head = nullptr;  // in exchange; valid until its body is read
    const cdn::Origin* origin = nullptr;
    UpstreamNote note;
};

struct OriginFailure {
    net::ClientError error = net::ClientError::Connect;
    UpstreamNote note;
    // The status that the viewer sees: 504 for silence, else 502.
    int status() const { return error == net::ClientError::Timeout ? 504 : 502; }
};

class OriginClient {
  public:
    // All must outlive the client.  tls may be null.
    OriginClient(boost::asio::io_context& loop, net::TlsClient* tls, const S3Endpoint& s3,
                 const Clock& clock);

    // Sends a request without a body and reads the answer's head.  Tries again as the origin's
    // settings say, and the second origin of a group where the first fails or answers one of the
    // group's statuses.  extra: conditions and ranges, added as they are.
    net::Task<Result<OriginAnswer, OriginFailure>> fetch(const cdn::Distribution& distribution,
                                                         std::string_view target_origin_id,
                                                         const OriginRequest& request,
                                                         const FieldList& extra, bool viewer_tls);

    // Sends the head of a request whose body follows; the caller writes the body and reads the
    // answer.  The connection only is tried more than once.
    net::Task<Result<OriginAnswer, OriginFailure>> open(const cdn::Distribution& distribution,
                                                        std::string_view target_origin_id,
                                                        const OriginRequest& request,
                                                        const net::RequestBody& body,
                                                        bool viewer_tls);

  private:
    // The origins to be tried, in order.
    struct Targets {
        const cdn::Origin* primary = nullptr;
        const cdn::Origin* secondary = nullptr;
        const cdn::OriginGroup* group = nullptr;
    };
    static Targets targets_of(const cdn::Distribution& distribution, std::string_view id);

    net::Task<Result<OriginAnswer, OriginFailure>> fetch_with_failover(
        const cdn::Distribution& distribution, Targets targets, const OriginRequest& request,
        const FieldList& extra, bool viewer_tls);
    net::Task<Result<OriginAnswer, OriginFailure>> fetch_from(const cdn::Distribution& distribution,
                                                              const cdn::Origin& origin,
                                                              const OriginRequest& request,
                                                              const FieldList& extra,
                                                              bool viewer_tls);
    // Builds and sends the head.
    net::Task<Result<std::unique_ptr<net::ClientExchange>, net::ClientError>> send(
        const cdn::Distribution& distribution, const cdn::Origin& origin,
        const OriginRequest& request, const FieldList& extra, const net::RequestBody& body,
        bool viewer_tls, UpstreamNote& note);

    net::Client client_;
    const S3Endpoint& s3_;
    const Clock& clock_;
};

// Whether an origin group's second origin is to be asked.  Pure.
bool fails_over(const cdn::OriginGroup& group, http::Method method, int status);

}  // namespace tarn::edge
