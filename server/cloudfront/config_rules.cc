#include "server/cloudfront/config_rules.h"

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "common/http/token.h"
#include "server/cloudfront/wire_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::items_at;
using cdn::number_at;
using cdn::text_at;
using xml::Node;
using enum ErrorCode;
using MaybeError = std::optional<Error>;

constexpr std::size_t kMaxAliases = 100;
constexpr std::size_t kMaxCommentLength = 128;
constexpr std::size_t kMaxRootObjectLength = 255;
constexpr std::size_t kMaxUrlLength = 8192;  // AWS: Quotas, maximum length of a URL

// AWS: Custom error responses.
constexpr int kErrorCodes[] = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504};

bool is_error_code(std::int64_t code) {
    return std::ranges::find(kErrorCodes, code) != std::end(kErrorCodes);
}

MaybeError check_custom_errors(const Node& config) {
    std::set<std::int64_t> seen;
    for (const Node& node : items_at(config, "CustomErrorResponses")) {
        const std::int64_t code = number_at(node, "ErrorCode");
        if (!is_error_code(code) || !seen.insert(code).second) return error(InvalidErrorCode);
        const std::string_view page = text_at(node, "ResponsePagePath");
        const std::string_view response = text_at(node, "ResponseCode");
        if (page.empty() != response.empty()) {
            return error(InvalidArgument,
                         "ResponsePagePath and ResponseCode must be specified together.");
        }
        if (page.empty()) continue;
        if (!page.starts_with('/') || !is_visible(page, "#\\") || page.size() > kMaxUrlLength) {
            return error(InvalidRelativePath);
        }
        const auto status = parse_uint(response);
        if (!status || (*status != 200 && !is_error_code(static_cast<std::int64_t>(*status)))) {
            return error(InvalidResponseCode);
        }
    }
    return std::nullopt;
}

MaybeError check_geo_restriction(const Node& config) {
    const Node* geo = cdn::node_at(config, "Restrictions/GeoRestriction");
    if (!geo) return std::nullopt;
    const auto& locations = items_at(*geo, "");
    const bool restricted = text_at(*geo, "RestrictionType") != "none";
    const bool good = std::ranges::all_of(locations, [](const Node& location) {
        return location.text.size() == 2 &&
               std::ranges::all_of(location.text, [](char c) { return c >= 'A' && c <= 'Z'; });
    });
    if (restricted == locations.empty() || !good) return error(InvalidGeoRestrictionParameter);
    return std::nullopt;
}

// The domains in which every distribution has a name of its own (edge/control/snapshot.h): an alias
// there would take the viewers of another account's distribution.
constexpr std::string_view kOwnDomains[] = {"cloudfront.net", "cloudfront.localhost"};

bool is_own_name(std::string_view alias) {
    return std::ranges::any_of(kOwnDomains, [&](std::string_view domain) {
        if (!alias.ends_with(domain)) return false;
        const std::string_view before = alias.substr(0, alias.size() - domain.size());
        return before.empty() || before.ends_with('.');
    });
}

// Of an alias in lower case.
bool is_alias(std::string_view alias) {
    if (alias.starts_with("*.")) alias.remove_prefix(2);
    return is_dns_name(alias) && !is_own_name(alias);
}

// Unlike CloudFront, an alias needs no certificate: there is no public DNS or CA to ask here.
MaybeError check_aliases(const Node& config) {
    const auto aliases = aliases_of(config);
    if (aliases.size() > kMaxAliases) return error(TooManyDistributionCNAMEs);
    const std::set<std::string> distinct(aliases.begin(), aliases.end());
    if (distinct.size() != aliases.size() || !std::ranges::all_of(aliases, is_alias)) {
        return error(InvalidArgument,
                     "The parameter CNAME contains one or more parameters that are not valid.");
    }
    return std::nullopt;
}

MaybeError check_viewer_certificate(const Node& config) {
    const bool by_default = cdn::flag_at(config, "ViewerCertificate/CloudFrontDefaultCertificate");
    const bool acm = !text_at(config, "ViewerCertificate/ACMCertificateArn").empty();
    const bool iam = !text_at(config, "ViewerCertificate/IAMCertificateId").empty();
    if (by_default + acm + iam != 1) return error(InvalidViewerCertificate);
    return std::nullopt;
}

// AWS: Default root object.
bool is_root_object(std::string_view name) {
    constexpr std::string_view kPunctuation = "_-.*$/~\"'&";
    return !name.starts_with('/') && name.size() <= kMaxRootObjectLength &&
           std::ranges::all_of(name, [&](char c) {
               const char lower = to_lower(c);
               return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
                      kPunctuation.find(c) != std::string_view::npos;
           });
}

MaybeError check_texts(const Node& config) {
    const Node* bad = find_control_character(config);
    if (!bad) return std::nullopt;
    return error(InvalidArgument,
                 fmt::format("The parameter {} contains a control character.", bad->name));
}

MaybeError check_plain_members(const Node& config) {
    if (text_at(config, "CallerReference").empty()) {
        return error(InvalidArgument, "The parameter CallerReference is required.");
    }
    if (text_at(config, "Comment").size() > kMaxCommentLength) {
        return error(InvalidArgument, "The parameter Comment is too long.");
    }
    if (!is_root_object(text_at(config, "DefaultRootObject"))) {
        return error(InvalidDefaultRootObject);
    }
    const Node* tag_header = cdn::node_at(config, "CacheTagConfig/HeaderName");
    if (tag_header && !http::is_token(tag_header->text)) {
        return error(InvalidArgument, "The parameter HeaderName is not the name of a header.");
    }
    if (cdn::flag_at(config, "Logging/Enabled") && text_at(config, "Logging/Bucket").empty()) {
        return error(InvalidArgument, "The parameter Logging Bucket is required.");
    }
    return std::nullopt;
}

// Members that name things which cannot exist here, and without which the distribution would do
// something else than its owner asked for.
MaybeError check_absent_features(const Node& config) {
    if (!text_at(config, "ContinuousDeploymentPolicyId").empty()) {
        return error(NoSuchContinuousDeploymentPolicy);
    }
    if (config.find("ViewerMtlsConfig") || config.find("ConnectionFunctionAssociation")) {
        return error(EntityNotFound, "The trust store or connection function does not exist.");
    }
    return std::nullopt;
}

}  // namespace

std::optional<Error> check_distribution_config(const Node& config) {
    constexpr MaybeError (*kChecks[])(const Node&) = {
        check_plain_members,   check_aliases,         check_origins,
        check_behaviors,       check_custom_errors,   check_viewer_certificate,
        check_geo_restriction, check_absent_features, check_texts,
    };
    for (const auto check : kChecks) {
        if (auto fault = check(config)) return fault;
    }
    return std::nullopt;
}

std::string Reference::text() const {
    return fmt::format("{}/{}", kind->name, id);
}

std::vector<Reference> references_of(const Node& config) {
    std::vector<Reference> references;
    const auto add = [&](const ResourceKind& kind, std::string_view id) {
        Reference reference{&kind, std::string(id)};
        if (id.empty() || std::ranges::find(references, reference) != references.end()) return;
        references.push_back(std::move(reference));
    };
    for (const Node& origin : items_at(config, "Origins"))
        add(kOriginAccessControl, text_at(origin, "OriginAccessControlId"));
    for (const Node* behavior : behaviors_of(config)) {
        add(kCachePolicy, text_at(*behavior, "CachePolicyId"));
        add(kOriginRequestPolicy, text_at(*behavior, "OriginRequestPolicyId"));
        add(kResponseHeadersPolicy, text_at(*behavior, "ResponseHeadersPolicyId"));
        for (const Node& group : items_at(*behavior, "TrustedKeyGroups"))
            add(kKeyGroup, group.text);
    }
    return references;
}

ErrorCode missing_reference(const ResourceKind& kind) {
    if (&kind == &kOriginAccessControl) return InvalidOriginAccessControl;
    if (&kind == &kKeyGroup) return TrustedKeyGroupDoesNotExist;
    return kind.no_such;
}

std::vector<std::string> aliases_of(const Node& config) {
    std::vector<std::string> aliases;
    for (const Node& alias : items_at(config, "Aliases"))
        aliases.push_back(to_lower(alias.text));
    return aliases;
}

std::vector<const Node*> behaviors_of(const Node& config) {
    std::vector<const Node*> behaviors;
    for (const Node& behavior : items_at(config, "CacheBehaviors"))
        behaviors.push_back(&behavior);
    if (const Node* last = config.find("DefaultCacheBehavior")) behaviors.push_back(last);
    return behaviors;
}

}  // namespace tarn::cloudfront
