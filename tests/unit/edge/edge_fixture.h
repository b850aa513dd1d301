// An edge and an origin in this process, and a viewer that speaks to them through sockets.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/cdn/distribution.h"
#include "common/net/loops.h"
#include "common/net/server.h"
#include "edge/cache/engine.h"
#include "edge/control/edge_state.h"
#include "edge/viewer/admin_handler.h"
#include "edge/viewer/viewer_handler.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::edge {

// A response as a viewer reads it.  Header names in lower case.
struct Response {
    int status = 0;
    std::multimap<std::string, std::string> headers;
    std::string body;
    bool whole = false;  // ended where its framing says

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

// One connection of a viewer.
class TestViewer {
  public:
    explicit TestViewer(std::uint16_t port);
    ~TestViewer();
    TestViewer(const TestViewer&) = delete;
    TestViewer& operator=(const TestViewer&) = delete;

    void send(std::string_view bytes) const;
    Response read(bool is_head = false);
    // Reads until that many body bytes have come, at most; for answers that are not finished.
    std::string read_some_body(std::size_t at_least);

  private:
    bool fill();
    int socket_ = -1;
    std::string buffer_;
    bool in_body_ = false;
};

// The origin: answers as the test says, and remembers what it was asked.
class TestOrigin final : public net::Handler {
  public:
    struct Seen {
        std::string method;
        std::string target;
        std::map<std::string, std::string> headers;  // names in lower case
        std::string body;
    };
    using Answer = std::function<net::Task<>(net::Exchange&, const Seen&)>;

    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError) override;

    void set_answer(Answer answer);
    // Answers every request so; headers are whole lines, "A: b\r\n".
    void answer_with(int status, std::string headers, std::string body);
    std::size_t count() const;
    Seen last() const;
    Seen at(std::size_t index) const;

  private:
    mutable std::mutex mutex_;
    Answer answer_;
    std::vector<Seen> seen_;
};

// Waits, without blocking the loop, until flag is set.
net::Task<> until(const std::atomic<bool>& flag);
void respond(net::Exchange& exchange, int status, std::string_view headers, std::string_view body);

class EdgeTest : public testing::Test {
  protected:
    EdgeTest();
    ~EdgeTest() override;

    // Gives the edge this distribution; call it once, before the first request.
    void serve(cdn::Distribution distribution);
    // One behavior for everything, on one origin: MinTTL 0, DefaultTTL 60 s, MaxTTL one day.
    cdn::Distribution distribution() const;

    // "GET /path" with further header lines, on a connection of its own.
    Response get(const std::string& path, const std::string& headers = "");
    Response request(const std::string& method, const std::string& path,
                     const std::string& headers = "", const std::string& body = "");
    Response raw(const std::string& head, bool is_head = false);
    Response admin(const std::string& path);
    void invalidate(const std::string& path);
    void advance(std::chrono::milliseconds by) { clock_.advance(by); }
    // Waits until a condition that other threads bring about holds; fails after some seconds.
    static bool eventually(const std::function<bool()>& condition);

    ManualClock clock_;
    SeededRandom random_{42};
    TestOrigin origin_;
    std::unique_ptr<net::Loops> origin_loops_;
    std::unique_ptr<net::Server> origin_server_;
    std::uint16_t origin_port_ = 0;
    std::unique_ptr<net::Loops> loops_;
    EngineOptions engine_options_;
    net::ServerLimits limits_;  // of the viewers' connections
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<EdgeState> state_;
    std::unique_ptr<ViewerHandler> viewers_;
    std::unique_ptr<AdminHandler> admin_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<net::Server> admin_server_;
    std::uint16_t port_ = 0;
    std::uint16_t admin_port_ = 0;
    std::shared_ptr<Invalidations> invalidations_ = std::make_shared<Invalidations>();
    std::uint64_t sequence_ = 0;
};

inline constexpr std::string_view kHost = "e1.cloudfront.net";

// The tests of what viewers see are in several files.
struct ViewerTest : EdgeTest {};

inline constexpr const char* kHit = "Hit from cloudfront";
inline constexpr const char* kMiss = "Miss from cloudfront";
inline constexpr const char* kRefreshHit = "RefreshHit from cloudfront";
inline constexpr const char* kError = "Error from cloudfront";

inline std::string x_cache(const Response& response) {
    return response.header("x-cache");
}

// The detail of Cache-Status: the edge's reason.
inline std::string reason(const Response& response) {
    const std::string status = response.header("cache-status");
    const std::size_t at = status.find("detail=");
    return at == std::string::npos ? status : status.substr(at + 7);
}

}  // namespace tarn::edge
