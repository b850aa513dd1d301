// What a wait for a socket waits for.

#include "common/net/channel.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tarn::net {
namespace {

using namespace std::chrono_literals;

class TestChannel final : public Channel {
  public:
    using Channel::Channel;
    using Channel::has_input_news;
    using Channel::wait_then;
    ~TestChannel() { leave_deadlines(); }
};

// A channel with the other end of its connection.
struct Pair {
    Pair(asio::io_context& loop, Deadlines& deadlines) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        channel = std::make_unique<TestChannel>(loop, UniqueFd(ends[0]), deadlines);
        peer = UniqueFd(ends[1]);
    }
    void say(std::string_view text) const {
        EXPECT_EQ(::send(peer.get(), text.data(), text.size(), 0),
                  static_cast<ssize_t>(text.size()));
    }

    std::unique_ptr<TestChannel> channel;
    UniqueFd peer;
};

class ChannelTest : public testing::Test {
  protected:
    // What there is to do now, without waiting for more.
    void run() {
        loop_.restart();
        loop_.poll();
    }
    // Counts in done the waits that ended, negatively those that failed.
    static void wait(TestChannel& channel, IoStatus want, int& done) {
        channel.wait_then(want, [&done](bool ok) { done += ok ? 1 : -1; });
    }

    asio::io_context loop_{1};
    Deadlines deadlines_{loop_, 1h};
};

TEST_F(ChannelTest, AWaitEndsWithTheNextInput) {
    Pair pair(loop_, deadlines_);
    int done = 0;
    wait(*pair.channel, IoStatus::WantRead, done);
    run();
    EXPECT_EQ(done, 0);
    pair.say("a");
    run();
    EXPECT_EQ(done, 1);
}

TEST_F(ChannelTest, NewsBeforeTheWaitEndItOnceButNotWithinTheCall) {
    Pair pair(loop_, deadlines_);
    pair.say("a");
    run();
    EXPECT_TRUE(pair.channel->has_input_news());
    int done = 0;
    wait(*pair.channel, IoStatus::WantRead, done);
    EXPECT_EQ(done, 0);
    run();
    EXPECT_EQ(done, 1);
    wait(*pair.channel, IoStatus::WantRead, done);
    run();
    EXPECT_EQ(done, 1) << "nothing new has come";
    pair.say("b");
    run();
    EXPECT_EQ(done, 2);
}

TEST_F(ChannelTest, WhoYieldsGoesOnAfterTheOthers) {
    Pair pair(loop_, deadlines_);
    run();
    int done = 0;
    pair.channel->yield(IoStatus::WantRead);
    wait(*pair.channel, IoStatus::WantRead, done);
    EXPECT_EQ(done, 0);
    run();
    EXPECT_EQ(done, 1);
}

TEST_F(ChannelTest, TheEndOfTheInputEndsEveryWaitForIt) {
    Pair pair(loop_, deadlines_);
    pair.say("last words");
    EXPECT_EQ(::shutdown(pair.peer.get(), SHUT_WR), 0);
    run();
    int done = 0;
    for (int i = 1; i <= 3; ++i) {
        wait(*pair.channel, IoStatus::WantRead, done);
        run();
        EXPECT_EQ(done, i);
    }
}

TEST_F(ChannelTest, AFullSocketIsWaitedForUntilThePeerReads) {
    Pair pair(loop_, deadlines_);
    run();
    const std::string bytes(1 << 16, 'x');
    IoStatus status = IoStatus::Done;
    while (status == IoStatus::Done) {
        iovec part = as_part(bytes);
        std::span<iovec> parts(&part, 1);
        status = pair.channel->send(parts);
    }
    ASSERT_EQ(status, IoStatus::WantWrite);
    int done = 0;
    wait(*pair.channel, IoStatus::WantWrite, done);  // the news of a socket that is still empty
    run();
    done = 0;
    wait(*pair.channel, IoStatus::WantWrite, done);
    run();
    EXPECT_EQ(done, 0);
    std::vector<char> buffer(1 << 20);
    while (::recv(pair.peer.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
    run();
    EXPECT_EQ(done, 1);
}

// A peer that reads fast enough must not keep the loop from its other connections.
TEST_F(ChannelTest, WhoSendsWithoutEverWaitingYieldsNowAndThen) {
    Pair pair(loop_, deadlines_);
    run();
    const std::string bytes(1 << 16, 'x');
    std::vector<char> buffer(bytes.size());
    int done = 0;
    wait(*pair.channel, IoStatus::WantWrite, done);  // the news of a socket that is still empty
    run();
    for (int turn = 0; turn < 3; ++turn) {
        std::size_t sent = 0;
        iovec part = as_part(bytes);
        std::span<iovec> parts(&part, 1);
        while (pair.channel->send(parts) == IoStatus::Done) {
            sent += bytes.size();
            ASSERT_LE(sent, std::size_t{8} << 20);
            EXPECT_EQ(::recv(pair.peer.get(), buffer.data(), buffer.size(), MSG_WAITALL),
                      static_cast<ssize_t>(buffer.size()));
            part = as_part(bytes);
            parts = std::span<iovec>(&part, 1);
        }
        EXPECT_GE(sent, bytes.size());
        done = 0;
        wait(*pair.channel, IoStatus::WantWrite, done);
        EXPECT_EQ(done, 0);
        run();
        EXPECT_EQ(done, 1);  // the socket was empty all the time
    }
}

TEST_F(ChannelTest, AnAbortEndsTheWaitsAndEveryLaterOne) {
    Pair pair(loop_, deadlines_);
    run();
    int done = 0;
    wait(*pair.channel, IoStatus::WantRead, done);
    pair.channel->abort();
    EXPECT_EQ(done, 0);
    run();
    EXPECT_EQ(done, -1);
    wait(*pair.channel, IoStatus::WantRead, done);
    run();
    EXPECT_EQ(done, -2);
}

TEST_F(ChannelTest, AChannelMayGoWhileNewsOfItAreBeingTold) {
    Pair first(loop_, deadlines_);
    Pair second(loop_, deadlines_);
    run();
    int told = 0;
    const auto drop_both = [&](bool) {
        ++told;
        first.channel.reset();
        second.channel.reset();
    };
    first.channel->wait_then(IoStatus::WantRead, drop_both);
    second.channel->wait_then(IoStatus::WantRead, drop_both);
    first.say("a");
    second.say("b");
    run();
    EXPECT_EQ(told, 1);
}

TEST_F(ChannelTest, MoreSocketsAtOnceThanOneLookShowsAreAllTold) {
    std::vector<std::unique_ptr<Pair>> pairs;
    int done = 0;
    for (int i = 0; i < 400; ++i)
        pairs.push_back(std::make_unique<Pair>(loop_, deadlines_));
    run();
    for (const auto& pair : pairs)
        wait(*pair->channel, IoStatus::WantRead, done);
    for (const auto& pair : pairs)
        pair->say("a");
    run();
    EXPECT_EQ(done, 400);
}

TEST(ChannelShutdownTest, ALoopThatGoesTakesItsCoroutinesWithIt) {
    // As a request to an origin owns its connection, and shares the pool that has the deadlines.
    struct Owner {
        explicit Owner(asio::io_context& loop) : deadlines(loop, 1h), pair(loop, deadlines) {}
        Deadlines deadlines;
        Pair pair;
    };
    const auto alive = std::make_shared<int>();
    {
        asio::io_context loop{1};
        auto owner = std::make_unique<Owner>(loop);
        const UniqueFd peer = std::move(owner->pair.peer);
        asio::co_spawn(
            loop,
            [](std::unique_ptr<Owner> own, std::shared_ptr<int>) -> Task<> {
                co_await own->pair.channel->wait(IoStatus::WantRead, 1h);
                ADD_FAILURE() << "nothing came";
            }(std::move(owner), alive),
            asio::detached);
        loop.poll();
        EXPECT_EQ(alive.use_count(), 2);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace tarn::net
