// The policies that AWS manages, by id and content (cloudfront.md 1.4).

#pragma once

#include "common/xml/node.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::cdn {

enum class PolicyKind : std::uint8_t { Cache, OriginRequest, ResponseHeaders };

struct ManagedPolicy {
    PolicyKind kind = PolicyKind::Cache;
    std::string_view id;
    std::string_view name;  // "Managed-CachingOptimized"
    xml::Node config;       // <CachePolicyConfig> and so on, normalised
};

// In the order of AWS's guide.  Built once; lives as long as the program.
std::span<const ManagedPolicy> managed_policies(PolicyKind kind);
const ManagedPolicy* find_managed_policy(PolicyKind kind, std::string_view id);

}  // namespace tarn::cdn
