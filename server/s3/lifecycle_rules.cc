// What a lifecycle configuration must satisfy.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/configuration_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxRules = 1000;
constexpr std::size_t kMaxIdCharacters = 255;
constexpr std::int64_t kMinDaysInfrequentAccess = 30;
constexpr std::array<std::string_view, 5> kActions = {
    "Expiration", "Transition", "NoncurrentVersionTransition", "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload"};

Error malformed() {
    return s3_error(ErrorCode::MalformedXML);
}
Error invalid_request(std::string_view message) {
    return s3_error(ErrorCode::InvalidRequest, std::string(message));
}

std::int64_t number_of(const xml::Node& node, std::string_view name) {
    return parse_int(node.text_of(name)).value_or(0);
}

// The number of that name, where it is there, must be positive.
Result<void, Error> check_positive(const xml::Node& action, std::string_view name) {
    const xml::Node* const number = action.find(name);
    if (!number || number_of(action, name) > 0) return {};
    return fail(invalid_argument(
        fmt::format("'{}' for {} action must be a positive integer", name, action.name), name,
        number->text));
}

Result<void, Error> check_midnight(const xml::Node& action) {
    const xml::Node* const date = action.find("Date");
    if (!date) return {};
    const auto time = parse_iso8601(date->text);
    if (time && std::chrono::floor<std::chrono::days>(*time) == *time) return {};
    return fail(invalid_argument("'Date' must be at midnight GMT", "Date", date->text));
}

bool has_tags(const xml::Node& rule) {
    const xml::Node* const filter = rule.find("Filter");
    if (!filter) return false;
    const xml::Node* const all = filter->find("And");
    return filter->find("Tag") || (all && all->find("Tag"));
}

bool names_a_tag_twice(const xml::Node& all) {
    std::vector<std::string_view> keys;
    for (const xml::Node& child : all.children) {
        if (child.name == "Tag") keys.push_back(child.text_of("Key"));
    }
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) != keys.end();
}

// A prefix at the level of the rule is the older form of a filter.
Result<void, Error> check_scope(const xml::Node& rule) {
    const xml::Node* const filter = rule.find("Filter");
    if ((filter != nullptr) == (rule.find("Prefix") != nullptr)) return fail(malformed());
    if (!filter) return {};
    if (filter->children.size() > 1) return fail(malformed());
    const xml::Node* const all = filter->find("And");
    if (all && all->children.size() < 2) return fail(malformed());
    if (all && names_a_tag_twice(*all)) {
        return fail(invalid_request("Duplicate Tag Keys are not allowed."));
    }
    return {};
}

Result<void, Error> check_expiration(const xml::Node& rule) {
    const xml::Node* const expiration = rule.find("Expiration");
    if (!expiration) return {};
    if (expiration->children.size() != 1) return fail(malformed());
    if (expiration->find("ExpiredObjectDeleteMarker") && has_tags(rule)) {
        return fail(invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
    }
    if (auto ok = check_positive(*expiration, "Days"); !ok) return ok;
    return check_midnight(*expiration);
}

Result<void, Error> check_transition(const xml::Node& transition) {
    const xml::Node* const days = transition.find("Days");
    if ((days != nullptr) == (transition.find("Date") != nullptr)) return fail(malformed());
    const std::int64_t count = number_of(transition, "Days");
    if (count < 0) {
        return fail(invalid_argument("'Days' for Transition action must be nonnegative", "Days",
                                     transition.text_of("Days")));
    }
    const std::string_view storage_class = transition.text_of("StorageClass");
    const bool is_infrequent = storage_class == "STANDARD_IA" || storage_class == "ONEZONE_IA";
    if (days && is_infrequent && count < kMinDaysInfrequentAccess) {
        return fail(invalid_argument(
            fmt::format("'Days' in Transition action must be greater than or equal to {} for "
                        "storageClass '{}'",
                        kMinDaysInfrequentAccess, storage_class),
            "Days", transition.text_of("Days")));
    }
    return check_midnight(transition);
}

Result<void, Error> check_noncurrent(const xml::Node& action) {
    if (auto ok = check_positive(action, "NoncurrentDays"); !ok) return ok;
    return check_positive(action, "NewerNoncurrentVersions");
}

Result<void, Error> check_abort(const xml::Node& rule) {
    const xml::Node* const abort = rule.find("AbortIncompleteMultipartUpload");
    if (!abort) return {};
    if (has_tags(rule)) {
        return fail(
            invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags."));
    }
    return check_positive(*abort, "DaysAfterInitiation");
}

Result<void, Error> check_actions(const xml::Node& rule) {
    const bool acts = std::ranges::any_of(
        kActions, [&](std::string_view action) { return rule.find(action) != nullptr; });
    if (!acts) {
        return fail(invalid_request("At least one action needs to be specified in a rule"));
    }
    if (auto ok = check_expiration(rule); !ok) return ok;
    for (const xml::Node& action : rule.children) {
        if (action.name == "Transition") {
            if (auto ok = check_transition(action); !ok) return ok;
        } else if (action.name.starts_with("NoncurrentVersion")) {
            if (auto ok = check_noncurrent(action); !ok) return ok;
        }
    }
    return check_abort(rule);
}

// Gives the rule an id where it has none, and finds the one that another rule has.
Result<void, Error> check_id(const ConfigurationPut& put, xml::Node& rule,
                             std::vector<std::string>& ids) {
    xml::Node* id = rule.find("ID");
    if (!id) id = &*rule.children.insert(rule.children.begin(), {.name = "ID"});
    if (id->text.empty()) id->text = new_rule_id(put.services.random);
    if (id->text.size() > kMaxIdCharacters) {
        return fail(
            invalid_argument("ID length should not exceed allowed limit of 255", "ID", id->text));
    }
    if (std::ranges::find(ids, id->text) != ids.end()) {
        return fail(invalid_argument("Rule ID must be unique. Found same ID for more than one rule",
                                     "ID", id->text));
    }
    ids.push_back(id->text);
    return {};
}

}  // namespace

Result<void, Error> check_lifecycle(const ConfigurationPut& put, xml::Node& document) {
    if (document.children.size() > kMaxRules) return fail(malformed());
    std::vector<std::string> ids;
    for (xml::Node& rule : document.children) {
        if (auto ok = check_scope(rule); !ok) return ok;
        if (auto ok = check_id(put, rule, ids); !ok) return ok;
        if (auto ok = check_actions(rule); !ok) return ok;
    }
    const auto is_older = [](const xml::Node& rule) { return rule.find("Prefix") != nullptr; };
    const auto older = std::ranges::count_if(document.children, is_older);
    if (older != 0 && static_cast<std::size_t>(older) != document.children.size()) {
        return fail(
            invalid_request("Base level prefix cannot be used in Lifecycle V2, prefixes "
                            "are only supported in the Filter."));
    }
    return {};
}

}  // namespace tarn::s3
