// Configurations of buckets that are put, read and deleted as documents: one table, one handler a
// verb.
//
// A document is judged by the table of its shape (configuration_shapes.h) and by a rule for what a
// shape cannot say (configuration_rules.h), and stored as it will be read: in normal form, with its
// namespace.  What acts upon a configuration reads it where it was parsed (struct Bucket).

#pragma once

#include "server/s3/configuration_rules.h"
#include "server/s3/document_schema.h"
#include "server/s3/request.h"

#include <optional>
#include <string_view>

namespace tarn::s3 {

// Of the configurations of which a bucket may have several, told apart by the parameter id.
inline constexpr std::size_t kMaxConfigurationCount = 1000;
inline constexpr std::size_t kConfigurationPageSize = 100;
inline constexpr std::size_t kMaxConfigurationIdBytes = 64;

struct ConfigurationRow {
    std::string_view subresource;  // "lifecycle": what tells its operations apart
    std::string_view root;         // its element
    const Shape* shape;
    ConfigurationRule rule = nullptr;  // null: the shape says all
    // What reading says while there is none: an error, else the document with this content.
    std::optional<ErrorCode> absent;
    std::string_view default_content;  // XML
    int put_status = 200;
    // Of configurations with an id: the element that lists them.
    std::string_view list_root;
    // A header that is kept with the document, and its values: the first is the default.
    std::string_view kept_header;
    std::string_view kept_header_choices;
};

}  // namespace tarn::s3
