#include "server/s3/access_log_batches.h"

#include "common/base/time_text.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds kInterval{60};
const WallTime kNow = *parse_iso8601("2026-02-06T23:59:30Z");

BucketPtr bucket_of(std::uint64_t id, LoggingRules rules) {
    return std::make_shared<const Bucket>(
        Bucket{.name = "b" + std::to_string(id),
               .record = {.id = id},
               .logging = std::make_shared<const LoggingRules>(std::move(rules))});
}

std::vector<std::string> texts_of(const std::vector<AccessLogBatch>& batches) {
    std::vector<std::string> texts;
    for (const AccessLogBatch& batch : batches)
        texts.push_back(batch.text);
    std::ranges::sort(texts);
    return texts;
}

using Texts = std::vector<std::string>;

TEST(AccessLogBatches, ALogObjectHasWhatCameInAnIntervalForOneBucket) {
    AccessLogBatches batches(kInterval);
    const BucketPtr a = bucket_of(1, {.target_bucket = "t"});
    const BucketPtr b = bucket_of(2, {.target_bucket = "t"});
    batches.add({a, kNow, "a1\n"}, kNow);
    batches.add({b, kNow, "b1\n"}, kNow + seconds(30));
    batches.add({a, kNow, "a2\n"}, kNow + seconds(59));
    EXPECT_EQ(texts_of(batches.take_due(kNow + seconds(59))), Texts{});
    const auto due = batches.take_due(kNow + kInterval);
    ASSERT_EQ(texts_of(due), Texts{"a1\na2\n"});
    EXPECT_EQ(due[0].line_count, 2u);
    EXPECT_EQ(due[0].source, a);
    EXPECT_EQ(texts_of(batches.take_due(kNow + kInterval)), Texts{});
    EXPECT_EQ(texts_of(batches.take_all()), Texts{"b1\n"});
    EXPECT_EQ(texts_of(batches.take_all()), Texts{});
}

TEST(AccessLogBatches, AFullLogObjectIsDueAtOnce) {
    AccessLogBatches batches(kInterval, 8);
    const BucketPtr a = bucket_of(1, {});
    for (const char* line : {"1234\n", "5678\n", "9\n"})
        batches.add({a, kNow, line}, kNow);
    EXPECT_EQ(texts_of(batches.take_due(kNow)), Texts{"1234\n5678\n"});
    EXPECT_EQ(texts_of(batches.take_all()), Texts{"9\n"});
}

TEST(AccessLogBatches, WithOtherRulesItIsAnotherLogObject) {
    AccessLogBatches batches(kInterval);
    batches.add({bucket_of(1, {.target_bucket = "t"}), kNow, "1\n"}, kNow);
    batches.add({bucket_of(1, {.target_bucket = "t"}), kNow, "2\n"}, kNow);
    EXPECT_EQ(texts_of(batches.take_due(kNow)), Texts{});
    batches.add({bucket_of(1, {.target_bucket = "u"}), kNow, "3\n"}, kNow);
    EXPECT_EQ(texts_of(batches.take_due(kNow)), Texts{"1\n2\n"});
    EXPECT_EQ(texts_of(batches.take_all()), Texts{"3\n"});
}

TEST(AccessLogBatches, PartitionedByEventTimeEachDayHasItsOwn) {
    AccessLogBatches by_event(kInterval);
    AccessLogBatches simple(kInterval);
    const BucketPtr a = bucket_of(1, {.key_format = LogKeyFormat::PartitionedByEventTime});
    const BucketPtr b = bucket_of(1, {});
    for (const seconds after : {seconds(0), seconds(40), seconds(10)}) {
        by_event.add({a, kNow + after, std::to_string(after.count()) + "\n"}, kNow);
        simple.add({b, kNow + after, "x\n"}, kNow);
    }
    EXPECT_EQ(texts_of(by_event.take_all()), (Texts{"0\n10\n", "40\n"}));
    EXPECT_EQ(simple.take_all().size(), 1u);
}

TEST(AccessLogBatches, AClockSetBackKeepsNothingForLonger) {
    AccessLogBatches batches(kInterval);
    batches.add({bucket_of(1, {}), kNow, "1\n"}, kNow);
    EXPECT_EQ(batches.take_due(kNow - hours(1)).size(), 1u);
}

TEST(AccessLogQueue, DropsWhatIsTooMuchUntilSomethingIsGone) {
    const AccessLogEntry entry{.source = bucket_of(1, {}), .line = "line\n"};
    AccessLogQueue queue(2, 2 * entry.cost());
    for (std::size_t i = 0; i < 3; ++i)
        queue.push(i % 2, entry);
    EXPECT_EQ(queue.take_dropped(), 1u);
    EXPECT_EQ(queue.take_dropped(), 0u);
    EXPECT_EQ(queue.take().size(), 2u);
    // Taken is not gone.
    queue.push(0, entry);
    EXPECT_EQ(queue.take().size(), 0u);
    queue.release(entry.cost());
    queue.push(0, entry);
    EXPECT_EQ(queue.take().size(), 1u);
    EXPECT_EQ(queue.take_dropped(), 1u);
}

TEST(AccessLogQueue, LosesNothingBetweenThreads) {
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kLines = 1000;
    AccessLogQueue queue(kThreads);
    const BucketPtr source = bucket_of(1, {});
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&queue, &source, i] {
            for (std::size_t line = 0; line < kLines; ++line)
                queue.push(i, {.source = source, .line = "line\n"});
        });
    }
    std::size_t taken = 0;
    const auto take = [&] {
        for (const AccessLogEntry& entry : queue.take()) {
            queue.release(entry.cost());
            ++taken;
        }
    };
    while (taken < kThreads * kLines / 2)
        take();
    for (std::thread& thread : threads)
        thread.join();
    take();
    EXPECT_EQ(taken, kThreads * kLines);
    EXPECT_EQ(queue.take_dropped(), 0u);
}

}  // namespace
}  // namespace tarn::s3
