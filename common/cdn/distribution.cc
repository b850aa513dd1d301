#include "common/cdn/distribution.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/cdn/percent.h"

#include <algorithm>

namespace tarn::cdn {
namespace {

std::string decoded(std::string_view path) {
    std::string text;
    text.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto byte = escaped_byte(path, i);
        text += byte.value_or(path[i]);
        if (byte) i += 2;
    }
    return text;
}

// Whether normalize_path() may change the path: nearly none does, and the answer costs one pass.
bool may_change(std::string_view path) {
    char before = '\0';
    for (const char c : path) {
        if (c == '%' || (before == '/' && (c == '/' || c == '.'))) return true;
        before = c;
    }
    return false;
}

std::size_t first_match(const std::vector<CacheBehavior>& behaviors, std::string_view path) {
    std::size_t at = 0;
    while (at + 1 < behaviors.size() && !path_pattern_matches(behaviors[at].path_pattern, path))
        ++at;
    return at;
}

template <class T, class Key, class Member>
const T* find_by(const std::vector<T>& list, const Key& key, Member member) {
    const auto found = std::ranges::find(list, key, member);
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string normalize_path(std::string_view path) {
    std::string text = decoded(path);
    if (!text.starts_with('/')) return text;  // the "*" of OPTIONS
    std::string normal;
    std::string_view rest = text;
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the slash
        const std::string_view segment = rest.substr(0, rest.find('/'));
        rest.remove_prefix(segment.size());
        if (segment == "..") {
            normal.resize(normal.empty() ? 0 : normal.rfind('/'));
        } else if (!segment.empty() && segment != ".") {
            normal.append("/").append(segment);
            continue;
        }
        // At the end these name a directory (RFC 3986, section 5.2.4).
        if (rest.empty()) normal += '/';
    }
    return normal;
}

bool has_dot_segment(std::string_view path) {
    const std::string text = decoded(path) + '/';
    return text.find("/./") != std::string::npos || text.find("/../") != std::string::npos;
}

bool path_pattern_matches(std::string_view pattern, std::string_view path) {
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    if (path.starts_with('/')) path.remove_prefix(1);
    return wildcard_match(pattern, path);
}

const CacheBehavior& match_behavior(const Distribution& distribution, std::string_view path,
                                    std::size_t* index) {
    const auto& behaviors = distribution.behaviors;
    CHECK(!behaviors.empty());
    const bool is_normal = behaviors.size() == 1 || !may_change(path);
    const std::size_t at =
        is_normal ? first_match(behaviors, path) : first_match(behaviors, normalize_path(path));
    if (index) *index = at;
    return behaviors[at];
}

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
