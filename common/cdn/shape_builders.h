// Words in which the shape tables are written.  Private to common/cdn.

#pragma once

#include "common/cdn/shape.h"

namespace tarn::cdn {

struct MemberPresence {
    Presence presence = Presence::Optional;
    std::string_view default_text;
};
inline constexpr MemberPresence kOptional{};
inline constexpr MemberPresence kRequired{Presence::Required, {}};
inline constexpr MemberPresence kFilled{Presence::Filled, {}};
constexpr MemberPresence filled(std::string_view default_text) {
    return {Presence::Filled, default_text};
}

constexpr Member scalar(MemberKind kind, std::string_view name, MemberPresence presence) {
    return {.name = name,
            .kind = kind,
            .presence = presence.presence,
            .default_text = presence.default_text};
}
constexpr Member text(std::string_view name, MemberPresence presence = kOptional) {
    return scalar(MemberKind::Text, name, presence);
}
constexpr Member integer(std::string_view name, MemberPresence presence = kOptional) {
    return scalar(MemberKind::Integer, name, presence);
}
constexpr Member number(std::string_view name, MemberPresence presence = kOptional) {
    return scalar(MemberKind::Long, name, presence);
}
constexpr Member decimal(std::string_view name, MemberPresence presence = kOptional) {
    return scalar(MemberKind::Double, name, presence);
}
// A required scalar may have a default as well: for when its whole structure is filled in.
constexpr Member boolean(std::string_view name, MemberPresence presence = kOptional,
                         std::string_view default_text = {}) {
    Member member = scalar(MemberKind::Boolean, name, presence);
    if (!default_text.empty()) member.default_text = default_text;
    return member;
}
constexpr Member choice(std::string_view name, std::string_view choices,
                        MemberPresence presence = kOptional, std::string_view default_text = {}) {
    Member member = scalar(MemberKind::Text, name, presence);
    member.choices = choices;
    if (!default_text.empty()) member.default_text = default_text;
    return member;
}
constexpr Member quantity() {
    return {.name = "Quantity", .kind = MemberKind::Quantity, .presence = Presence::Required};
}
constexpr Member structure(std::string_view name, const Shape& shape,
                           MemberPresence presence = kOptional) {
    return {.name = name,
            .kind = MemberKind::Structure,
            .presence = presence.presence,
            .shape = &shape};
}
constexpr Member texts(std::string_view item_tag, std::string_view choices = {},
                       MemberPresence presence = kOptional) {
    return {.name = "Items",
            .kind = MemberKind::List,
            .presence = presence.presence,
            .choices = choices,
            .item_tag = item_tag};
}
constexpr Member integers(std::string_view item_tag) {
    return {.name = "Items", .kind = MemberKind::List, .item_tag = item_tag, .integer_items = true};
}
constexpr Member structures(std::string_view item_tag, const Shape& shape,
                            std::string_view name = "Items") {
    return {.name = name, .kind = MemberKind::List, .shape = &shape, .item_tag = item_tag};
}

// {Quantity, Items of Name}: header names, cookie names, query string names.
inline constexpr Member kNameListMembers[] = {quantity(), texts("Name")};
inline constexpr Shape kNameList{"Names", kNameListMembers};

}  // namespace tarn::cdn
