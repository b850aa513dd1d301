#include "common/cdn/distribution.h"

#include "common/base/check.h"
#include "common/base/text.h"

#include <algorithm>

namespace tarn::cdn {

bool path_pattern_matches(std::string_view pattern, std::string_view path) {
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    if (path.starts_with('/')) path.remove_prefix(1);
    return wildcard_match(pattern, path);
}

const CacheBehavior& match_behavior(const Distribution& distribution, std::string_view path,
                                    std::size_t* index) {
    const auto& behaviors = distribution.behaviors;
    CHECK(!behaviors.empty());
    std::size_t at = 0;
    while (at + 1 < behaviors.size() && !path_pattern_matches(behaviors[at].path_pattern, path))
        ++at;
    if (index) *index = at;
    return behaviors[at];
}

namespace {
template <class T, class Key, class Member>
const T* find_by(const std::vector<T>& list, const Key& key, Member member) {
    const auto found = std::ranges::find(list, key, member);
    return found == list.end() ? nullptr : &*found;
}
}  // namespace

const Origin* find_origin(const Distribution& distribution, std::string_view id) {
    return find_by(distribution.origins, id, &Origin::id);
}

const OriginGroup* find_origin_group(const Distribution& distribution, std::string_view id) {
    return find_by(distribution.origin_groups, id, &OriginGroup::id);
}

const CustomErrorResponse* find_custom_error(const Distribution& distribution, int status) {
    return find_by(distribution.custom_errors, status, &CustomErrorResponse::error_code);
}

bool cors_admits(const ResponseHeadersPolicy& policy, std::string_view origin) {
    return std::ranges::any_of(policy.cors_allow_origins, [&](const std::string& pattern) {
        if (wildcard_match(pattern, origin)) return true;
        // A pattern without a scheme is one of a host: "*.example.org" admits both schemes.
        const std::size_t scheme = origin.find("://");
        return pattern.find("://") == std::string::npos && scheme != std::string_view::npos &&
               wildcard_match(pattern, origin.substr(scheme + 3));
    });
}

}  // namespace tarn::cdn
