// What a request says about the object that it makes: content type, kept headers, user metadata,
// storage class, website redirect, tags; and the headers that ask for something Tarn does not do
// yet.

#pragma once

#include "server/s3/records.h"
#include "server/s3/request.h"

namespace tarn::s3 {

inline constexpr std::size_t kMaxMetadataBytes = 2048;
inline constexpr std::string_view kDefaultContentType = "binary/octet-stream";
inline constexpr std::string_view kUserMetadataPrefix = "x-amz-meta-";

// Errors: MetadataTooLarge, InvalidStorageClass, InvalidRedirectLocation, those of
// parse_tagging_header().
Result<ObjectAttributes, Error> read_attributes(const Request& request);

// A header that asks for what is not there must be an error, or the client would believe that it
// has what it asked for (DESIGN 3.8).
Result<void, Error> refuse_unsupported_write_headers(const Request& request);
// x-amz-if-match-size and -last-modified-time, which only directory buckets know (s3.md 3.6).
Result<void, Error> refuse_unsupported_conditions(const Request& request);

// The stored attributes as response fields.
void add_attribute_fields(http::HeadBuilder& head, const ObjectAttributes& attributes);

// The storage class as listings and attributes show it.
std::string_view shown_storage_class(const ObjectAttributes& attributes);

}  // namespace tarn::s3
