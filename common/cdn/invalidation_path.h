// What CreateInvalidation accepts as a path, and how paths and requests are compared.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::cdn {

inline constexpr std::size_t kMaxInvalidationPathLength = 4000;
inline constexpr std::size_t kMaxInvalidationTagLength = 256;
inline constexpr std::size_t kMaxInvalidationPaths = 3000;
inline constexpr std::size_t kMaxInvalidationWildcards = 15;

enum class InvalidationPathError : std::uint8_t {
    Empty,
    NoLeadingSlash,
    TooLong,
    BadCharacter,  // a space, a control character or a byte above 126: to be percent-encoded
    BadTag,        // empty, too long, with a comma or a character outside 33-126
};

// A path of an InvalidationBatch: "/a", "/a*" (a wildcard only at the end; elsewhere '*' is an
// ordinary character), or "#tag".  (AWS: Specify the objects to invalidate; Invalidating by tag.)
std::optional<InvalidationPathError> validate_invalidation_path(std::string_view path);

bool is_wildcard_path(std::string_view path);  // ends with '*' and is no tag

// The form in which invalidation paths and the edge's inv_key (viewer path, and '?' and the query
// as far as it is in the cache key) are compared: %XX of an unreserved character is decoded, other
// escapes get upper-case digits, bytes that must be escaped are.  Idempotent.
std::string normalize_invalidation_key(std::string_view path_and_query);

// Tags compare in lower case.
std::string normalize_tag(std::string_view tag);

}  // namespace tarn::cdn
