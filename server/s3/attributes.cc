#include "server/s3/attributes.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "server/s3/requested_tags.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

// Kept as they come and given back on GET and HEAD.
constexpr std::array<std::string_view, 5> kSystemHeaders = {
    "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"};

constexpr std::string_view kRedirectHeader = "x-amz-website-redirect-location";
constexpr std::size_t kMaxRedirectBytes = 2048;

constexpr std::string_view kStandard = "STANDARD";
constexpr std::array<std::string_view, 5> kStorageClasses = {
    "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"};
// Reading these needs RestoreObject.
constexpr std::array<std::string_view, 2> kArchiveClasses = {"GLACIER", "DEEP_ARCHIVE"};

struct UnsupportedHeader {
    std::string_view name;
    bool is_prefix = false;
};
constexpr UnsupportedHeader kUnsupportedOnWrite[] = {
    {"x-amz-write-offset-bytes"},
    {"x-amz-if-match-", true},
};
// What is said of an upload's object is said when the upload is created.
constexpr UnsupportedHeader kUnsupportedOnPart[] = {
    {kTaggingHeader},
    {kRedirectHeader},
};
constexpr UnsupportedHeader kUnsupportedConditions[] = {
    {"x-amz-if-match-", true},
};

bool is_in(std::span<const UnsupportedHeader> table, std::string_view name) {
    return std::ranges::any_of(table, [&](const UnsupportedHeader& row) {
        // "x-amz-tagging-directive" is not "x-amz-tagging".
        return row.is_prefix ? istarts_with(name, row.name) : iequals(name, row.name);
    });
}

struct NamedValue {
    std::string_view name;
    std::string_view value;
};

// The first header that is in the table.  A presigned URL carries headers as signed parameters,
// too: SigV2 puts every x-amz-* header there.
std::optional<NamedValue> find_header(const Request& request,
                                      std::span<const UnsupportedHeader> table) {
    for (const http::Field& field : request.head.fields) {
        if (is_in(table, field.name)) return NamedValue{field.name, field.value};
    }
    if (!request.auth.presigned()) return std::nullopt;
    for (const http::QueryParameter& parameter : request.query) {
        if (is_in(table, parameter.name)) return NamedValue{parameter.name, parameter.value};
    }
    return std::nullopt;
}

Result<void, Error> refuse(const Request& request, std::span<const UnsupportedHeader> table) {
    const auto found = find_header(request, table);
    if (!found) return {};
    return fail(header_not_implemented(found->name));
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "=?UTF-8?B?…?=" whose content is ASCII comes back decoded (recorded); anything else as it is.
std::string decode_rfc2047_ascii(std::string_view value) {
    constexpr std::string_view kStart = "=?UTF-8?B?";
    constexpr std::string_view kEnd = "?=";
    if (!istarts_with(value, kStart) || !value.ends_with(kEnd)) return std::string(value);
    const auto text =
        from_base64(value.substr(kStart.size(), value.size() - kStart.size() - kEnd.size()));
    return text && is_ascii(*text) ? *text : std::string(value);
}

// Control characters can come with a browser form.
std::string encode_rfc2047(std::string_view value) {
    const auto is_plain = [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; };
    if (std::ranges::all_of(value, is_plain)) return std::string(value);
    return "=?UTF-8?B?" + to_base64(value) + "?=";
}

void add_metadata(HeaderList& list, std::string_view name, std::string_view value) {
    const std::string lower = to_lower(name);
    for (auto& [known, joined] : list) {
        if (known != lower) continue;
        joined.append(",").append(value);
        return;
    }
    list.emplace_back(lower, decode_rfc2047_ascii(value));
}

// aws-chunked describes the transfer and is not kept; what else there is comes back byte for byte
// (s3.md 3.4), also the blanks between its members.
std::string content_encoding_to_keep(std::string_view value) {
    std::string kept;
    bool is_first = true;
    for (const std::string_view coding : split(value, ',')) {
        if (iequals(trim(coding), "aws-chunked")) continue;
        if (!is_first) kept.append(",");
        kept.append(coding);
        is_first = false;
    }
    return std::string(trim(kept));
}

Result<HeaderList, Error> read_user_metadata(const Request& request) {
    HeaderList list;
    for (const http::Field& field : request.head.fields) {
        if (istarts_with(field.name, kUserMetadataPrefix)) {
            add_metadata(list, field.name, field.value);
        }
    }
    // A presigned URL can carry metadata as signed parameters.
    if (request.auth.presigned()) {
        for (const http::QueryParameter& parameter : request.query) {
            if (istarts_with(parameter.name, kUserMetadataPrefix)) {
                add_metadata(list, parameter.name, parameter.value);
            }
        }
    }
    std::size_t size = 0;
    for (const auto& [name, value] : list)
        size += name.size() - kUserMetadataPrefix.size() + value.size();
    if (size > kMaxMetadataBytes) {
        return fail(s3_error(ErrorCode::MetadataTooLarge, {},
                             {{"Size", std::to_string(size)},
                              {"MaxSizeAllowed", std::to_string(kMaxMetadataBytes)}}));
    }
    return list;
}

Result<std::string, Error> read_storage_class(const Request& request) {
    const std::string_view name = request.header_or_parameter("x-amz-storage-class").value_or("");
    if (name.empty() || name == kStandard) return std::string{};
    if (std::ranges::find(kStorageClasses, name) != kStorageClasses.end()) return std::string(name);
    if (std::ranges::find(kArchiveClasses, name) != kArchiveClasses.end()) {
        return fail(header_not_implemented("x-amz-storage-class"));
    }
    return fail(s3_error(ErrorCode::InvalidStorageClass, {},
                         {{"StorageClassRequested", std::string(name)}}));
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
Result<std::string, Error> read_website_redirect(const Request& request) {
    const auto location = request.header_or_parameter(kRedirectHeader);
    if (!location) return std::string{};
    const bool has_prefix = location->starts_with('/') || location->starts_with("http://") ||
                            location->starts_with("https://");
    if (!has_prefix) return fail(s3_error(ErrorCode::InvalidRedirectLocation));
    if (location->size() > kMaxRedirectBytes) {
        return fail(
            s3_error(ErrorCode::InvalidRedirectLocation,
                     "The length of website redirect location cannot exceed 2,048 characters."));
    }
    return std::string(*location);
}

}  // namespace

Result<ObjectAttributes, Error> read_attributes(const Request& request) {
    ObjectAttributes attributes;
    const std::string_view type = request.header("content-type");
    attributes.content_type = type.empty() ? kDefaultContentType : type;
    for (const std::string_view name : kSystemHeaders) {
        const auto value = request.head.fields.find(name);
        if (!value) continue;
        std::string kept =
            name == "Content-Encoding" ? content_encoding_to_keep(*value) : std::string(*value);
        if (!kept.empty()) attributes.system_headers.emplace_back(name, std::move(kept));
    }
    TARN_TRY(attributes.user_metadata, read_user_metadata(request));
    TARN_TRY(attributes.storage_class, read_storage_class(request));
    TARN_TRY(attributes.website_redirect, read_website_redirect(request));
    TARN_TRY(attributes.tags, read_requested_tags(request));
    return attributes;
}

Result<void, Error> refuse_unsupported_write_headers(const Request& request) {
    if (const auto version_id = request.parameter("versionId")) {
        return fail(invalid_argument("This operation does not accept a version-id.", "versionId",
                                     *version_id));
    }
    if (auto refused = refuse(request, kUnsupportedOnWrite); !refused) return refused;
    if (request.parameter("partNumber")) {
        if (auto refused = refuse(request, kUnsupportedOnPart); !refused) return refused;
    }
    // A copy is known by its header; by a parameter it would store the empty body that comes.
    constexpr std::string_view kCopySource = "x-amz-copy-source";
    if (request.auth.presigned() && !request.head.fields.has(kCopySource) &&
        request.header_or_parameter(kCopySource)) {
        return fail(header_not_implemented(kCopySource));
    }
    return {};
}

Result<void, Error> refuse_unsupported_conditions(const Request& request) {
    return refuse(request, kUnsupportedConditions);
}

void add_attribute_fields(http::HeadBuilder& head, const ObjectAttributes& attributes) {
    for (const auto& [name, value] : attributes.system_headers)
        head.add(name, value);
    for (const auto& [name, value] : attributes.user_metadata)
        head.add(name, encode_rfc2047(value));
    if (!attributes.storage_class.empty()) {
        head.add("x-amz-storage-class", attributes.storage_class);
    }
    if (!attributes.website_redirect.empty()) {
        head.add(kRedirectHeader, attributes.website_redirect);
    }
}

std::string_view shown_storage_class(const ObjectAttributes& attributes) {
    return attributes.storage_class.empty() ? kStandard
                                            : std::string_view(attributes.storage_class);
}

}  // namespace tarn::s3
