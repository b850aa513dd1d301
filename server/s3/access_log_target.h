// Whether S3's log delivery may write to the bucket that a logging configuration names.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html

#pragma once

#include "server/s3/bucket_registry.h"

#include <string_view>

namespace tarn::s3 {

// By the target's policy, asked for logging.s3.amazonaws.com with aws:SourceArn and
// aws:SourceAccount of the source, or by its ACL, which must grant the log delivery group WRITE and
// READ_ACP.  Pure.
bool may_deliver_logs(const Bucket& source, const Bucket& target, std::string_view key,
                      WallTime now);

// Why a log object of source cannot be put there, as a phrase for our log; empty: it can.  target:
// null where there is none any more.  Pure.
std::string_view why_undeliverable(const Bucket& source, const Bucket* target, std::string_view key,
                                   WallTime now);

}  // namespace tarn::s3
