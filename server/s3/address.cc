#include "server/s3/address.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/http/target.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

// The last label of name, which loses it together with the dot before it.
std::string_view take_last_label(std::string_view& name) {
    const std::size_t dot = name.rfind('.');
    const std::string_view label = dot == std::string_view::npos ? name : name.substr(dot + 1);
    name = name.substr(0, dot == std::string_view::npos ? 0 : dot);
    return label;
}

// How many characters at the end of host the suffix matches; nothing if it does not.  Every request
// asks for every suffix, so labels are compared in place, from the right.
std::optional<std::size_t> match_suffix(std::string_view host, std::string_view suffix) {
    std::string_view rest = host;
    while (!suffix.empty()) {
        if (rest.empty()) return std::nullopt;
        const std::string_view label = take_last_label(rest);
        const std::string_view wanted = take_last_label(suffix);
        if (wanted != "*" && wanted != label) return std::nullopt;
    }
    return host.size() - rest.size() - (rest.empty() ? 0 : 1);
}

Error invalid_uri(std::string_view path) {
    return s3_error(ErrorCode::InvalidURI, {}, {{"URI", std::string(path)}});
}

}  // namespace

const std::vector<std::string>& default_host_suffixes() {
    static const std::vector<std::string> suffixes = {
        "localhost",
        "s3.localhost",
        "s3.*.localhost",
        "s3.amazonaws.com",
        "s3.*.amazonaws.com",
        "localhost.localstack.cloud",
        "s3.localhost.localstack.cloud",
    };
    return suffixes;
}

std::optional<std::string> bucket_of_host(std::string_view host,
                                          const std::vector<std::string>& suffixes) {
    const std::string name = http::split_host(host).host;
    std::size_t longest = 0;
    for (const std::string& suffix : suffixes)
        longest = std::max(longest, match_suffix(name, suffix).value_or(0));
    if (longest == 0 || longest >= name.size()) return std::nullopt;
    return name.substr(0, name.size() - longest - 1);
}

Result<Address, Error> parse_address(std::string_view raw_path,
                                     const std::optional<std::string>& host_bucket) {
    Address address;
    std::string_view rest = raw_path;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    if (host_bucket) {
        address.bucket = *host_bucket;
    } else {
        const std::size_t slash = rest.find('/');
        const auto bucket = percent_decode(rest.substr(0, slash));
        if (!bucket) return fail(invalid_uri(raw_path));
        address.bucket = *bucket;
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    }
    if (address.bucket.empty()) {
        // "//key" names no bucket; "/" is the service.
        if (!rest.empty()) return fail(invalid_uri(raw_path));
        return address;
    }
    auto key = percent_decode(rest);
    if (!key || !is_utf8(*key)) return fail(invalid_uri(raw_path));
    if (key->size() > kMaxKeyBytes) {
        return fail(key_too_long(*key));
    }
    address.key = *std::move(key);
    address.resource = address.key.empty() ? Resource::Bucket : Resource::Object;
    return address;
}

Error key_too_long(std::string_view key) {
    return s3_error(
        ErrorCode::KeyTooLongError, {},
        {{"Size", std::to_string(key.size())}, {"MaxSizeAllowed", std::to_string(kMaxKeyBytes)}});
}

}  // namespace tarn::s3
