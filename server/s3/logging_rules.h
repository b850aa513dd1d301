// A bucket's logging configuration, parsed, and the keys of the log objects that it asks for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html

#pragma once

#include "common/base/clock.h"
#include "common/xml/node.h"
#include "server/s3/acl_document.h"
#include "server/s3/bucket_registry.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

enum class LogKeyFormat : std::uint8_t {
    SimplePrefix,
    PartitionedByEventTime,  // all records of a log object are of one day
    PartitionedByDeliveryTime,
};

struct LoggingRules {
    std::string target_bucket;
    std::string target_prefix;
    LogKeyFormat key_format = LogKeyFormat::SimplePrefix;
    std::vector<NamedGrant> grants;  // on the log objects

    friend bool operator==(const LoggingRules&, const LoggingRules&) = default;
};

// The element LoggingEnabled of a document that fits its shape.
LoggingRules read_logging(const xml::Node& enabled);
// The stored document; null: nothing is to be logged.
std::shared_ptr<const LoggingRules> parse_logging(std::string_view document);

// The key of a log object with records of source.  time: of the delivery; of any record for
// PartitionedByEventTime.  unique: what no other log object has.
std::string log_object_key(const LoggingRules& rules, const Bucket& source, WallTime time,
                           std::string_view unique);

}  // namespace tarn::s3
