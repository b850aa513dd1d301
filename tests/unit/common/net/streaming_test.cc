// Streamed answers: framing, back-pressure, files, and answers that break off.

#include "tests/support/net/raw_client.h"
#include "tests/support/net/test_server.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tarn::net {
namespace {

using test::RawClient;
using test::TestServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHead = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kOldGet = "GET / HTTP/1.0\r\n\r\n";

class StreamingTest : public testing::Test {
  protected:
    void answer_with(std::function<Task<>(Exchange&)> answer) {
        server_.handler().later = [answer = std::move(answer)](Exchange& exchange) -> Task<> {
            exchange.head().begin_response(200);
            co_await answer(exchange);
        };
    }

    TestServer server_;
};

TEST_F(StreamingTest, SendsChunksWhereTheLengthIsUnknown) {
    answer_with([](Exchange& exchange) -> Task<> {
        EXPECT_TRUE(co_await exchange.start(std::nullopt));
        EXPECT_TRUE(co_await exchange.write("hello"));
        EXPECT_TRUE(co_await exchange.write(""));
        EXPECT_TRUE(co_await exchange.write(", world!!!!"));
        EXPECT_EQ(exchange.bytes_sent(), 16U);
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(kGet));
    EXPECT_TRUE(client.read_head().contains("\r\nTransfer-Encoding: chunked\r\n"));
    constexpr std::string_view kChunks = "5\r\nhello\r\nb\r\n, world!!!!\r\n0\r\n\r\n";
    EXPECT_EQ(client.read_bytes(kChunks.size()), kChunks);
    EXPECT_EQ(client.ask(kGet)->body, "hello, world!!!!");
}

TEST_F(StreamingTest, SendsALengthWhereItIsKnown) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(11);
        co_await exchange.write("hello ");
        co_await exchange.write("world");
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    for (int i = 0; i < 2; ++i) {
        const auto response = client.ask(kGet);
        ASSERT_TRUE(response);
        EXPECT_EQ(response->field("Content-Length"), "11");
        EXPECT_FALSE(response->has("Transfer-Encoding"));
        EXPECT_EQ(response->body, "hello world");
    }
}

TEST_F(StreamingTest, EndsAnAnswerOfUnknownLengthToHttp10ByClosing) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(std::nullopt);
        co_await exchange.write("hello");
        co_await exchange.finish();
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const std::string head = client.read_head();
    EXPECT_TRUE(head.contains("\r\nConnection: close\r\n"));
    EXPECT_FALSE(head.contains("Transfer-Encoding"));
    EXPECT_EQ(client.read_all(), "hello");
}

TEST_F(StreamingTest, SendsOnlyTheHeadInAnswerToHead) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(5);
        EXPECT_TRUE(co_await exchange.write("hello"));
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(client.send(kHead));
        EXPECT_TRUE(client.read_head().contains("\r\nContent-Length: 5\r\n"));
        EXPECT_TRUE(client.is_silent());
    }
}

TEST_F(StreamingTest, SendsTheHeadAtOnceOnAnEmptyWrite) {
    std::promise<void> head_seen;
    auto seen = head_seen.get_future().share();
    answer_with([seen](Exchange& exchange) -> Task<> {
        co_await exchange.start(2);
        co_await exchange.write("");
        seen.wait();
        co_await exchange.write("ok");
        co_await exchange.finish();
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(kGet));
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 200"));
    head_seen.set_value();
    EXPECT_EQ(client.read_bytes(2), "ok");
}

TEST_F(StreamingTest, CutsTheConnectionWhereLessComesThanWasPromised) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(10);
        co_await exchange.write("hello");
        EXPECT_FALSE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(kGet));
    client.read_head();
    EXPECT_EQ(client.read_all(), "hello");
}

TEST_F(StreamingTest, NeverSendsMoreThanWasPromised) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(5);
        EXPECT_TRUE(co_await exchange.write("hello"));
        EXPECT_FALSE(co_await exchange.write("!"));
        EXPECT_FALSE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(kGet));
    client.read_head();
    EXPECT_EQ(client.read_all(), "hello");
}

TEST_F(StreamingTest, LetsTheClientSeeThatAnAnswerWasCutShort) {
    answer_with([](Exchange& exchange) -> Task<> {
        co_await exchange.start(std::nullopt);
        co_await exchange.write("hello");
        exchange.close();
        EXPECT_FALSE(co_await exchange.write("more"));
        EXPECT_FALSE(co_await exchange.finish());
    });
    RawClient chunked(server_.port());
    ASSERT_TRUE(chunked.send(kGet));
    chunked.read_head();
    EXPECT_EQ(chunked.read_all(), "5\r\nhello\r\n");

    // Without framing, only a reset tells.
    RawClient old(server_.port());
    ASSERT_TRUE(old.send(kOldGet));
    pollfd reset{.fd = old.fd(), .events = POLLERR, .revents = 0};
    ASSERT_EQ(::poll(&reset, 1, 20'000), 1);
    EXPECT_TRUE(reset.revents & POLLERR);
}

TEST_F(StreamingTest, ClosesAfterAnAnswerThatAsksForIt) {
    answer_with([](Exchange& exchange) -> Task<> {
        exchange.close();
        co_await exchange.start(2);
        co_await exchange.write("ok");
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    const auto response = client.ask(kGet);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_F(StreamingTest, WaitsForASlowReader) {
    constexpr std::size_t kPieces = 512;
    const std::string piece(64 * 1024, 'p');
    std::atomic<std::size_t> written = 0;
    answer_with([&](Exchange& exchange) -> Task<> {
        co_await exchange.start(kPieces * piece.size());
        for (std::size_t i = 0; i < kPieces; ++i) {
            if (!co_await exchange.write(piece)) co_return;
            ++written;
        }
        co_await exchange.finish();
    });
    RawClient client(server_.port(), 4096);
    ASSERT_TRUE(client.send(kGet));
    client.read_head();
    // The buffers of two sockets hold a few MiB; the rest has to wait for us.
    EXPECT_LT(written, kPieces);
    std::size_t got = 0;
    while (got < kPieces * piece.size()) {
        const std::string bytes = client.read_bytes(64 * 1024);
        ASSERT_FALSE(bytes.empty());
        got += bytes.size();
    }
    EXPECT_TRUE(client.is_silent());
}

TEST_F(StreamingTest, StopsWhereTheClientHasGone) {
    std::promise<void> gave_up;
    answer_with([&](Exchange& exchange) -> Task<> {
        const std::string piece(64 * 1024, 'p');
        co_await exchange.start(std::nullopt);
        while (co_await exchange.write(piece)) {
        }
        gave_up.set_value();
    });
    {
        RawClient client(server_.port());
        ASSERT_TRUE(client.send(kGet));
        client.read_head();
    }
    gave_up.get_future().wait();
}

TEST_F(StreamingTest, ReadsTheRequestWhileItAnswers) {
    server_.handler().later = [](Exchange& exchange) -> Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(std::nullopt);
        char buffer[1000];
        for (;;) {
            const auto count = co_await exchange.read_body(buffer);
            if (!count || *count == 0) break;
            co_await exchange.write(std::string_view(buffer, *count));
        }
        co_await exchange.finish();
    };
    const std::string body(300'000, 'e');
    RawClient client(server_.port());
    std::thread sender([&] {
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
        client.send(body);
    });
    const auto response = client.read_response();
    sender.join();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, body);
}

// ---- files ----

class FileTest : public StreamingTest {
  protected:
    FileTest() : file_(::memfd_create("file", MFD_CLOEXEC)) {
        for (std::size_t i = 0; contents_.size() < 3 * 1024 * 1024; ++i)
            contents_ += std::to_string(i) + "\n";
        EXPECT_EQ(::write(file_.get(), contents_.data(), contents_.size()),
                  static_cast<ssize_t>(contents_.size()));
    }

    std::string contents_;
    UniqueFd file_;
};

TEST_F(FileTest, SendsAPartOfAFile) {
    const std::size_t length = contents_.size() - 2000;
    answer_with([&](Exchange& exchange) -> Task<> {
        co_await exchange.start(length + 2);
        co_await exchange.write("<");
        EXPECT_TRUE(co_await exchange.send_file(file_.get(), 1000, length));
        co_await exchange.write(">");
        EXPECT_EQ(exchange.bytes_sent(), length + 2);
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port(), 8192);
    const auto response = client.ask(kGet);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "<" + contents_.substr(1000, length) + ">");
}

TEST_F(FileTest, SendsAFileInAChunk) {
    answer_with([&](Exchange& exchange) -> Task<> {
        co_await exchange.start(std::nullopt);
        EXPECT_TRUE(co_await exchange.send_file(file_.get(), 0, 100'000));
        EXPECT_TRUE(co_await exchange.send_file(file_.get(), 100'000, 0));
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    const auto response = client.ask(kGet);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, contents_.substr(0, 100'000));
}

TEST_F(FileTest, CutsTheConnectionWhereTheFileIsTooShort) {
    answer_with([&](Exchange& exchange) -> Task<> {
        co_await exchange.start(contents_.size() + 1);
        EXPECT_FALSE(co_await exchange.send_file(file_.get(), 0, contents_.size() + 1));
        EXPECT_FALSE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(kGet));
    client.read_head();
    EXPECT_EQ(client.read_all(), contents_);
}

TEST_F(FileTest, SendsNoFileInAnswerToHead) {
    answer_with([&](Exchange& exchange) -> Task<> {
        co_await exchange.start(1000);
        EXPECT_TRUE(co_await exchange.send_file(file_.get(), 0, 1000));
        EXPECT_TRUE(co_await exchange.finish());
    });
    RawClient client(server_.port());
    EXPECT_EQ(client.ask(kHead, true)->field("Content-Length"), "1000");
    EXPECT_TRUE(client.is_silent());
}

}  // namespace
}  // namespace tarn::net
