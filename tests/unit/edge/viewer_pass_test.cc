// Answers that are passed on: straight from the origin to the viewer.

#include "edge_fixture.h"

#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace tarn::edge {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGetA = "GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n";

std::string patterned(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    return bytes;
}

struct PassTest : ViewerTest {
    void serve_uncached() {
        cdn::Distribution d = distribution();
        d.behaviors[0].cache.caching_disabled = true;
        serve(std::move(d));
    }

    // Answers with the first sent_bytes of a body that is said to have length bytes (or, without a
    // length, chunked), and then closes.
    void answer_cut(std::optional<std::uint64_t> length, std::size_t sent_bytes) {
        origin_.set_answer([=](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
            exchange.head().begin_response(200);
            co_await exchange.start(length);
            co_await exchange.write(patterned(sent_bytes));
            exchange.close();
        });
    }
};

// The sizes at which a body comes with its head, is read whole, and goes in pieces.
constexpr std::size_t kSizes[] = {0, 1, 1000, 20'000, 65'536, 65'537, 262'144, 262'145, 3'000'000};

TEST_F(PassTest, ABodyOfAnySizeIsPassedOnAsItIs) {
    serve_uncached();
    for (const std::size_t size : kSizes) {
        const std::string body = patterned(size);
        origin_.answer_with(200, "", body);
        const Response response = get("/a");
        EXPECT_TRUE(response.whole) << size;
        EXPECT_EQ(response.header("content-length"), std::to_string(size));
        EXPECT_TRUE(response.body == body) << size;
        EXPECT_EQ(reason(response), "PASS_POLICY");
    }
}

TEST_F(PassTest, ABodyOfUnknownLengthIsPassedOnAsItIs) {
    serve_uncached();
    for (const std::size_t size : kSizes) {
        const std::string body = patterned(size);
        origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
            exchange.head().begin_response(200);
            co_await exchange.start(std::nullopt);
            co_await exchange.write(body);
            co_await exchange.finish();
        });
        const Response response = get("/a");
        EXPECT_TRUE(response.whole) << size;
        EXPECT_TRUE(response.body == body) << size;
    }
}

TEST_F(PassTest, OneOriginConnectionServesRequestsOneAfterTheOther) {
    serve_uncached();
    std::set<std::uint16_t> ports;
    for (const std::size_t size : kSizes) {
        origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
            ports.insert(exchange.peer().port);
            respond(exchange, 200, "", patterned(size));
            co_return;
        });
        get("/a");
    }
    EXPECT_EQ(ports.size(), 1);
}

TEST_F(PassTest, PipelinedRequestsAreAnsweredInOrder) {
    serve_uncached();
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const std::size_t size = seen.target == "/large" ? 1'000'000 : 10;
        respond(exchange, 200, "", seen.target + patterned(size));
        co_return;
    });
    TestViewer viewer(port_);
    std::string requests;
    for (const char* target : {"/one", "/large", "/two", "/three"}) {
        requests.append("GET ").append(target).append(" HTTP/1.1\r\nHost: ");
        requests.append(kHost).append("\r\n\r\n");
    }
    viewer.send(requests);
    EXPECT_EQ(viewer.read().body, "/one" + patterned(10));
    EXPECT_TRUE(viewer.read().body == "/large" + patterned(1'000'000));
    EXPECT_EQ(viewer.read().body, "/two" + patterned(10));
    EXPECT_EQ(viewer.read().body, "/three" + patterned(10));
}

TEST_F(PassTest, AnOriginThatBreaksOffEarlyIsA502) {
    serve_uncached();
    answer_cut(1000, 10);
    const Response response = get("/a");
    EXPECT_EQ(response.status, 502);
    EXPECT_EQ(x_cache(response), kError);
}

TEST_F(PassTest, AnOriginThatBreaksOffLaterCutsTheViewersConnection) {
    serve_uncached();
    for (const std::optional<std::uint64_t> length :
         {std::optional<std::uint64_t>(2'000'000), std::optional<std::uint64_t>()}) {
        answer_cut(length, 600'000);
        const Response response = get("/a");
        EXPECT_EQ(response.status, 200);
        EXPECT_FALSE(response.whole);
        EXPECT_TRUE(patterned(600'000).starts_with(response.body));
    }
}

TEST_F(PassTest, TheFirstBytesDoNotWaitForTheRest) {
    serve_uncached();
    std::atomic<bool> release{false};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(1'000'000);
        co_await exchange.write(patterned(100'000));
        co_await until(release);
        co_await exchange.write(patterned(900'000));
        co_await exchange.finish();
    });
    TestViewer viewer(port_);
    viewer.send(kGetA);
    EXPECT_EQ(viewer.read_some_body(100'000).size(), 100'000);
    release = true;
    EXPECT_EQ(viewer.read_some_body(1'000'000).size(), 1'000'000);
}

// Sockets hold some tens of MiB at most: the rest stays at the origin.
TEST_F(PassTest, TheOriginIsReadNoFasterThanTheViewerReads) {
    serve_uncached();
    constexpr std::size_t kPieces = 1024;
    const std::string piece(256 * 1024, 'p');
    std::atomic<std::size_t> written{0};
    std::atomic<bool> over{false};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(kPieces * piece.size());
        while (written < kPieces && co_await exchange.write(piece))
            ++written;
        over = true;
    });
    using Time = std::chrono::steady_clock;
    std::size_t seen = 0;
    Time::time_point since;
    {
        const TestViewer viewer(port_);  // does not read
        viewer.send(kGetA);
        ASSERT_TRUE(eventually([&] {
            if (std::exchange(seen, written.load()) != written) since = Time::now();
            return seen > 0 && Time::now() - since > 50ms;
        }));
        EXPECT_LT(written, kPieces);
    }
    ASSERT_TRUE(eventually([&] { return over.load(); }));
    EXPECT_LT(written, kPieces);
}

}  // namespace
}  // namespace tarn::edge
