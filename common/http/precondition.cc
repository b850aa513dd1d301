#include "common/http/precondition.h"

#include "common/base/text.h"
#include "common/base/time_text.h"

#include <algorithm>

namespace tarn::http {
namespace {

// RFC 9110, section 8.8.3.2.  Our validators have lost the weakness of their ETag, so only the
// client's side counts: under strong comparison a W/"…" of his matches nothing.
enum class Comparison : std::uint8_t { Weak, Strong };

// Takes the first member off a list of ETags.  A member is the text between its quotes, or all up
// to the comma where there are none.
struct ListMember {
    std::string_view etag;
    bool weak = false;
};

ListMember take_member(std::string_view& list) {
    ListMember member;
    list = list.substr(std::min(list.find_first_not_of(" \t,"), list.size()));
    if (list.starts_with("W/")) {
        member.weak = true;
        list.remove_prefix(2);
    }
    if (list.starts_with('"')) {
        const std::size_t quote = list.find('"', 1);
        if (quote != std::string_view::npos) {
            member.etag = list.substr(1, quote - 1);
            list.remove_prefix(quote + 1);
            return member;
        }
    }
    const std::size_t comma = std::min(list.find(','), list.size());
    member.etag = trim(list.substr(0, comma));
    list.remove_prefix(comma);
    return member;
}

bool matches(std::string_view list, std::string_view etag, Comparison comparison) {
    list = trim(list);
    if (list == "*") return true;
    while (!list.empty()) {
        const ListMember member = take_member(list);
        if (member.weak && comparison == Comparison::Strong) continue;
        if (member.etag == etag && !etag.empty()) return true;
    }
    return false;
}

// S3 takes RFC 3339 dates, too (s3.md 3.4).
std::optional<WallTime> parse_condition_date(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    if (const auto date = parse_http_date(*text)) return date;
    return parse_iso8601(*text);
}

}  // namespace

bool etag_list_contains(std::string_view list, std::string_view etag) {
    return matches(list, etag, Comparison::Weak);
}

ConditionOutcome evaluate_read(const Conditions& conditions, const Validators& validators,
                               WallTime now) {
    // Steps 1 to 4 of RFC 9110, section 13.2.2: a condition on the ETag, where there is one, makes
    // the one on the date void.
    const auto modified = std::chrono::floor<std::chrono::seconds>(validators.last_modified);
    if (conditions.if_match) {
        if (!matches(*conditions.if_match, validators.etag, Comparison::Strong)) {
            return {.result = ConditionResult::PreconditionFailed, .failed = "If-Match"};
        }
    } else if (const auto date = parse_condition_date(conditions.if_unmodified_since)) {
        if (modified > *date) {
            return {.result = ConditionResult::PreconditionFailed, .failed = "If-Unmodified-Since"};
        }
    }
    if (conditions.if_none_match) {
        if (matches(*conditions.if_none_match, validators.etag, Comparison::Weak)) {
            return {.result = ConditionResult::NotModified, .failed = "If-None-Match"};
        }
    } else if (const auto date = parse_condition_date(conditions.if_modified_since)) {
        if (*date <= now && modified <= *date) {
            return {.result = ConditionResult::NotModified, .failed = "If-Modified-Since"};
        }
    }
    return {};
}

}  // namespace tarn::http
