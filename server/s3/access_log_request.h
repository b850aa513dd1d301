// A request that was answered, as records of the server access logs of the buckets that it touched.

#pragma once

#include "server/s3/access_log_queue.h"
#include "server/s3/request.h"

namespace tarn::s3 {

// Of a request with notes, on its loop, once it is answered: its own record, where its bucket has
// logging, and those of what it did besides.
void log_request(AccessLogQueue& queue, const Request& request);

}  // namespace tarn::s3
