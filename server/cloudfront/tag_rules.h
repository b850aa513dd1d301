// Tags of distributions.

#pragma once

#include "common/xml/node.h"
#include "server/cloudfront/error.h"
#include "server/cloudfront/rows.h"

namespace tarn::cloudfront {

inline constexpr std::size_t kMaxTags = 50;
inline constexpr std::size_t kMaxTagKeyLength = 128;
inline constexpr std::size_t kMaxTagValueLength = 256;

// The tags of a normalised <Tags> document; InvalidTagging where keys repeat or are too long.
Result<Tags, Error> tags_of(const xml::Node& node);
// <Tags><Items><Tag>….
xml::Node tags_node(const Tags& tags);

}  // namespace tarn::cloudfront
