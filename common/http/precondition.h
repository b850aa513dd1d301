// Conditional requests (RFC 9110, section 13), with S3's habits where they differ.

#pragma once

#include "common/base/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::http {

// What a stored representation can be compared by.  etag is without quotes (a weak one keeps no
// W/).
struct Validators {
    std::string_view etag;
    WallTime last_modified;  // compared in whole seconds
};

struct Conditions {
    std::optional<std::string_view> if_match;
    std::optional<std::string_view> if_none_match;
    std::optional<std::string_view> if_modified_since;
    std::optional<std::string_view> if_unmodified_since;
};

enum class ConditionResult : std::uint8_t { Proceed, NotModified, PreconditionFailed };
struct ConditionOutcome {
    ConditionResult result = ConditionResult::Proceed;
    std::string_view failed;  // "If-Match", … : the condition that decided
};

// Order of RFC 9110, section 13.2.2.  An ETag may come without its quotes (S3 accepts that); dates
// that do not parse, and a future If-Modified-Since (S3), are ignored.
ConditionOutcome evaluate_read(const Conditions& conditions, const Validators& validators,
                               WallTime now);

// Whether an If-Match / If-None-Match list names the ETag ("*" matches).  Weak comparison.
bool etag_list_contains(std::string_view list, std::string_view etag);

}  // namespace tarn::http
