#include "edge/cache/chunked_body.h"

#include "edge/cache/engine.h"
#include "edge/cache/stored_head.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

using State = ChunkedBody::State;
constexpr std::uint64_t kChunk = kChunkBytes;

void fill(ChunkedBody& body, std::uint64_t offset, std::uint64_t count, char c = 'x') {
    while (count > 0) {
        const auto space = body.space(offset);
        const std::size_t n = std::min<std::uint64_t>(space.size(), count);
        std::fill_n(space.begin(), n, c);
        body.commit(offset, n);
        offset += n;
        count -= n;
    }
}

TEST(ChunkRunTest, CoversExactlyTheChunksThatARangeTouches) {
    struct Case {
        std::uint64_t offset, length, first, count;
    };
    const Case cases[] = {{0, 1, 0, 1},
                          {0, kChunk, 0, 1},
                          {0, kChunk + 1, 0, 2},
                          {kChunk - 1, 1, 0, 1},
                          {kChunk - 1, 2, 0, 2},
                          {kChunk, 1, 1, 1},
                          {kChunk, kChunk, 1, 1},
                          {5 * kChunk + 3, 2 * kChunk, 5, 3},
                          {3 * kChunk, 2 * kChunk, 3, 2}};
    for (const Case& c : cases) {
        EXPECT_EQ(chunks_covering(c.offset, c.length),
                  (ChunkRun{.first = c.first, .count = c.count}))
            << c.offset << "+" << c.length;
    }
    EXPECT_EQ((ChunkRun{.first = 1, .count = 2}).end(5 * kChunk), 3 * kChunk);
    EXPECT_EQ((ChunkRun{.first = 1, .count = 2}).end(2 * kChunk + 7), 2 * kChunk + 7);
}

TEST(ChunkRunTest, AFirstQuestionIsWidenedToWholeChunks) {
    const auto widened = [](http::RangeSpec spec) { return widened_range(spec); };
    const std::string first_run = "bytes=0-" + std::to_string(kMaxRunChunks * kChunk - 1);
    EXPECT_EQ(widened(http::OffsetRange{.first = 0, .last = 0}), "bytes=0-1048575");
    EXPECT_EQ(widened(http::OffsetRange{.first = 5, .last = kChunk - 1}), "bytes=0-1048575");
    EXPECT_EQ(widened(http::OffsetRange{.first = 5, .last = kChunk}), "bytes=0-2097151");
    EXPECT_EQ(widened(http::OffsetRange{.first = kChunk, .last = kChunk}), "bytes=1048576-2097151");
    EXPECT_EQ(widened(http::OffsetRange{.first = 0}), first_run);
    EXPECT_EQ(widened(http::OffsetRange{.first = 0, .last = 100 * kChunk}), first_run);
    EXPECT_EQ(widened(http::SuffixRange{.length = 10}), "bytes=-1048576");
    EXPECT_EQ(widened(http::SuffixRange{.length = 3 * kChunk}), "bytes=-3145728");
    EXPECT_EQ(widened(http::OffsetRange{.first = UINT64_MAX, .last = UINT64_MAX}),
              "bytes=18446744073708503040-18446744073709551614");
}

TEST(ChunkedBodyTest, ReadsWhatIsThereAndSaysWhatIsNot) {
    ChunkedBody body(2 * kChunk + 100);
    EXPECT_EQ(body.read(0).state, State::Missing);
    EXPECT_EQ(body.read(2 * kChunk + 100).state, State::End);
    EXPECT_EQ(body.claim({.first = 1, .count = 2}, 4), (ChunkRun{.first = 1, .count = 2}));
    EXPECT_EQ(body.read(kChunk).state, State::Wait);
    EXPECT_EQ(body.read(0).state, State::Missing);
    fill(body, kChunk, 10);
    EXPECT_EQ(body.read(kChunk).bytes.size(), 10);
    EXPECT_EQ(body.read(kChunk + 4).bytes.size(), 6);
    EXPECT_EQ(body.read(kChunk + 10).state, State::Wait);
    EXPECT_EQ(body.bitmap(), ".+.");
    fill(body, kChunk + 10, kChunk - 10 + 100);
    EXPECT_EQ(body.bitmap(), ".##");
    EXPECT_EQ(body.read(2 * kChunk).bytes.size(), 100);
    EXPECT_FALSE(body.complete());
    ASSERT_TRUE(body.claim({.first = 0, .count = 3}, 3));
    fill(body, 0, kChunk);
    EXPECT_TRUE(body.complete());
}

TEST(ChunkedBodyTest, AChunkIsClaimedOnce) {
    ChunkedBody body(4 * kChunk);
    EXPECT_EQ(body.claim({.first = 1, .count = 1}, 9), (ChunkRun{.first = 1, .count = 1}));
    EXPECT_EQ(body.claim({.first = 1, .count = 1}, 9), std::nullopt);
    // Up to the first that somebody else fetches, and no more than allowed.
    EXPECT_EQ(body.claim({.first = 0, .count = 4}, 9), (ChunkRun{.first = 0, .count = 1}));
    EXPECT_EQ(body.claim({.first = 2, .count = 2}, 1), (ChunkRun{.first = 2, .count = 1}));
    EXPECT_EQ(body.claim({.first = 3, .count = 9}, 9), (ChunkRun{.first = 3, .count = 1}));
}

TEST(ChunkedBodyTest, AnUnclaimedChunkIsFilledOnFromWhereItBrokeOff) {
    ChunkedBody body(2 * kChunk);
    const ChunkRun run{.first = 0, .count = 2};
    ASSERT_TRUE(body.claim(run, 2));
    fill(body, 0, 1000);
    const std::string_view sent = body.read(0).bytes;
    body.unclaim(run);
    EXPECT_EQ(body.read(0).bytes.data(), sent.data());  // a reader may be sending it
    EXPECT_EQ(body.read(1000).state, State::Missing);
    ASSERT_EQ(body.claim(run, 2), run);
    EXPECT_EQ(body.fill_start(run), 1000);
    fill(body, 1000, 2 * kChunk - 1000);
    body.unclaim(run);
    EXPECT_TRUE(body.complete());
}

TEST(ChunkedBodyTest, AStreamOfUnknownSizeEndsWhereItEnds) {
    ChunkedBody body(std::nullopt);
    EXPECT_EQ(body.read(0).state, State::Wait);
    fill(body, 0, kChunk + 7);
    EXPECT_EQ(body.read(kChunk + 7).state, State::Wait);
    EXPECT_EQ(body.size(), std::nullopt);
    EXPECT_FALSE(body.complete());
    body.finish(kChunk + 7);
    EXPECT_EQ(body.read(kChunk + 7).state, State::End);
    EXPECT_EQ(body.size(), kChunk + 7);
    EXPECT_TRUE(body.complete());
}

TEST(ChunkedBodyTest, AnEmptyStreamIsComplete) {
    ChunkedBody body(std::nullopt);
    body.space(0);  // prepared for bytes that never came
    body.finish(0);
    EXPECT_EQ(body.read(0).state, State::End);
    EXPECT_TRUE(body.complete());
}

TEST(ChunkedBodyTest, ABrokenStreamFailsAtItsGapOnly) {
    ChunkedBody body(2 * kChunk);
    ASSERT_TRUE(body.claim({.first = 0, .count = 2}, 2));
    fill(body, 0, 10);
    body.fail();
    EXPECT_EQ(body.read(0).bytes.size(), 10);
    EXPECT_EQ(body.read(10).state, State::Failed);
}

TEST(ChunkedBodyTest, AWaiterIsCalledOnceByTheNextChange) {
    ChunkedBody body(2 * kChunk);
    ASSERT_TRUE(body.claim({.first = 0, .count = 2}, 2));
    int calls = 0;
    const auto read = body.read(0);
    body.on_change(read.version, [&] { ++calls; });
    EXPECT_EQ(calls, 0);
    fill(body, 0, 1);
    fill(body, 1, 1);
    EXPECT_EQ(calls, 1);
    body.on_change(read.version, [&] { ++calls; });  // it has changed since that read
    EXPECT_EQ(calls, 2);
}

TEST(ChunkedBodyTest, WhatAllHaveReadCanBeLetGo) {
    ChunkedBody body(std::nullopt);
    fill(body, 0, 3 * kChunk);
    const int a = 0;
    const int b = 0;
    EXPECT_EQ(body.progress().slowest, UINT64_MAX);
    body.set_position(&a, 2 * kChunk + 5);
    body.set_position(&b, kChunk + 1);
    EXPECT_EQ(body.progress().slowest, kChunk + 1);
    body.discard_before(body.progress().slowest);
    EXPECT_EQ(body.allocated_bytes(), 2 * kChunk);
    EXPECT_EQ(body.read(0).state, State::Failed);
    EXPECT_EQ(body.read(kChunk).state, State::Bytes);
    body.remove_reader(&b);
    EXPECT_EQ(body.progress().slowest, 2 * kChunk + 5);
}

TEST(StoredHeadTest, ReadsContentRanges) {
    using Range = std::optional<ContentRange>;
    const std::pair<const char*, Range> cases[] = {
        {"bytes 0-499/1234", ContentRange{0, 500, 1234}},
        {"bytes 1233-1233/1234", ContentRange{1233, 1, 1234}},
        {"bytes 0-1234/1234", std::nullopt},
        {"bytes 5-4/10", std::nullopt},
        {"bytes */10", std::nullopt},
        {"bytes 0-4/*", std::nullopt},
        {"items 0-4/10", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [text, range] : cases)
        EXPECT_EQ(parse_content_range(text), range) << text;
}

TEST(StoredHeadTest, ReadsEntityTags) {
    EXPECT_EQ(parse_etag("\"a\"").value, "a");
    EXPECT_FALSE(parse_etag("\"a\"").weak);
    EXPECT_EQ(parse_etag("W/\"a\"").value, "a");
    EXPECT_TRUE(parse_etag("W/\"a\"").weak);
    for (const char* malformed : {"", "a", "\"a", "a\"", "\"a\"b\"", "w/\"a\"", "\""}) {
        EXPECT_EQ(parse_etag(malformed).value, "") << malformed;
    }
    EXPECT_EQ(weakened_etag("\"a\""), "W/\"a\"");
    EXPECT_EQ(weakened_etag("W/\"a\""), "W/\"a\"");
    EXPECT_EQ(weakened_etag("a"), "");
}

cdn::CacheBehavior behavior_with_cookies(bool forwarded) {
    cdn::CacheBehavior behavior;
    behavior.cache.id = "p";
    if (forwarded) behavior.cache.cookies.kind = cdn::NameSelection::Kind::All;
    return behavior;
}

std::string lines_of(const std::vector<http::Field>& list, const StoreRules& rules) {
    http::Fields fields;
    for (const http::Field& field : list)
        fields.add(field.name, field.value);
    return stored_lines(fields, rules);
}

TEST(StoredHeadTest, KeepsWhatViewersMaySee) {
    const auto plain = behavior_with_cookies(false);
    const StoreRules rules{.behavior = plain};
    EXPECT_EQ(lines_of({{"Date", "D"},
                        {"Content-Type", "a/b"},
                        {"Content-Length", "5"},
                        {"Connection", "close, X-Hop"},
                        {"X-Hop", "1"},
                        {"Transfer-Encoding", "chunked"},
                        {"Age", "5"},
                        {"Via", "1.1 x"},
                        {"X-Cache", "Hit"},
                        {"Set-Cookie", "a=1"},
                        {"Vary", "Cookie"},
                        {"Vary", "X-A"},
                        {"x-amz-meta-a", "1"}},
                       rules),
              "Date: D\r\nContent-Type: a/b\r\nx-amz-meta-a: 1\r\nVary: Cookie\r\n");
}

TEST(StoredHeadTest, SetCookieIsKeptWhereCookiesAreForwarded) {
    const auto forwarding = behavior_with_cookies(true);
    EXPECT_EQ(lines_of({{"Date", "D"}, {"Set-Cookie", "a=1"}}, {.behavior = forwarding}),
              "Date: D\r\nSet-Cookie: a=1\r\n");
    EXPECT_EQ(lines_of({{"Date", "D"}, {"Set-Cookie", "a=1"}},
                       {.behavior = forwarding, .drop_set_cookie = true}),
              "Date: D\r\n");
}

TEST(StoredHeadTest, ACompressedCopySaysSo) {
    const auto plain = behavior_with_cookies(false);
    EXPECT_EQ(
        lines_of({{"Date", "D"}, {"ETag", "\"x\""}}, {.behavior = plain, .content_coding = "br"}),
        "Date: D\r\nETag: W/\"x\"\r\nVary: Accept-Encoding\r\nContent-Encoding: br\r\n");
}

TEST(StoredHeadTest, AMissingDateIsFilledIn) {
    const auto plain = behavior_with_cookies(false);
    EXPECT_EQ(lines_of({}, {.behavior = plain, .now = WallTime(std::chrono::seconds(784111777))}),
              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

TEST(StoredHeadTest, A304UpdatesAllButTheBodysFields) {
    const auto plain = behavior_with_cookies(false);
    http::Fields fields;
    fields.add("Cache-Control", "max-age=9");
    fields.add("ETag", "\"new\"");
    fields.add("Content-Type", "c/d");
    fields.add("Connection", "keep-alive");
    fields.add("X-New", "1");
    EXPECT_EQ(updated_lines("Content-Type: a/b\r\nCache-Control: max-age=1\r\nETag: \"old\"\r\n",
                            fields, {.behavior = plain}),
              "Content-Type: a/b\r\nETag: \"old\"\r\nCache-Control: max-age=9\r\nX-New: 1\r\n");
}

TEST(StoredHeadTest, TagsAreLowerCaseAndAtMostFifty) {
    http::Fields fields;
    fields.add("Cache-Tag", "Red, a b, bl\x7fue,GREEN");
    EXPECT_EQ(read_tags(fields, "cache-tag"), (std::vector<std::string>{"red", "green"}));
    EXPECT_TRUE(read_tags(fields, "").empty());
    std::string many;
    for (int i = 0; i < 60; ++i)
        many += "t" + std::to_string(i) + ",";
    http::Fields full;
    full.add("Cache-Tag", many);
    EXPECT_EQ(read_tags(full, "cache-tag").size(), kMaxTags);
}

}  // namespace
}  // namespace tarn::edge
