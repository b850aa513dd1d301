// Counters, gauges and histograms, and their text form for Prometheus.
//
// Why not prometheus-cpp: its counters are one atomic double each, which all loops would pull from
// each other's caches on every request, and its registry hands out samples by copying every label.
// Here a metric has a cache line per thread and the hot call is one relaxed addition.
//
// Look a metric up once and keep the reference; it lives as long as the process.  Everything is
// thread-safe.  Names and units follow https://prometheus.io/docs/practices/naming/.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMetricShards = 16;
// The shard of the calling thread.
std::size_t metric_shard();

class Counter {
  public:
    void add(std::uint64_t count = 1) {
        shards_[metric_shard()].value.fetch_add(count, std::memory_order_relaxed);
    }
    std::uint64_t value() const;

  private:
    struct alignas(64) Shard {
        std::atomic<std::uint64_t> value{0};
    };
    Shard shards_[kMetricShards];
};

class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

class Histogram {
  public:
    // upper_bounds ascend; the bucket above the last one is added.
    explicit Histogram(std::span<const double> upper_bounds);
    void observe(double value);

    struct Snapshot {
        std::vector<std::uint64_t> counts;  // per bucket, not cumulative
        double sum = 0;
    };
    Snapshot snapshot() const;
    const std::vector<double>& upper_bounds() const { return bounds_; }

  private:
    struct alignas(64) Shard {
        std::unique_ptr<std::atomic<std::uint64_t>[]> counts;
        std::atomic<double> sum{0};
    };
    std::vector<double> bounds_;
    std::unique_ptr<Shard[]> shards_;
};

// For durations of requests, in seconds.
inline constexpr double kSecondsBuckets[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,    0.25,  0.5,    1,     2.5,  5,     10};

// The metric of that name with those labels, made on first use.  All metrics of one name have one
// kind and, for histograms, one set of bounds: those of the first call.
Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
Histogram& histogram(const std::string& name, const std::string& help,
                     std::span<const double> upper_bounds, const MetricLabels& labels = {});
// A gauge whose value is asked for when it is written.  read is called from any thread; it replaces
// an earlier one of that name and labels.
void gauge_from(const std::string& name, const std::string& help, const MetricLabels& labels,
                std::function<double()> read);
// process_resident_memory_bytes, process_cpu_seconds_total, process_open_fds and
// process_start_time_seconds, as Prometheus's own libraries name them.
void add_process_metrics();

// All metrics in the text format 0.0.4, sorted by name.
std::string write_metrics();
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tarn
