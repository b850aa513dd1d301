// Signed URLs and signed cookies.  Pure; the essay is in private_content.cc.

#pragma once

#include "common/base/clock.h"
#include "common/http/head.h"
#include "edge/control/trusted_keys.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

// What a request shows as its permission, from its query or else its cookies.
struct Permission {
    std::optional<std::string_view> expires;
    std::optional<std::string_view> policy;
    std::optional<std::string_view> signature;
    std::optional<std::string_view> key_pair_id;
    std::optional<std::string_view> hash_algorithm;
    bool from_query = false;
};
// Parameters of the query win over cookies.
Permission read_permission(std::string_view query, const http::Fields& fields);
// The query without the parameters of a signed URL: they are neither in the cache key nor seen by
// the origin.
std::string strip_permission(std::string_view query);

enum class PermissionError : std::uint8_t { MissingKey, UnknownKey, Denied };
struct PermissionErrorRow {
    std::string_view code;
    std::string_view message;
};
const PermissionErrorRow& permission_error_row(PermissionError error);

struct PermissionContext {
    const TrustedKeys& keys;
    std::span<const std::string> key_group_ids;  // of the behavior
    // The URLs that the signer may have meant, without the permission's parameters.
    std::vector<std::string> urls;
    std::string_view viewer_address;
    WallTime now;
};
// Why the request may not have the content; nothing if it may.
std::optional<PermissionError> check_permission(const Permission& permission,
                                                const PermissionContext& context);

// The URLs that mean this request: with the host as sent, without its port, and as the
// distribution's own name, over http and https.
std::vector<std::string> urls_of_request(std::string_view host, std::string_view domain_name,
                                         std::string_view path, std::string_view query);

// Whether a policy's Resource covers a URL.
bool resource_covers(std::string_view resource, std::string_view url);

}  // namespace tarn::edge
