#include "server/s3/post_fields.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/http/token.h"
#include "server/s3/tags.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

constexpr std::string_view kVariable = "${filename}";
constexpr std::string_view kAmzPrefix = "x-amz-";

// Fields that are a header of PutObject under another name.
struct Renamed {
    std::string_view field;
    std::string_view header;
};
constexpr Renamed kRenamed[] = {
    {"acl", "x-amz-acl"},
    {"x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"},
};

// Fields that are a header of PutObject, besides x-amz-*.
constexpr std::array<std::string_view, 7> kHeaders = {
    "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
    "Content-MD5",   "Content-Type",        "Expires"};

// Of x-amz-*: what speaks of the request and its signature.
constexpr std::array<std::string_view, 9> kNotOfTheObject = {"x-amz-algorithm",
                                                             "x-amz-content-sha256",
                                                             "x-amz-credential",
                                                             "x-amz-date",
                                                             "x-amz-decoded-content-length",
                                                             "x-amz-expected-bucket-owner",
                                                             "x-amz-security-token",
                                                             "x-amz-signature",
                                                             "x-amz-trailer"};
constexpr std::string_view kCopySourcePrefix = "x-amz-copy-source";

// aws:UserAgent and aws:Referer must be the request's own, never the form's.
constexpr std::array<std::string_view, 2> kOfTheRequest = {"User-Agent", "Referer"};

bool is_in(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::any_of(names, [name](std::string_view row) { return iequals(row, name); });
}

// The header that a field becomes; empty: none.
std::string_view header_of(std::string_view field) {
    for (const Renamed& row : kRenamed) {
        if (iequals(row.field, field)) return row.header;
    }
    if (is_in(kHeaders, field)) return field;
    const bool is_header = istarts_with(field, kAmzPrefix) && !is_in(kNotOfTheObject, field) &&
                           !istarts_with(field, kCopySourcePrefix);
    return is_header ? field : std::string_view{};
}

std::string replaced(std::string_view value, std::string_view filename) {
    std::string out;
    for (std::size_t at = value.find(kVariable); at != std::string_view::npos;
         at = value.find(kVariable)) {
        out.append(value.substr(0, at)).append(filename);
        value.remove_prefix(at + kVariable.size());
    }
    return out.append(value);
}

// As forms encode it: a slash as %2F, a space as '+' (recorded).
std::string form_encode(std::string_view text) {
    std::string encoded = percent_encode(text, KeepSlash::No);
    for (std::size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos; ++at)
        encoded.replace(at, 3, "+");
    return encoded;
}

// An absolute URL without anything that could end the header it goes into.
bool is_redirect_target(std::string_view url) {
    const std::size_t scheme = istarts_with(url, "http://")    ? std::string_view("http://").size()
                               : istarts_with(url, "https://") ? std::string_view("https://").size()
                                                               : std::string_view::npos;
    if (scheme == std::string_view::npos || scheme == url.size()) return false;
    constexpr std::string_view kNoHost = "/?#";
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
    return kNoHost.find(url[scheme]) == std::string_view::npos &&
           std::ranges::none_of(url, is_control);
}

}  // namespace

void join_repeated_field(std::vector<aws::FormField>& fields) {
    if (fields.empty()) return;
    const auto is_named = [&](const aws::FormField& field) {
        return iequals(field.name, fields.back().name);
    };
    const auto first = std::ranges::find_if(fields, is_named);
    if (first == fields.end() - 1) return;
    first->value.append(",").append(fields.back().value);
    fields.pop_back();
}

Result<void, Error> replace_filename(std::vector<aws::FormField>& fields,
                                     std::string_view filename) {
    const std::size_t slash = filename.find_last_of("/\\");
    if (slash != std::string_view::npos) filename.remove_prefix(slash + 1);
    std::size_t bytes = 0;
    for (aws::FormField& field : fields) {
        field.value = replaced(field.value, filename);
        bytes += field.value.size();
        if (bytes > kMaxFormBytes) {
            return fail(s3_error(ErrorCode::MaxPostPreDataLengthExceeded, {},
                                 {{"MaxPostPreDataLengthBytes", std::to_string(kMaxFormBytes)}}));
        }
    }
    return {};
}

Result<http::Fields, Error> put_headers(aws::FormFields fields, const http::Fields& request_head,
                                        std::string& tagging) {
    http::Fields headers;
    for (const http::Field& field : request_head) {
        if (is_in(kOfTheRequest, field.name)) headers.add(field.name, field.value);
    }
    for (const aws::FormField& field : fields) {
        if (iequals(field.name, "tagging")) {
            TARN_TRY(const TagSet tags, read_tagging_document(field.value, TagOwner::Object));
            tagging = tagging_header(tags);
            headers.add(kTaggingHeader, tagging);
            continue;
        }
        const std::string_view header = header_of(field.name);
        if (header.empty()) continue;
        if (!http::is_token(header)) return fail(s3_error(ErrorCode::MalformedPOSTRequest));
        headers.add(header, trim(field.value));
    }
    return headers;
}

int success_status(aws::FormFields fields) {
    const auto status = aws::find_field(fields, "success_action_status");
    if (status == "200") return 200;
    return status == "201" ? 201 : 204;
}

std::optional<std::string> success_redirect(aws::FormFields fields, std::string_view bucket,
                                            std::string_view key, std::string_view etag) {
    auto url = aws::find_field(fields, "success_action_redirect");
    if (!url) url = aws::find_field(fields, "redirect");
    if (!url || !is_redirect_target(*url)) return std::nullopt;
    const std::size_t fragment = std::min(url->find('#'), url->size());
    std::string target(url->substr(0, fragment));
    target.append(target.find('?') == std::string::npos ? "?" : "&");
    target.append("bucket=").append(form_encode(bucket));
    target.append("&key=").append(form_encode(key));
    target.append("&etag=").append(form_encode('"' + std::string(etag) + '"'));
    return target.append(url->substr(fragment));
}

}  // namespace tarn::s3
