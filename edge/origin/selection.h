// Which of a viewer's headers, cookies and query parameters a policy names.  Pure.

#pragma once

#include "common/cdn/distribution.h"
#include "common/http/head.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::edge {

// Header names compare without case; query parameters exactly; cookie names exactly, but for the
// '*' and '?' of legacy settings.
bool selects_header(const cdn::NameSelection& selection, std::string_view name);
bool selects_cookie(const cdn::NameSelection& selection, std::string_view name);
bool selects_parameter(const cdn::NameSelection& selection, std::string_view name);

// Calls visit(name, whole) for each parameter of a raw query; '&' is the only delimiter.
template <class Visit>
void for_each_parameter(std::string_view query, Visit visit) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view whole = query.substr(0, end);
        if (!whole.empty()) visit(whole.substr(0, whole.find('=')), whole);
        if (end == std::string_view::npos) return;
        query.remove_prefix(end + 1);
    }
}

// The cookies that a selection names, sorted by name (their order between equal names is kept), as
// views into fields.
struct CookiePair {
    std::string_view name;
    std::string_view whole;  // "name=value"
};
std::vector<CookiePair> selected_cookies(const http::Fields& fields,
                                         const cdn::NameSelection& selection);

// What the viewer's Accept-Encoding amounts to under a cache policy (Developer Guide, "Compressed
// objects"): only gzip and br matter, so that browsers' spellings share one cached copy.
struct AcceptEncoding {
    bool gzip = false;
    bool brotli = false;
    bool sent = false;  // the viewer sent the header, and the policy normalises it

    // "br,gzip", "br", "gzip" or "": the form in the cache key and in the origin's request.
    std::string_view text() const;
    friend bool operator==(const AcceptEncoding&, const AcceptEncoding&) = default;
};
AcceptEncoding normalize_accept_encoding(const cdn::CachePolicy& policy, std::string_view value,
                                         bool sent, int minor_version);

// How the viewer reached us, for X-Forwarded-For and the CloudFront-* headers.
struct ViewerFacts {
    std::string_view address;
    std::uint16_t port = 0;
    bool tls = false;
    std::string_view tls_protocol;
    std::string_view tls_cipher;
    int minor_version = 1;
    std::string_view user_agent;
};
// The value of a CloudFront-* header that the edge makes; empty for one that it cannot know.  name
// in lower case.
std::string edge_header_value(std::string_view name, const ViewerFacts& facts);
// Whether a name is one of CloudFront's own ("CloudFront-Viewer-Country"): a viewer's is dropped.
bool is_edge_header(std::string_view name);

}  // namespace tarn::edge
