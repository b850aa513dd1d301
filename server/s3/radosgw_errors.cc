#include "server/s3/radosgw_errors.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

// A case is S3's code where that says enough, with what its text begins with where it does not, or
// with the operation.
struct CodeRow {
    std::string_view code;
    std::string_view text;       // empty: any
    std::string_view operation;  // empty: any
    std::string_view radosgw_code;
    int radosgw_status;
};

// clang-format off
constexpr CodeRow kRows[] = {
    {"InvalidPartNumber", "", "", "InvalidPart", 400},
    {"InvalidRequest", "The specified copy range is invalid", "", "InvalidRange", 416},
    {"InvalidArgument", "Range specified is not valid for source object", "", "InvalidRange", 416},
    // Of a checksum's value; that of x-amz-checksum-type is another case.
    {"InvalidRequest", "Value for x-amz-checksum-crc", "", "BadDigest", 400},
    {"InvalidRequest", "Value for x-amz-checksum-sha", "", "BadDigest", 400},
    {"InvalidRequest", "Value for x-amz-checksum-md5", "", "BadDigest", 400},
    {"InvalidRequest", "Value for x-amz-checksum-xxhash", "", "BadDigest", 400},
    {"InvalidArgument", "Default retention period", "", "InvalidRetentionPeriod", 400},
    {"AuthorizationQueryParametersError", "X-Amz-Expires ", "", "AccessDenied", 403},
    {"BadRequest", "Object tags cannot be greater than", "", "InvalidTag", 400},
    {"BadRequest", "Bucket tag count cannot be greater than", "", "InvalidTag", 400},
    // radosgw looks for a torrent that was stored with the object.
    {"NotImplemented", "", "GetObjectTorrent", "NoSuchKey", 404},
};
// clang-format on

constexpr std::array<std::string_view, 2> kReads = {"GetObject", "HeadObject"};

bool is_case(const CodeRow& row, const Error& error, const OperationRow* operation) {
    if (row.code != code_of(error) || !message_of(error).starts_with(row.text)) return false;
    return row.operation.empty() || (operation && operation->name == row.operation);
}

}  // namespace

Error as_radosgw(Error error, const OperationRow* operation) {
    // Of a key that a delete marker hides, the header says true already.
    const bool reads = operation && std::ranges::find(kReads, operation->name) != kReads.end();
    if (reads && error.code == ErrorCode::NoSuchKey && error.headers.empty()) {
        error.headers.emplace_back("x-amz-delete-marker", "false");
    }
    const auto* const row = std::ranges::find_if(
        kRows, [&](const CodeRow& candidate) { return is_case(candidate, error, operation); });
    if (row == std::end(kRows)) return error;
    error.message = std::string(message_of(error));
    error.code = ErrorCode::Other;
    error.other_code = row->radosgw_code;
    error.other_status = row->radosgw_status;
    return error;
}

}  // namespace tarn::s3
