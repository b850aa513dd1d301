// The shapes of the CloudFront API's documents, as compact tables.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::cdn {

struct Shape;

enum class MemberKind : std::uint8_t {
    Text,
    Integer,  // 32 bits
    Long,     // 64 bits
    Double,
    Boolean,
    Quantity,  // an integer that must equal the number of Items beside it
    Structure,
    List,  // of texts, integers or structures, one element each
};

enum class Presence : std::uint8_t {
    Optional,
    Required,
    Filled,  // optional, and AWS adds it with its default
};

struct Member {
    std::string_view name;
    MemberKind kind = MemberKind::Text;
    Presence presence = Presence::Optional;
    std::string_view choices;       // "a|b|c"; empty: any
    std::string_view default_text;  // of a Filled scalar
    const Shape* shape = nullptr;   // of a Structure, or of a List's items
    std::string_view item_tag;      // of a List
    bool integer_items = false;     // of a List
};

struct Shape {
    std::string_view name;  // also the root element of a document
    std::span<const Member> members;
};

extern const Shape kDistributionConfigShape;
extern const Shape kDistributionConfigWithTagsShape;
extern const Shape kCachePolicyConfigShape;
extern const Shape kOriginRequestPolicyConfigShape;
extern const Shape kResponseHeadersPolicyConfigShape;
extern const Shape kOriginAccessControlConfigShape;
extern const Shape kPublicKeyConfigShape;
extern const Shape kKeyGroupConfigShape;
extern const Shape kInvalidationBatchShape;
extern const Shape kTagsShape;
extern const Shape kTagKeysShape;

// Whether text is one of choices ("a|b|c").
bool is_choice(std::string_view choices, std::string_view text);

}  // namespace tarn::cdn
