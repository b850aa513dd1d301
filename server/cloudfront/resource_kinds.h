// The kinds of configuration that have an id, a name and an ETag of their own, and are created,
// read, updated, deleted and listed alike: one row each.

#pragma once

#include "common/cdn/managed_policies.h"
#include "common/cdn/shape.h"
#include "server/cloudfront/error.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace tarn::cloudfront {

enum class SummaryForm : std::uint8_t {
    Typed,    // <XSummary><Type>custom</Type><X>…</X></XSummary>
    Wrapped,  // <XSummary><X>…</X></XSummary>
    Flat,     // <XSummary><Id/>…members of the configuration…</XSummary>
};
enum class IdForm : std::uint8_t { Uuid, LetterE, LetterK };

struct ResourceKind {
    std::string_view name;  // the element: "CachePolicy"; its configuration is "CachePolicyConfig"
    std::string_view path;  // "cache-policy"
    const cdn::Shape* config_shape;
    std::optional<cdn::PolicyKind> managed;  // of which there are managed ones
    IdForm id_form;
    std::string_view time_member;  // "LastModifiedTime", "CreatedTime" or empty: none
    SummaryForm summary;
    bool list_has_marker;  // and IsTruncated
    ErrorCode no_such;
    ErrorCode already_exists;
    ErrorCode in_use;
    ErrorCode too_many;
    std::size_t limit;  // of custom ones in an account (cloudfront.md 1.5)
};

extern const ResourceKind kCachePolicy;
extern const ResourceKind kOriginRequestPolicy;
extern const ResourceKind kResponseHeadersPolicy;
extern const ResourceKind kOriginAccessControl;
extern const ResourceKind kPublicKey;
extern const ResourceKind kKeyGroup;

}  // namespace tarn::cloudfront
