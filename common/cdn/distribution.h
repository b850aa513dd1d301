// A distribution as the edge uses it: the configuration document with its policies resolved.
//
// The document itself (every member, for echo) is common/cdn/config_document.h; here is only what
// decides about a request.  Values are immutable once built and shared between threads.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cdn {

// Which headers, cookies or query parameters a policy names.
struct NameSelection {
    enum class Kind : std::uint8_t { None, Whitelist, AllExcept, All };
    Kind kind = Kind::None;
    std::vector<std::string>
        names;  // header names lower-case; legacy cookie names may hold * and ?
};

// A cache policy, or what legacy ForwardedValues and TTLs amount to.
struct CachePolicy {
    std::string id;    // empty for legacy settings
    std::string name;  // "Managed-CachingOptimized", …; "ForwardedValues" for legacy settings
    std::chrono::seconds min_ttl{0};
    std::chrono::seconds default_ttl{86400};
    std::chrono::seconds max_ttl{31536000};
    bool gzip = false;
    bool brotli = false;
    NameSelection headers;
    NameSelection cookies;
    NameSelection query;
    bool caching_disabled =
        false;  // all three TTLs are 0 with nothing in the key, or legacy Headers=*
};

struct OriginRequestPolicy {
    std::string id;
    std::string name;
    NameSelection headers;                        // All = allViewer, AllExcept = allExcept
    std::vector<std::string> cloudfront_headers;  // of allViewerAndWhitelistCloudFront
    NameSelection cookies;
    NameSelection query;
};

struct ResponseHeader {
    std::string name;
    std::string value;
    bool override_origin = false;
    bool cors = false;            // only in answers to a request whose Origin the policy admits
    bool preflight_only = false;  // only in answers to OPTIONS with Access-Control-Request-Method
};
// The Access-Control-Allow-Origin header of a CORS part has the value "*" where every origin is
// admitted, else an empty one: then the edge sends the request's Origin, if cors_admits() it.
struct ResponseHeadersPolicy {
    std::string id;
    std::string name;
    std::vector<ResponseHeader> headers;  // CORS, security and custom headers, in this order
    std::vector<std::string> remove;
    std::vector<std::string> cors_allow_origins;  // empty: no CORS part
    bool server_timing = false;
};

enum class OriginProtocol : std::uint8_t { HttpOnly, HttpsOnly, MatchViewer };
enum class OriginSigning : std::uint8_t { Never, Always, NoOverride };

struct Origin {
    std::string id;
    std::string domain_name;  // may carry a port in a custom origin's http_port / https_port only
    std::string origin_path;
    std::vector<std::pair<std::string, std::string>> custom_headers;
    bool is_s3 = false;  // S3OriginConfig
    std::string bucket;  // of an S3 origin: the bucket that domain_name names
    OriginProtocol protocol = OriginProtocol::HttpOnly;
    std::uint16_t http_port = 80;
    std::uint16_t https_port = 443;
    std::chrono::seconds read_timeout{30};
    std::chrono::seconds keepalive_timeout{5};
    std::chrono::seconds connection_timeout{10};
    int connection_attempts = 3;
    std::optional<OriginSigning> access_control;  // origin access control, if any
};

struct OriginGroup {
    std::string id;
    std::string primary_origin_id;
    std::string secondary_origin_id;
    std::vector<int> failover_statuses;
};

enum class ViewerProtocol : std::uint8_t { AllowAll, HttpsOnly, RedirectToHttps };

// A set of request methods.
struct MethodSet {
    enum Bit : std::uint8_t {
        Get = 1,
        Head = 2,
        Options = 4,
        Put = 8,
        Post = 16,
        Patch = 32,
        Delete = 64
    };
    std::uint8_t bits = Get | Head;
    bool has(Bit bit) const { return (bits & bit) != 0; }
};

struct CacheBehavior {
    std::string path_pattern;      // "*" for the default behavior
    std::string target_origin_id;  // of an origin or an origin group
    ViewerProtocol viewer_protocol = ViewerProtocol::AllowAll;
    MethodSet allowed_methods;
    MethodSet cached_methods;
    bool compress = false;
    CachePolicy cache;
    std::optional<OriginRequestPolicy> origin_request;
    std::optional<ResponseHeadersPolicy> response_headers;
    std::vector<std::string> trusted_key_group_ids;  // not empty: private content
};

// A public key that viewers' signed URLs and cookies are checked with.
struct TrustedKey {
    std::string key_group_id;
    std::string key_id;  // the Key-Pair-Id of the URL
    std::string pem;
};

struct CustomErrorResponse {
    int error_code = 0;
    std::string page_path;  // empty: only the caching time is set
    int response_code = 0;  // 0: as the origin's
    std::chrono::seconds error_caching_min_ttl{10};
};

struct Distribution {
    std::string id;
    std::string arn;
    std::string domain_name;           // "<id>.cloudfront.net", id in lower case
    std::vector<std::string> aliases;  // lower case; "*.example.com" is a wildcard
    bool enabled = false;
    std::string default_root_object;
    std::vector<Origin> origins;
    std::vector<OriginGroup> origin_groups;
    std::vector<CacheBehavior> behaviors;  // in order of evaluation; the last is the default one
    std::vector<CustomErrorResponse> custom_errors;
    bool geo_restricted = false;
    std::uint64_t config_epoch = 0;        // changes when the cache key's definition changes
    std::string cache_tag_header;          // CacheTagConfig: the origin's header that lists tags
    bool rfc9111_mode = false;             // the tag edge:mode=rfc9111 (cloudfront.md 6.9)
    std::vector<TrustedKey> trusted_keys;  // of all key groups that a behavior names
    // The access key with which edges sign requests to S3 origins under origin access control.
    std::string signing_key_id;
    std::string signing_secret;
};

// The path by which a behavior is chosen: escapes decoded, "//" merged, dot segments removed.
//
// CloudFront normalises a path as RFC 3986 says before it compares it with the patterns, and
// removes "//" and ".." (Developer Guide, "Path pattern"); what the origin gets is the path as it
// came.  Unlike CloudFront, if it decodes no more than RFC 3986 (unreserved characters), we decode
// every escape, '/' among them, since S3 and most other origins do: the path that is matched must
// be the one that the origin reads, or "/private%2Fx" is served by a behavior that asks for no
// signature.
std::string normalize_path(std::string_view path);
// Whether the path holds "." or ".." as a segment, escaped or not.
bool has_dot_segment(std::string_view path);

// The first behavior whose pattern matches the path, normalised; never null, since the last one
// matches all.  index, if given, receives the behavior's place: the patterns before it were tried
// and did not match.
const CacheBehavior& match_behavior(const Distribution& distribution, std::string_view path,
                                    std::size_t* index = nullptr);
const Origin* find_origin(const Distribution& distribution, std::string_view id);
const OriginGroup* find_origin_group(const Distribution& distribution, std::string_view id);
const CustomErrorResponse* find_custom_error(const Distribution& distribution, int status);

// Whether the policy's CORS part admits an Origin header's value: entries may hold '*' for a
// scheme, one leading label or everything ("*", "https://*.example.org").
bool cors_admits(const ResponseHeadersPolicy& policy, std::string_view origin);

// "*" matches any run of characters ('/' among them), "?" exactly one; case-sensitive; a leading
// '/' of the pattern is optional.  path is compared as it is.  (AWS: Values that you specify, Path
// pattern.)
bool path_pattern_matches(std::string_view pattern, std::string_view path);

}  // namespace tarn::cdn
