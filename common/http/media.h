// Content-Type and fields of its shape, and the choice of a content coding.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::http {

// What stands before the first ';', in lower case: "text/html" of "Text/HTML; charset=utf-8".
// Content-Disposition has the same shape.
std::string media_essence(std::string_view value);

// A parameter's value, unquoted (RFC 9110, section 5.6.6): the boundary of multipart/form-data, the
// name of a form field.  Names compare without case.  Nothing if absent; the first if repeated.
std::optional<std::string> media_parameter(std::string_view value, std::string_view name);

// Whether an Accept-Encoding field admits a content coding: named, or met by "*", and not with the
// weight 0 (RFC 9110, section 12.5.3).  An absent or empty field admits none.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

}  // namespace tarn::http
