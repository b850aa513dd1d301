#include "common/observe/metrics.h"

#include "common/base/check.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <variant>

#include <fmt/format.h>

namespace tarn {
namespace {

using ReadValue = std::function<double()>;
using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                            std::unique_ptr<Histogram>, ReadValue>;

constexpr const char* kTypeNames[] = {"counter", "gauge", "histogram", "gauge"};

struct Family {
    std::string help;
    std::map<std::string, Metric> metrics;  // by their labels, as written
};

// Never destroyed: threads may count until the very end.
struct Registry {
    std::mutex mutex;
    std::map<std::string, Family> families;
};
Registry& registry() {
    static Registry& instance = *new Registry;
    return instance;
}

bool is_metric_name(std::string_view name) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
    constexpr std::string_view kDigits = "0123456789";
    return !name.empty() && kLetters.contains(name.front()) &&
           std::ranges::all_of(name,
                               [&](char c) { return kLetters.contains(c) || kDigits.contains(c); });
}

std::string escape(std::string_view text, bool quotes) {
    std::string escaped;
    for (char c : text) {
        if (c == '\\') {
            escaped += "\\\\";
        } else if (c == '\n') {
            escaped += "\\n";
        } else if (c == '"' && quotes) {
            escaped += "\\\"";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

// a="b",c="d"
std::string label_text(const MetricLabels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        CHECK(is_metric_name(name));
        if (!text.empty()) text += ',';
        text += name + "=\"" + escape(value, true) + '"';
    }
    return text;
}

// The metric's place; the registry is locked.
Metric& place(Registry& all, const std::string& name, const std::string& help,
              const MetricLabels& labels, bool& is_new) {
    CHECK(is_metric_name(name));
    Family& family = all.families[name];
    if (family.help.empty()) family.help = help;
    const auto [entry, inserted] = family.metrics.try_emplace(label_text(labels));
    is_new = inserted;
    return entry->second;
}

template <class Kind, class Make>
Kind& find_or_make(const std::string& name, const std::string& help, const MetricLabels& labels,
                   Make make) {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    bool is_new = false;
    Metric& metric = place(all, name, help, labels, is_new);
    if (is_new) metric = make();
    const auto* const found = std::get_if<std::unique_ptr<Kind>>(&metric);
    CHECK(found != nullptr);
    return **found;
}

std::string braced(const std::string& labels) {
    return labels.empty() ? "" : "{" + labels + "}";
}

void write_histogram(std::string& out, const std::string& name, const std::string& labels,
                     const Histogram& histogram) {
    const Histogram::Snapshot snapshot = histogram.snapshot();
    const std::string prefix = labels.empty() ? "" : labels + ",";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
        total += snapshot.counts[i];
        const auto& bounds = histogram.upper_bounds();
        const std::string bound = i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf";
        out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, prefix, bound, total);
    }
    out += fmt::format("{}_sum{} {}\n", name, braced(labels), snapshot.sum);
    out += fmt::format("{}_count{} {}\n", name, braced(labels), total);
}

void write_metric(std::string& out, const std::string& name, const std::string& labels,
                  const Metric& metric) {
    if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&metric)) {
        write_histogram(out, name, labels, **histogram);
    } else if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
        out += fmt::format("{}{} {}\n", name, braced(labels), (*counter)->value());
    } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
        out += fmt::format("{}{} {}\n", name, braced(labels), (*gauge)->value());
    } else {
        out += fmt::format("{}{} {}\n", name, braced(labels), std::get<ReadValue>(metric)());
    }
}

}  // namespace

std::size_t metric_shard() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t shard =
        next.fetch_add(1, std::memory_order_relaxed) % kMetricShards;
    return shard;
}

std::uint64_t Counter::value() const {
    std::uint64_t total = 0;
    for (const Shard& shard : shards_)
        total += shard.value.load(std::memory_order_relaxed);
    return total;
}

Histogram::Histogram(std::span<const double> upper_bounds)
    : bounds_(upper_bounds.begin(), upper_bounds.end()),
      shards_(std::make_unique<Shard[]>(kMetricShards)) {
    CHECK(std::ranges::is_sorted(bounds_));
    for (std::size_t i = 0; i < kMetricShards; ++i)
        shards_[i].counts = std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1);
}

void Histogram::observe(double value) {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    Shard& shard = shards_[metric_shard()];
    shard.counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    shard.sum.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
    Snapshot total{.counts = std::vector<std::uint64_t>(bounds_.size() + 1)};
    for (std::size_t i = 0; i < kMetricShards; ++i) {
        for (std::size_t bucket = 0; bucket < total.counts.size(); ++bucket)
            total.counts[bucket] += shards_[i].counts[bucket].load(std::memory_order_relaxed);
        total.sum += shards_[i].sum.load(std::memory_order_relaxed);
    }
    return total;
}

Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
    return find_or_make<Counter>(name, help, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
    return find_or_make<Gauge>(name, help, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& histogram(const std::string& name, const std::string& help,
                     std::span<const double> upper_bounds, const MetricLabels& labels) {
    return find_or_make<Histogram>(name, help, labels,
                                   [&] { return std::make_unique<Histogram>(upper_bounds); });
}

void gauge_from(const std::string& name, const std::string& help, const MetricLabels& labels,
                std::function<double()> read) {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    bool is_new = false;
    Metric& metric = place(all, name, help, labels, is_new);
    CHECK(is_new || std::holds_alternative<ReadValue>(metric));
    metric = std::move(read);
}

std::string write_metrics() {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    std::string out;
    for (const auto& [name, family] : all.families) {
        const auto& first = family.metrics.begin()->second;
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escape(family.help, false), name,
                           kTypeNames[first.index()]);
        for (const auto& [labels, metric] : family.metrics)
            write_metric(out, name, labels, metric);
    }
    return out;
}

}  // namespace tarn
