#include "edge/origin/selection.h"

#include "common/base/text.h"
#include "common/http/cookie.h"
#include "common/http/media.h"

#include <algorithm>

namespace tarn::edge {
namespace {

using Kind = cdn::NameSelection::Kind;

template <class Matches>
bool selects(const cdn::NameSelection& selection, Matches matches) {
    switch (selection.kind) {
        case Kind::None:
            return false;
        case Kind::All:
            return true;
        case Kind::Whitelist:
            return std::any_of(selection.names.begin(), selection.names.end(), matches);
        case Kind::AllExcept:
            return std::none_of(selection.names.begin(), selection.names.end(), matches);
    }
    return false;
}

// The device classes that CloudFront derives from User-Agent.  Unlike CloudFront, which keeps a
// device database, we look for the words that the common browsers put there.
struct Device {
    bool tablet = false;
    bool mobile = false;
    bool smart_tv = false;
    bool desktop() const { return !tablet && !mobile && !smart_tv; }
};
Device device_of(std::string_view user_agent) {
    const auto has = [&](std::string_view word) {
        return user_agent.find(word) != std::string_view::npos;
    };
    const bool android = has("Android");
    Device device;
    device.smart_tv = has("SmartTV") || has("SMART-TV") || has("HbbTV") || has("AppleTV");
    device.tablet = has("iPad") || has("Tablet") || (android && !has("Mobile"));
    device.mobile = !device.tablet && !device.smart_tv && (has("iPhone") || has("Mobile"));
    return device;
}

std::string flag_text(bool flag) {
    return flag ? "true" : "false";
}

std::string device_header(std::string_view name, std::string_view user_agent) {
    const auto has = [&](std::string_view word) {
        return user_agent.find(word) != std::string_view::npos;
    };
    const Device device = device_of(user_agent);
    if (name == "cloudfront-is-mobile-viewer") return flag_text(device.mobile);
    if (name == "cloudfront-is-tablet-viewer") return flag_text(device.tablet);
    if (name == "cloudfront-is-smarttv-viewer") return flag_text(device.smart_tv);
    if (name == "cloudfront-is-desktop-viewer") return flag_text(device.desktop());
    if (name == "cloudfront-is-android-viewer") return flag_text(has("Android"));
    if (name == "cloudfront-is-ios-viewer") return flag_text(has("iPhone") || has("iPad"));
    return {};
}

}  // namespace

bool selects_header(const cdn::NameSelection& selection, std::string_view name) {
    return selects(selection, [&](const std::string& named) { return iequals(named, name); });
}

bool selects_cookie(const cdn::NameSelection& selection, std::string_view name) {
    return selects(selection, [&](const std::string& named) {
        return named == name ||
               (named.find_first_of("*?") != std::string::npos && wildcard_match(named, name));
    });
}

bool selects_parameter(const cdn::NameSelection& selection, std::string_view name) {
    return selects(selection, [&](const std::string& named) { return named == name; });
}

std::vector<CookiePair> selected_cookies(const http::Fields& fields,
                                         const cdn::NameSelection& selection) {
    std::vector<CookiePair> cookies;
    if (selection.kind == Kind::None) return cookies;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "cookie")) continue;
        for (const http::Cookie& cookie : http::split_cookies(field.value)) {
            if (selects_cookie(selection, cookie.name))
                cookies.push_back({cookie.name, cookie.pair});
        }
    }
    // All are views into one head, so the address keeps the order of arrival among equal names.
    std::sort(cookies.begin(), cookies.end(), [](const CookiePair& a, const CookiePair& b) {
        return a.name != b.name ? a.name < b.name : a.whole.data() < b.whole.data();
    });
    return cookies;
}

std::string_view AcceptEncoding::text() const {
    if (gzip && brotli) return "br,gzip";
    if (brotli) return "br";
    if (gzip) return "gzip";
    return {};
}

AcceptEncoding normalize_accept_encoding(const cdn::CachePolicy& policy, std::string_view value,
                                         bool sent, int minor_version) {
    AcceptEncoding result;
    if (!sent || minor_version < 1 || (!policy.gzip && !policy.brotli)) return result;
    result.sent = true;
    if (value.find_first_of(";*") != std::string_view::npos) {
        result.gzip = policy.gzip && http::accepts_coding(value, "gzip");
        result.brotli = policy.brotli && http::accepts_coding(value, "br");
        return result;
    }
    // What every browser sends is a plain list; this runs on each hit.
    while (!value.empty()) {
        const std::size_t comma = value.find(',');
        const std::string_view coding = trim(value.substr(0, comma));
        value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
        if (policy.gzip && iequals(coding, "gzip")) result.gzip = true;
        if (policy.brotli && iequals(coding, "br")) result.brotli = true;
    }
    return result;
}

std::string edge_header_value(std::string_view name, const ViewerFacts& facts) {
    if (name == "cloudfront-forwarded-proto") return facts.tls ? "https" : "http";
    if (name == "cloudfront-viewer-http-version") return facts.minor_version == 0 ? "1.0" : "1.1";
    if (name == "cloudfront-viewer-address") {
        return std::string(facts.address) + ":" + std::to_string(facts.port);
    }
    if (name == "cloudfront-viewer-tls" && facts.tls) {
        return std::string(facts.tls_protocol) + ":" + std::string(facts.tls_cipher) +
               ":fullHandshake";
    }
    if (name.starts_with("cloudfront-is-")) return device_header(name, facts.user_agent);
    return {};
}

bool is_edge_header(std::string_view name) {
    return istarts_with(name, "cloudfront-");
}

}  // namespace tarn::edge
