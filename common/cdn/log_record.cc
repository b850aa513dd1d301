#include "common/cdn/log_record.h"

#include "common/base/text.h"

#include <array>

#include <boost/json.hpp>

namespace tarn::cdn {
namespace {

namespace json = boost::json;
using Type = LogRecord::Type;

struct TypeName {
    Type type;
    std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {Type::Distribution, "distribution"}, {Type::DistributionDeleted, "distribution-deleted"},
    {Type::Invalidation, "invalidation"}, {Type::ClockOffset, "clock-offset"},
    {Type::Heartbeat, "heartbeat"},
};

// The text members of a record, in the order of writing; empty ones are left out.
struct TextMember {
    std::string_view name;
    std::string LogRecord::* member;
};
constexpr TextMember kTextMembers[] = {
    {"distribution", &LogRecord::distribution_id},
    {"arn", &LogRecord::arn},
    {"config", &LogRecord::config_xml},
    {"signing_key_id", &LogRecord::signing_key_id},
    {"signing_secret", &LogRecord::signing_secret},
    {"invalidation", &LogRecord::invalidation_id},
};

std::string_view name_of(Type type) {
    for (const TypeName& row : kTypeNames)
        if (row.type == type) return row.name;
    return {};
}

bool read_type(const json::object& object, Type& type) {
    const json::value* name = object.if_contains("type");
    if (!name || !name->is_string()) return false;
    for (const TypeName& row : kTypeNames) {
        if (row.name != std::string_view(name->get_string())) continue;
        type = row.type;
        return true;
    }
    return false;
}

// An absent member leaves the value as it is; one of another type is an error.
bool read_text(const json::object& object, std::string_view name, std::string& value) {
    const json::value* found = object.if_contains(name);
    if (!found) return true;
    if (!found->is_string()) return false;
    value = std::string_view(found->get_string());
    return true;
}

bool read_texts(const json::object& object, std::string_view name,
                std::vector<std::string>& values) {
    const json::value* found = object.if_contains(name);
    if (!found) return true;
    if (!found->is_array()) return false;
    for (const json::value& item : found->get_array()) {
        if (!item.is_string()) return false;
        values.emplace_back(std::string_view(item.get_string()));
    }
    return true;
}

template <class Integer>
bool read_integer(const json::object& object, std::string_view name, Integer& value) {
    const json::value* found = object.if_contains(name);
    if (!found) return true;
    json::error_code error;
    const auto number = found->to_number<Integer>(error);
    if (error) return false;
    value = number;
    return true;
}

bool read_tags(const json::object& object, LogRecord& record) {
    const json::value* found = object.if_contains("tags");
    if (!found) return true;
    if (!found->is_object()) return false;
    for (const auto& [key, value] : found->get_object()) {
        if (!value.is_string()) return false;
        record.tags.emplace_back(std::string(std::string_view(key)),
                                 std::string(std::string_view(value.get_string())));
    }
    return true;
}

json::array array_of(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}

}  // namespace

std::string write_log_record(const LogRecord& record) {
    json::object object;
    object["seq"] = record.sequence;
    object["type"] = name_of(record.type);
    for (const TextMember& row : kTextMembers) {
        if (!(record.*row.member).empty()) object[row.name] = record.*row.member;
    }
    if (record.type == Type::Distribution) object["config_epoch"] = record.config_epoch;
    if (!record.policy_xml.empty()) object["policies"] = array_of(record.policy_xml);
    if (!record.tags.empty()) {
        json::object tags;
        for (const auto& [key, value] : record.tags)
            tags[key] = value;
        object["tags"] = std::move(tags);
    }
    if (!record.paths.empty()) object["paths"] = array_of(record.paths);
    if (record.type == Type::ClockOffset) object["clock_offset_ms"] = record.clock_offset_ms;
    return json::serialize(object) + '\n';
}

Result<LogRecord, LogRecordError> read_log_record(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    json::error_code error;
    const json::value value = json::parse(line, error);
    if (error || !value.is_object()) return fail(LogRecordError::Malformed);
    const json::object& object = value.get_object();

    LogRecord record;
    bool good = object.contains("seq") && read_integer(object, "seq", record.sequence) &&
                read_type(object, record.type);
    for (const TextMember& row : kTextMembers)
        good = good && read_text(object, row.name, record.*row.member);
    good = good && read_integer(object, "config_epoch", record.config_epoch) &&
           read_integer(object, "clock_offset_ms", record.clock_offset_ms) &&
           read_texts(object, "policies", record.policy_xml) &&
           read_texts(object, "paths", record.paths) && read_tags(object, record);
    if (!good) return fail(LogRecordError::Malformed);
    return record;
}

}  // namespace tarn::cdn
