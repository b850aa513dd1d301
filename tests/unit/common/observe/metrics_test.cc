#include "common/observe/metrics.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tarn {
namespace {

// The lines of write_metrics() that belong to the metric.
std::string written(const std::string& name) {
    std::string lines;
    const std::string all = write_metrics();
    for (std::size_t start = 0; start < all.size();) {
        const std::size_t end = all.find('\n', start) + 1;
        const std::string line = all.substr(start, end - start);
        if (line.contains(name)) lines += line;
        start = end;
    }
    return lines;
}

TEST(MetricsTest, WritesCountersWithTheirLabels) {
    counter("test_requests_total", "Requests.", {{"method", "GET"}}).add();
    counter("test_requests_total", "Requests.", {{"method", "GET"}}).add(41);
    counter("test_requests_total", "Requests.", {{"method", "A\"\\\n"}, {"code", "200"}});
    EXPECT_EQ(written("test_requests_total"),
              "# HELP test_requests_total Requests.\n"
              "# TYPE test_requests_total counter\n"
              "test_requests_total{method=\"A\\\"\\\\\\n\",code=\"200\"} 0\n"
              "test_requests_total{method=\"GET\"} 42\n");
}

TEST(MetricsTest, AddsUpWhatAllThreadsCount) {
    Counter& total = counter("test_threads_total", "Additions.");
    std::vector<std::thread> threads;
    threads.reserve(20);
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j)
                total.add();
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(total.value(), 20'000U);
}

TEST(MetricsTest, WritesGauges) {
    Gauge& connections = gauge("test_connections", "Open connections.");
    connections.set(5);
    connections.add(-7);
    EXPECT_EQ(written("test_connections "),
              "# HELP test_connections Open connections.\n"
              "# TYPE test_connections gauge\n"
              "test_connections -2\n");
    gauge_from("test_asked", "Asked for.", {}, [] { return 1.5; });
    gauge_from("test_asked", "Asked for.", {}, [] { return 2.5; });
    EXPECT_TRUE(written("test_asked").ends_with("test_asked 2.5\n"));
}

// A value on a bound belongs to its bucket; buckets are cumulative.
TEST(MetricsTest, WritesHistograms) {
    constexpr double kBounds[] = {0.5, 1};
    Histogram& durations =
        histogram("test_seconds", "Durations.", kBounds, {{"operation", "GetObject"}});
    for (double value : {0.25, 0.5, 0.75, 4.0})
        durations.observe(value);
    EXPECT_EQ(written("test_seconds"),
              "# HELP test_seconds Durations.\n"
              "# TYPE test_seconds histogram\n"
              "test_seconds_bucket{operation=\"GetObject\",le=\"0.5\"} 2\n"
              "test_seconds_bucket{operation=\"GetObject\",le=\"1\"} 3\n"
              "test_seconds_bucket{operation=\"GetObject\",le=\"+Inf\"} 4\n"
              "test_seconds_sum{operation=\"GetObject\"} 5.5\n"
              "test_seconds_count{operation=\"GetObject\"} 4\n");
}

TEST(MetricsTest, ReportsTheProcess) {
    add_process_metrics();
    const std::string text = written("process_resident_memory_bytes ");
    const double resident = std::stod(text.substr(text.rfind(' ')));
    EXPECT_GT(resident, 1e6);
    EXPECT_LT(resident, 1e11);
    EXPECT_FALSE(written("process_open_fds ").empty());
}

TEST(MetricsDeathTest, RefusesOneNameForTwoKinds) {
    counter("test_kind", "A counter.");
    EXPECT_DEATH(gauge("test_kind", "A gauge."), "CHECK failed");
    EXPECT_DEATH(counter("test kind", "A blank in the name."), "CHECK failed");
}

}  // namespace
}  // namespace tarn
