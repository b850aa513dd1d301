// CloudFront's error page.

#pragma once

#include <string>
#include <string_view>

namespace tarn::edge {

// The HTML page "The request could not be satisfied".  explanation is a sentence of ours.
std::string error_page(int status, std::string_view explanation, std::string_view request_id);
// What we say about a status where nothing more is known.
std::string_view default_explanation(int status);

// The XML of a refused signed URL or cookie: code MissingKey, AccessDenied, …
std::string signature_error_xml(std::string_view code, std::string_view message);

}  // namespace tarn::edge
