#include "common/cdn/resolve.h"

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "common/cdn/managed_policies.h"
#include "common/cdn/resolve_policies.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tarn::cdn {
namespace {

using std::chrono::seconds;
using xml::Node;

// ---- the documents that the configuration refers to ----

class References {
  public:
    static Result<References, ResolveError> parse(const std::vector<std::string>& documents) {
        References references;
        for (const std::string& document : documents) {
            auto tree = xml::parse_tree(document, {.max_bytes = kMaxDocumentBytes});
            if (!tree) return fail(ResolveError{"A policy document is no XML."});
            references.trees_.push_back(*std::move(tree));
        }
        return references;
    }

    // The configuration inside <element><Id>id</Id><elementConfig>….
    const Node* find(std::string_view element, std::string_view id) const {
        for (const Node& tree : trees_) {
            if (tree.name == element && text_at(tree, "Id") == id) {
                return tree.find(fmt::format("{}Config", element));
            }
        }
        return nullptr;
    }

  private:
    std::vector<Node> trees_;
};

struct PolicyElement {
    PolicyKind kind;
    std::string_view element;
};
constexpr PolicyElement kCache{PolicyKind::Cache, "CachePolicy"};
constexpr PolicyElement kOriginRequest{PolicyKind::OriginRequest, "OriginRequestPolicy"};
constexpr PolicyElement kResponseHeaders{PolicyKind::ResponseHeaders, "ResponseHeadersPolicy"};

Result<const Node*, ResolveError> policy_config(const References& references,
                                                const PolicyElement& what, std::string_view id) {
    if (const Node* config = references.find(what.element, id)) return config;
    if (const ManagedPolicy* managed = find_managed_policy(what.kind, id)) return &managed->config;
    return fail(ResolveError{fmt::format("There is no {} {}.", what.element, id)});
}

// ---- origins ----

std::uint16_t port_at(const Node& node, std::string_view path, std::uint16_t absent) {
    const std::int64_t value = number_at(node, path, absent);
    const bool fits = value > 0 && value <= std::numeric_limits<std::uint16_t>::max();
    return fits ? static_cast<std::uint16_t>(value) : absent;
}

OriginProtocol protocol_of(std::string_view word) {
    if (word == "https-only") return OriginProtocol::HttpsOnly;
    return word == "match-viewer" ? OriginProtocol::MatchViewer : OriginProtocol::HttpOnly;
}

OriginSigning signing_of(std::string_view word) {
    if (word == "always") return OriginSigning::Always;
    return word == "no-override" ? OriginSigning::NoOverride : OriginSigning::Never;
}

void read_s3_origin(const Node& s3, Origin& origin) {
    origin.is_s3 = true;
    origin.bucket = bucket_of_domain(origin.domain_name);
    origin.read_timeout = seconds(number_at(s3, "OriginReadTimeout", 30));
    // An S3 origin is asked over the viewer's protocol (AWS: Origin settings, Protocol).
    origin.protocol = OriginProtocol::MatchViewer;
}

void read_custom_origin(const Node& custom, Origin& origin) {
    origin.protocol = protocol_of(text_at(custom, "OriginProtocolPolicy"));
    origin.http_port = port_at(custom, "HTTPPort", 80);
    origin.https_port = port_at(custom, "HTTPSPort", 443);
    origin.read_timeout = seconds(number_at(custom, "OriginReadTimeout", 30));
    origin.keepalive_timeout = seconds(number_at(custom, "OriginKeepaliveTimeout", 5));
}

Result<Origin, ResolveError> origin_of(const Node& node, const References& references) {
    Origin origin{
        .id = std::string(text_at(node, "Id")),
        .domain_name = std::string(text_at(node, "DomainName")),
        .origin_path = std::string(text_at(node, "OriginPath")),
        .connection_timeout = seconds(number_at(node, "ConnectionTimeout", 10)),
        .connection_attempts = static_cast<int>(number_at(node, "ConnectionAttempts", 3))};
    for (const Node& header : items_at(node, "CustomHeaders")) {
        origin.custom_headers.emplace_back(text_at(header, "HeaderName"),
                                           text_at(header, "HeaderValue"));
    }
    if (const Node* s3 = node.find("S3OriginConfig")) read_s3_origin(*s3, origin);
    if (const Node* custom = node.find("CustomOriginConfig")) read_custom_origin(*custom, origin);
    const std::string_view access_control = text_at(node, "OriginAccessControlId");
    if (access_control.empty()) return origin;
    const Node* config = references.find("OriginAccessControl", access_control);
    if (!config) {
        return fail(
            ResolveError{fmt::format("There is no OriginAccessControl {}.", access_control)});
    }
    origin.access_control = signing_of(text_at(*config, "SigningBehavior"));
    return origin;
}

OriginGroup origin_group_of(const Node& node) {
    OriginGroup group{.id = std::string(text_at(node, "Id"))};
    const auto& members = items_at(node, "Members");
    if (!members.empty()) group.primary_origin_id = text_at(members.front(), "OriginId");
    if (members.size() > 1) group.secondary_origin_id = text_at(members[1], "OriginId");
    for (const Node& code : items_at(node, "FailoverCriteria/StatusCodes"))
        group.failover_statuses.push_back(static_cast<int>(parse_int(code.text).value_or(0)));
    return group;
}

// ---- behaviors ----

struct MethodBit {
    std::string_view name;
    MethodSet::Bit bit;
};
constexpr MethodBit kMethodBits[] = {
    {"GET", MethodSet::Get},       {"HEAD", MethodSet::Head}, {"OPTIONS", MethodSet::Options},
    {"PUT", MethodSet::Put},       {"POST", MethodSet::Post}, {"PATCH", MethodSet::Patch},
    {"DELETE", MethodSet::Delete},
};

MethodSet methods_at(const Node& node, std::string_view path) {
    MethodSet set;
    const auto& items = items_at(node, path);
    if (items.empty()) return set;
    set.bits = 0;
    for (const Node& item : items) {
        for (const MethodBit& row : kMethodBits) {
            if (row.name == item.text) set.bits = static_cast<std::uint8_t>(set.bits | row.bit);
        }
    }
    return set;
}

ViewerProtocol viewer_protocol_of(std::string_view word) {
    if (word == "https-only") return ViewerProtocol::HttpsOnly;
    return word == "redirect-to-https" ? ViewerProtocol::RedirectToHttps : ViewerProtocol::AllowAll;
}

Result<void, ResolveError> read_policies(const Node& node, const References& references,
                                         CacheBehavior& behavior) {
    if (const std::string_view id = text_at(node, "CachePolicyId"); !id.empty()) {
        TARN_TRY(const Node* config, policy_config(references, kCache, id));
        behavior.cache = cache_policy_of(std::string(id), *config);
    } else {
        behavior.cache = legacy_cache_policy(node);
        behavior.origin_request = legacy_origin_request(node);
    }
    if (const std::string_view id = text_at(node, "OriginRequestPolicyId"); !id.empty()) {
        TARN_TRY(const Node* config, policy_config(references, kOriginRequest, id));
        behavior.origin_request = origin_request_policy_of(std::string(id), *config);
    }
    if (const std::string_view id = text_at(node, "ResponseHeadersPolicyId"); !id.empty()) {
        TARN_TRY(const Node* config, policy_config(references, kResponseHeaders, id));
        behavior.response_headers = response_headers_policy_of(std::string(id), *config);
    }
    return {};
}

Result<CacheBehavior, ResolveError> behavior_of(const Node& node, const References& references) {
    CacheBehavior behavior{
        .path_pattern = node.find("PathPattern") ? std::string(text_at(node, "PathPattern")) : "*",
        .target_origin_id = std::string(text_at(node, "TargetOriginId")),
        .viewer_protocol = viewer_protocol_of(text_at(node, "ViewerProtocolPolicy")),
        .allowed_methods = methods_at(node, "AllowedMethods"),
        .cached_methods = methods_at(node, "AllowedMethods/CachedMethods"),
        .compress = flag_at(node, "Compress")};
    if (flag_at(node, "TrustedKeyGroups/Enabled")) {
        for (const Node& group : items_at(node, "TrustedKeyGroups"))
            behavior.trusted_key_group_ids.push_back(group.text);
    }
    if (auto read = read_policies(node, references, behavior); !read) {
        return fail(std::move(read).error());
    }
    return behavior;
}

Result<void, ResolveError> read_behaviors(const Node& config, const References& references,
                                          Distribution& distribution) {
    for (const Node& node : items_at(config, "CacheBehaviors")) {
        TARN_TRY(CacheBehavior behavior, behavior_of(node, references));
        distribution.behaviors.push_back(std::move(behavior));
    }
    const Node* default_behavior = config.find("DefaultCacheBehavior");
    if (!default_behavior) return fail(ResolveError{"There is no DefaultCacheBehavior."});
    TARN_TRY(CacheBehavior behavior, behavior_of(*default_behavior, references));
    distribution.behaviors.push_back(std::move(behavior));
    return {};
}

// Every key of every key group that some behavior trusts.
Result<void, ResolveError> read_trusted_keys(const References& references,
                                             Distribution& distribution) {
    std::vector<std::string> groups;
    for (const CacheBehavior& behavior : distribution.behaviors)
        groups.insert(groups.end(), behavior.trusted_key_group_ids.begin(),
                      behavior.trusted_key_group_ids.end());
    std::ranges::sort(groups);
    groups.erase(std::ranges::unique(groups).begin(), groups.end());
    for (const std::string& group : groups) {
        const Node* config = references.find("KeyGroup", group);
        if (!config) return fail(ResolveError{fmt::format("There is no KeyGroup {}.", group)});
        for (const Node& key : items_at(*config, "")) {
            const Node* key_config = references.find("PublicKey", key.text);
            if (!key_config) {
                return fail(ResolveError{fmt::format("There is no PublicKey {}.", key.text)});
            }
            distribution.trusted_keys.push_back(
                {group, key.text, std::string(text_at(*key_config, "EncodedKey"))});
        }
    }
    return {};
}

// ---- the rest ----

CustomErrorResponse custom_error_of(const Node& node) {
    return {.error_code = static_cast<int>(number_at(node, "ErrorCode")),
            .page_path = std::string(text_at(node, "ResponsePagePath")),
            .response_code = static_cast<int>(number_at(node, "ResponseCode")),
            .error_caching_min_ttl = seconds(number_at(node, "ErrorCachingMinTTL", 10))};
}

void read_plain_members(const Node& config, Distribution& distribution) {
    for (const Node& alias : items_at(config, "Aliases"))
        distribution.aliases.push_back(to_lower(alias.text));
    distribution.enabled = flag_at(config, "Enabled");
    distribution.default_root_object = text_at(config, "DefaultRootObject");
    for (const Node& node : items_at(config, "CustomErrorResponses"))
        distribution.custom_errors.push_back(custom_error_of(node));
    for (const Node& node : items_at(config, "OriginGroups"))
        distribution.origin_groups.push_back(origin_group_of(node));
    const std::string_view restriction =
        text_at(config, "Restrictions/GeoRestriction/RestrictionType");
    distribution.geo_restricted = restriction == "whitelist" || restriction == "blacklist";
    distribution.cache_tag_header = to_lower(text_at(config, "CacheTagConfig/HeaderName"));
}

bool has_rfc9111_tag(const LogRecord& record) {
    return std::ranges::any_of(record.tags, [](const auto& tag) {
        return tag.first == "edge:mode" && tag.second == "rfc9111";
    });
}

}  // namespace

Result<Distribution, ResolveError> resolve(const LogRecord& record) {
    const auto config = xml::parse_tree(record.config_xml, {.max_bytes = kMaxDocumentBytes});
    if (!config) return fail(ResolveError{"The DistributionConfig is no XML."});
    TARN_TRY(const References references, References::parse(record.policy_xml));

    Distribution distribution{.id = record.distribution_id,
                              .arn = record.arn,
                              .domain_name = to_lower(record.distribution_id) + ".cloudfront.net",
                              .config_epoch = record.config_epoch,
                              .rfc9111_mode = has_rfc9111_tag(record),
                              .signing_key_id = record.signing_key_id,
                              .signing_secret = record.signing_secret};
    read_plain_members(*config, distribution);
    for (const Node& node : items_at(*config, "Origins")) {
        TARN_TRY(Origin origin, origin_of(node, references));
        distribution.origins.push_back(std::move(origin));
    }
    if (auto read = read_behaviors(*config, references, distribution); !read) {
        return fail(std::move(read).error());
    }
    if (auto read = read_trusted_keys(references, distribution); !read) {
        return fail(std::move(read).error());
    }
    return distribution;
}

std::string bucket_of_domain(std::string_view domain_name) {
    const std::string domain = to_lower(domain_name);
    // A bucket's name may hold dots, so the last ".s3." or ".s3-" is where the endpoint begins.
    const std::size_t dot = domain.rfind(".s3.");
    const std::size_t dash = domain.rfind(".s3-");
    if (dot == std::string::npos && dash == std::string::npos) return {};
    if (dot == std::string::npos) return domain.substr(0, dash);
    if (dash == std::string::npos) return domain.substr(0, dot);
    return domain.substr(0, std::max(dot, dash));
}

}  // namespace tarn::cdn
