#include "server/s3/tags.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/xml/writer.h"
#include "server/s3/configuration_shapes.h"
#include "server/s3/owner_xml.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxDocumentBytes = 64 * 1024;
constexpr std::string_view kReservedPrefix = "aws:";

struct OwnerRow {
    std::size_t max_count;
    std::string_view too_many;
    std::string_view reserved_key;
    bool names_reserved_key;  // whether the refusal carries the TagKey (recorded)
};
constexpr OwnerRow kOwners[] = {
    {10, "Object tags cannot be greater than 10", "Your TagKey cannot be prefixed with aws:", true},
    {50, "Bucket tag count cannot be greater than 50",
     "System tags cannot be added/updated by requester", true},
    {50, "Bucket tag count cannot be greater than 50",
     "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. "
     "Remove \"aws:\" from your tag keys and try again.",
     false},
};

const OwnerRow& row_of(TagOwner owner) {
    return kOwners[static_cast<std::size_t>(owner)];
}

// Letters, numbers, blanks and _ . : / = + - @ of all scripts.  Unlike S3, whatever is not ASCII
// counts as a letter: that saves the tables of Unicode.
bool is_tag_character(char c) {
    constexpr std::string_view kMarks = " _.:/=+-@";
    const char lower = to_lower(c);
    return static_cast<unsigned char>(c) >= 0x80 || is_digit(c) || (lower >= 'a' && lower <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
}

bool is_tag_text(std::string_view text) {
    return std::ranges::all_of(text, is_tag_character) && is_utf8(text);
}

std::size_t character_count(std::string_view text) {
    constexpr unsigned kContinuationMask = 0xc0;
    constexpr unsigned kContinuation = 0x80;
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & kContinuationMask) != kContinuation;
    }));
}

Error invalid_tag(std::string_view message,
                  std::vector<std::pair<std::string, std::string>> details) {
    return s3_error(ErrorCode::InvalidTag, std::string(message), std::move(details));
}

Result<void, Error> check_tag(const std::string& key, const std::string& value, TagOwner owner) {
    const OwnerRow& row = row_of(owner);
    if (key.starts_with(kReservedPrefix)) {
        Error error = invalid_tag(row.reserved_key, {});
        if (row.names_reserved_key) error.details.emplace_back("TagKey", key);
        return fail(std::move(error));
    }
    if (key.empty() || !is_tag_text(key) || character_count(key) > kMaxTagKeyCharacters) {
        return fail(invalid_tag("The TagKey you have provided is invalid", {{"TagKey", key}}));
    }
    if (!is_tag_text(value) || character_count(value) > kMaxTagValueCharacters) {
        return fail(invalid_tag("The TagValue you have provided is invalid",
                                {{"TagKey", key}, {"TagValue", value}}));
    }
    return {};
}

// Sorts the tags; the key that is there twice, if one is.
std::optional<std::string> sort_and_find_twin(TagSet& tags) {
    std::ranges::sort(tags);
    const auto twin =
        std::ranges::adjacent_find(tags, {}, [](const auto& tag) { return tag.first; });
    if (twin == tags.end()) return std::nullopt;
    return twin->first;
}

Result<void, Error> check_tags(const TagSet& tags, TagOwner owner) {
    const OwnerRow& row = row_of(owner);
    if (tags.size() > row.max_count) {
        return fail(s3_error(ErrorCode::BadRequest, std::string(row.too_many)));
    }
    for (const auto& [key, value] : tags) {
        if (auto ok = check_tag(key, value, owner); !ok) return ok;
    }
    return {};
}

// '+' is a blank here, as in a form.
std::optional<std::string> decode_form(std::string_view text) {
    std::string blanks(text);
    std::ranges::replace(blanks, '+', ' ');
    return percent_decode(blanks);
}

}  // namespace

Result<TagSet, Error> read_tag_set(const xml::Node& tag_set, TagOwner owner) {
    TagSet tags;
    for (const xml::Node& tag : tag_set.children)
        tags.emplace_back(tag.text_of("Key"), tag.text_of("Value"));
    if (auto ok = check_tags(tags, owner); !ok) return fail(std::move(ok).error());
    if (auto twin = sort_and_find_twin(tags)) {
        return fail(
            invalid_tag("Cannot provide multiple Tags with the same key", {{"TagKey", *twin}}));
    }
    return tags;
}

Result<TagSet, Error> read_tagging_document(std::string_view text, TagOwner owner) {
    TARN_TRY(const xml::Node tagging,
             parse_shaped(text, "Tagging", kTaggingShape, {.max_bytes = kMaxDocumentBytes}));
    return read_tag_set(tagging.children.front(), owner);
}

Result<TagSet, Error> parse_tagging_header(std::string_view value) {
    const Error malformed = invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
        "without tag name duplicates.",
        kTaggingHeader, value);
    TagSet tags;
    for (const std::string_view pair : split(value, '&')) {
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto key = decode_form(pair.substr(0, equals));
        auto text = decode_form(pair.substr(std::min(equals + 1, pair.size())));
        if (!key || key->empty() || !text || !is_tag_text(*key) || !is_tag_text(*text)) {
            return fail(malformed);
        }
        tags.emplace_back(*std::move(key), *std::move(text));
    }
    if (sort_and_find_twin(tags)) return fail(malformed);
    if (auto ok = check_tags(tags, TagOwner::Object); !ok) return fail(std::move(ok).error());
    return tags;
}

std::string tagging_header(const TagSet& tags) {
    std::string header;
    for (const auto& [key, value] : tags) {
        if (!header.empty()) header += '&';
        percent_encode_to(header, key, KeepSlash::No);
        header += '=';
        percent_encode_to(header, value, KeepSlash::No);
    }
    return header;
}

std::string tagging_document(const TagSet& tags) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("Tagging", {{"xmlns", kS3Xmlns}}).open("TagSet");
    for (const auto& [key, value] : tags)
        writer.open("Tag").element("Key", key).element("Value", value).close();
    writer.close().close();
    return out;
}

}  // namespace tarn::s3
