#include "server/s3/bucket_access.h"

#include "common/base/text.h"
#include "server/s3/acl_codec.h"

#include <algorithm>
#include <iterator>

namespace tarn::s3 {
namespace {

struct OwnershipRow {
    ObjectOwnership ownership;
    std::string_view name;
};
constexpr OwnershipRow kOwnerships[] = {
    {ObjectOwnership::BucketOwnerEnforced, "BucketOwnerEnforced"},
    {ObjectOwnership::BucketOwnerPreferred, "BucketOwnerPreferred"},
    {ObjectOwnership::ObjectWriter, "ObjectWriter"},
};

ObjectOwnership from_stored_ownership(std::string_view text) {
    if (text == kNoOwnershipControls) return ObjectOwnership::ObjectWriter;
    return parse_ownership(text).value_or(ObjectOwnership::BucketOwnerEnforced);
}

PublicAccessBlock from_stored_block(std::string_view text) {
    PublicAccessBlock block;
    for (const std::string_view element : split_list(text)) {
        const auto* const row =
            std::ranges::find(kPublicAccessBlockRows, element, &PublicAccessBlockRow::element);
        if (row == kPublicAccessBlockRows.end()) return {true, true, true, true};
        block.*row->flag = true;
    }
    return block;
}

}  // namespace

std::string_view to_text(ObjectOwnership ownership) {
    return std::ranges::find(kOwnerships, ownership, &OwnershipRow::ownership)->name;
}

std::optional<ObjectOwnership> parse_ownership(std::string_view text) {
    const auto* const row = std::ranges::find(kOwnerships, text, &OwnershipRow::name);
    if (row == std::end(kOwnerships)) return std::nullopt;
    return row->ownership;
}

std::string to_stored(const PublicAccessBlock& block) {
    std::string text;
    for (const PublicAccessBlockRow& row : kPublicAccessBlockRows) {
        if (!(block.*row.flag)) continue;
        if (!text.empty()) text += ',';
        text += row.element;
    }
    return text;
}

BucketAccess parse_bucket_access(const BucketRecord& record) {
    BucketAccess access{.acl = auth::owner_acl(record.owner_account_id)};
    const auto stored = [&](std::string_view name) -> const std::string* {
        const auto found = record.configurations.find(name);
        return found == record.configurations.end() ? nullptr : &found->second;
    };
    if (const auto* text = stored(kOwnershipControls)) {
        access.ownership = from_stored_ownership(*text);
        access.ownership_was_chosen = true;
    }
    if (const auto* bytes = stored(kBucketAcl)) {
        if (auto acl = decode_acl(*bytes)) access.acl = *std::move(acl);
    }
    if (const auto* text = stored(kPublicAccessBlock)) {
        access.public_access = from_stored_block(*text);
    }
    return access;
}

}  // namespace tarn::s3
