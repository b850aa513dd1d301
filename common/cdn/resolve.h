// From a log record to the distribution that the edge acts on.

#pragma once

#include "common/base/result.h"
#include "common/cdn/distribution.h"
#include "common/cdn/log_record.h"

#include <string>

namespace tarn::cdn {

struct ResolveError {
    std::string message;  // which document, and what is wrong with it
};

// The distribution of a Distribution record.  Policies that the record does not carry are looked up
// among the managed ones.  Fails where a document is malformed or a reference leads nowhere: the
// control API admits no such configuration, so this means a record of a newer server.
Result<Distribution, ResolveError> resolve(const LogRecord& record);

// The bucket that an S3 origin's domain name refers to ("b.s3.eu-west-1.amazonaws.com" -> "b");
// empty where it has no such form.
std::string bucket_of_domain(std::string_view domain_name);

}  // namespace tarn::cdn
