// OPTIONS: whether a browser may send the request that it is about to send.

#pragma once

#include "server/s3/request.h"

namespace tarn::s3 {

// Answers a preflight of the request's address.  request.bucket: null where there is none.  Errors:
// BadRequest, AccessForbidden.
Outcome answer_preflight(Request& request);

}  // namespace tarn::s3
