// Which texts of a configuration may stand in an HTTP message.
//
// What the owner of a distribution configures becomes part of requests to origins and of answers to
// viewers, on connections that all distributions share.  A line break, a blank at the wrong place
// or a header that decides where a message ends would let one account write another one's messages
// (RFC 9112, section 11), so such a text never gets into a configuration.

#pragma once

#include "common/xml/node.h"

#include <string_view>

namespace tarn::cloudfront {

// Visible ASCII, with blanks and tabs inside; may be empty.  Unlike RFC 9110, section 5.5, no
// obs-text: readers disagree about its encoding.
bool is_header_value(std::string_view text);
// Visible ASCII without blanks and without the characters of excluded.
bool is_visible(std::string_view text, std::string_view excluded);
// The name of a cookie; legacy settings may have '*' and '?' in it as wildcards.
bool is_cookie_name(std::string_view text);
// The name of a query parameter, as it stands in a URL.
bool is_query_name(std::string_view text);
// Labels of letters, digits, '-' and '_' between dots; at most 253 characters.
bool is_dns_name(std::string_view text);
// A DNS name or an IP address.
bool is_origin_host(std::string_view text);

// Names that no distribution may add to requests to its origin.
bool is_denied_origin_header(std::string_view name);
// Names that no response headers policy may remove, and that none may add.
bool is_denied_response_header(std::string_view name);
// Names that no policy may forward from the viewer or have in the cache key.
bool is_denied_forwarded_header(std::string_view name);

// The first element of a tree whose text has a control character other than a tab; null if there is
// none.  Comments and PEM texts may have line breaks.
const xml::Node* find_control_character(const xml::Node& node);

}  // namespace tarn::cloudfront
