// What the fields of a browser upload form mean.  Pure.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html

#pragma once

#include "common/aws/form_field.h"
#include "common/base/result.h"
#include "common/http/head.h"
#include "server/s3/error.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// What stands before the file, its head included (recorded).
inline constexpr std::size_t kMaxFormBytes = 20'480;

// Puts the last of fields together with an earlier one of its name: "a,b".
void join_repeated_field(std::vector<aws::FormField>& fields);

// Replaces "${filename}" in every field by what follows the last slash or backslash of filename.
// Error: the fields grow larger than a form may be.
Result<void, Error> replace_filename(std::vector<aws::FormField>& fields,
                                     std::string_view filename);

// The header fields with which PutObject would say what the form says, in front of those of the
// form's request that a bucket policy can ask for.  The views point into both, and into tagging,
// which is filled.  Errors: a field that is not implemented, or whose name no header can have;
// those of read_tagging_document().
Result<http::Fields, Error> put_headers(aws::FormFields fields, const http::Fields& request_head,
                                        std::string& tagging);

// success_action_status: 200, 201 or (the default, also for nonsense) 204.
int success_status(aws::FormFields fields);

// Where success_action_redirect (or redirect, its old name) leads, with bucket, key and ETag in its
// query.  Nothing where there is none, or none that is a URL: it then counts as absent.
std::optional<std::string> success_redirect(aws::FormFields fields, std::string_view bucket,
                                            std::string_view key, std::string_view etag);

}  // namespace tarn::s3
