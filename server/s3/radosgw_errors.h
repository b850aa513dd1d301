// Where Ceph's radosgw tells an error otherwise than S3: the switch radosgw-errors.

#pragma once

#include "server/s3/error.h"
#include "server/s3/operation_table.h"

namespace tarn::s3 {

// The error with radosgw's code, status and headers, and S3's text and details; most stay as they
// are.  operation: what was asked for; null where that is nothing that S3 knows.
Error as_radosgw(Error error, const OperationRow* operation);

}  // namespace tarn::s3
