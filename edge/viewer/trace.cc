#include "edge/viewer/trace.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/http/target.h"
#include "edge/viewer/admission.h"
#include "edge/viewer/viewer_response.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tarn::edge {
namespace {

namespace json = boost::json;

// The request's fields as far as the record has them: names, and the cookies.
http::Fields fields_of(const TraceRecord& record) {
    http::Fields fields;
    for (const std::string_view name : split_list(record.header_names.view())) {
        if (!iequals(name, "cookie")) fields.add(name, "");
    }
    if (!record.cookies.view().empty()) fields.add("cookie", record.cookies.view());
    return fields;
}

json::object key_json(const TraceRecord& record, const Snapshot& snapshot) {
    json::object key;
    const ActiveDistribution* active = snapshot.find_id(record.distribution.view());
    if (active == nullptr || record.behavior_index >= active->config->behaviors.size()) return key;
    const cdn::CacheBehavior& behavior = active->config->behaviors[record.behavior_index];
    const http::Target target = http::split_target(record.target.view());
    const http::Fields fields = fields_of(record);
    const ViewerFacts facts{.address = record.viewer.view(), .tls = record.tls};
    const std::string_view accepted = record.accept_encoding.view();
    const KeyExplanation explanation =
        explain_key({.distribution_id = active->config->id,
                     .config_epoch = active->config->config_epoch,
                     .policy = behavior.cache,
                     .fields = fields,
                     .path = target.path,
                     .query = target.query,
                     .accept_encoding =
                         normalize_accept_encoding(behavior.cache, accepted, !accepted.empty(), 1),
                     .facts = facts});
    json::array parts;
    for (const auto& [kind, value] : explanation.parts)
        parts.push_back(json::array{kind, value});
    json::array dropped;
    for (const std::string& name : explanation.dropped)
        dropped.emplace_back(name);
    key["policy"] = behavior.cache.name;
    key["parts"] = std::move(parts);
    key["dropped"] = std::move(dropped);
    return key;
}

json::object behavior_json(const TraceRecord& record, const Snapshot& snapshot) {
    json::object behavior{{"index", record.behavior_index}};
    const ActiveDistribution* active = snapshot.find_id(record.distribution.view());
    if (active == nullptr || record.behavior_index >= active->config->behaviors.size()) {
        return behavior;
    }
    const auto& behaviors = active->config->behaviors;
    behavior["pattern"] = behaviors[record.behavior_index].path_pattern;
    json::array tested;
    for (std::size_t i = 0; i < record.behavior_index; ++i) {
        tested.emplace_back(behaviors[i].path_pattern + " no");
    }
    tested.emplace_back(behaviors[record.behavior_index].path_pattern + " yes");
    behavior["tested"] = std::move(tested);
    return behavior;
}

void add_entry(json::object& object, const EntryNote& note) {
    const std::string_view bound = to_text(note.ttl_bound);
    std::string rule(to_text(note.ttl_rule));
    if (!bound.empty()) rule.append(", ").append(bound);
    object["age"] = note.age;
    object["ttl"] = note.ttl;
    object["ttl_rule"] = rule;
    object["fresh_for"] = note.fresh_for;
}

bool is_invalidated(Reason reason) {
    return reason >= Reason::MissInvalidatedPath && reason <= Reason::MissInvalidatedTag;
}

json::object lookup_json(const TraceRecord& record) {
    json::object lookup{{"tier", "memory"}, {"found", record.found.present}};
    if (!record.found.present) return lookup;
    lookup["state"] = is_invalidated(record.reason) ? "invalidated"
                      : record.found.is_fresh       ? "fresh"
                                                    : "stale";
    add_entry(lookup, record.found);
    return lookup;
}

json::object upstream_json(const TraceRecord& record) {
    json::object upstream{{"to", "origin:" + std::string(record.origin_id.view())},
                          {"attempts", record.origin_attempts},
                          {"status", record.origin_status},
                          {"signed", record.origin_signed ? "OAC" : "no"},
                          {"failed_over", record.origin_failed_over},
                          {"reused_connection", record.origin_reused},
                          {"connect_us", record.origin_connect_us},
                          {"first_byte_us", record.origin_first_byte_us}};
    if (!record.origin_error.view().empty()) upstream["error"] = record.origin_error.view();
    return upstream;
}

// What would have made it a hit.
json::array counterfactual_json(const TraceRecord& record) {
    json::array would;
    switch (record.reason) {
        case Reason::Refresh304:
        case Reason::Refresh200:
        case Reason::MissExpired:
            would.emplace_back(fmt::format("a Hit with a max-age above {}", record.found.age));
            would.emplace_back("a Hit (stale) within a stale-while-revalidate window");
            break;
        case Reason::PassPolicy:
            would.emplace_back("a Hit with a cache policy whose MaxTTL is above 0");
            break;
        case Reason::PassUncacheable:
        case Reason::PassUncacheableMark:
            would.emplace_back("a Hit without no-store or private, or with a MinTTL above 0");
            break;
        case Reason::PassAuthorization:
            would.emplace_back("a Hit with Authorization in the cache policy");
            break;
        default:
            break;
    }
    return would;
}

}  // namespace

TraceRing::TraceRing(std::size_t size) : size_(size) {
    records_.reserve(size);
}

TraceRecord& TraceRing::begin(std::uint64_t number) {
    while (records_.size() <= number % size_ && records_.size() < size_)
        records_.emplace_back();
    TraceRecord& record = records_[number % size_];
    record.number = number;
    record.found.present = false;
    record.stored.present = false;
    record.origin_attempts = 0;
    record.origin_error.assign({});
    record.body_bytes = 0;
    written_ = std::max(written_, number + 1);
    return record;
}

const TraceRecord* TraceRing::find(std::uint64_t number, std::string_view id) const {
    if (number >= written_ || number + size_ < written_) return nullptr;
    const TraceRecord& record = records_[number % size_];
    if (record.number != number || record.id.view() != id) return nullptr;
    return &record;
}

EntryNote note_of(const Entry& entry, WallTime now) {
    const WallTime fresh_until = entry.lifetime().fresh_until;
    return {.present = true,
            .is_fresh = now < fresh_until,
            .ttl_rule = entry.ttl_rule(),
            .ttl_bound = entry.ttl_bound(),
            .age = age_at(entry.lifetime(), now).count(),
            .ttl = entry.ttl().count(),
            .fresh_for = std::chrono::floor<std::chrono::seconds>(fresh_until - now).count(),
            .stamp = entry.stamp()};
}

void note_upstream(TraceRecord& record, const UpstreamNote& note) {
    record.origin_id.assign(note.origin_id);
    record.origin_error.assign(note.error);
    record.origin_status = static_cast<std::uint16_t>(note.status);
    record.origin_attempts = static_cast<std::uint8_t>(note.attempt_count);
    record.origin_signed = note.signed_request;
    record.origin_failed_over = note.failed_over;
    record.origin_reused = note.reused_connection;
    record.origin_connect_us = static_cast<std::uint32_t>(note.connect_time.count());
    record.origin_first_byte_us = static_cast<std::uint32_t>(note.first_byte_time.count());
}

std::string trace_json(const TraceRecord& record, std::string_view pop, std::string_view edge_id,
                       const Snapshot& snapshot) {
    const ReasonRow& reason = reason_row(record.reason);
    json::object trace{{"id", record.id.view()},
                       {"t", format_iso8601_ms(record.time)},
                       {"pop", pop},
                       {"edge", edge_id},
                       {"viewer", {{"ip", record.viewer.view()}, {"tls", record.tls}}},
                       {"request",
                        {{"method", record.method.view()},
                         {"host", record.host.view()},
                         {"uri", record.target.view()}}},
                       {"distribution", record.distribution.view()}};
    if (!record.distribution.view().empty()) {
        trace["behavior"] = behavior_json(record, snapshot);
        trace["key"] = key_json(record, snapshot);
        trace["lookup"] = lookup_json(record);
        json::object invalidation{{"applied_sequence", record.applied_sequence}};
        if (record.found.present) invalidation["stamp"] = record.found.stamp;
        trace["invalidation"] = std::move(invalidation);
    }
    trace["decision"] = reason.code;
    trace["because"] = reason.text;
    if (record.origin_attempts > 0) trace["upstream"] = json::array{upstream_json(record)};
    if (record.stored.present) {
        json::object stored{{"stamp", record.stored.stamp}};
        add_entry(stored, record.stored);
        trace["stored"] = std::move(stored);
    }
    trace["result"] = {{"x_cache", x_cache_word(record.result)},
                       {"status", record.status},
                       {"bytes", record.body_bytes},
                       {"duration_us", record.duration_us}};
    trace["counterfactual"] = counterfactual_json(record);
    return json::serialize(trace);
}

}  // namespace tarn::edge
