// Tag sets of objects and buckets: how they are written, and their limits.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html

#pragma once

#include "common/xml/node.h"
#include "server/s3/error.h"
#include "server/s3/records.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::size_t kMaxTagKeyCharacters = 128;
inline constexpr std::size_t kMaxTagValueCharacters = 256;
inline constexpr std::string_view kTaggingHeader = "x-amz-tagging";

// What the tags belong to: limits and texts differ.
enum class TagOwner : std::uint8_t { Object, Bucket, NewBucket };

// All of these give back the tags sorted by key: S3 promises no order, and equal sets should look
// equal.  Errors: InvalidTag, BadRequest for too many.

// A Tagging document.  Errors besides: MalformedXML.
Result<TagSet, Error> read_tagging_document(std::string_view text, TagOwner owner);
// The Tag elements of a node that fits kTagSetShape.
Result<TagSet, Error> read_tag_set(const xml::Node& tag_set, TagOwner owner);
// The header x-amz-tagging: "key=value&other=", URL-encoded.  Errors besides: InvalidArgument.
Result<TagSet, Error> parse_tagging_header(std::string_view value);

// The header that says the same, of a set that passed one of the above.
std::string tagging_header(const TagSet& tags);

// The Tagging document of a set.
std::string tagging_document(const TagSet& tags);

}  // namespace tarn::s3
