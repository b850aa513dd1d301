// What PutObject and PostObject have in common: a request's headers and bytes become an object.

#pragma once

#include "common/http/head_builder.h"
#include "server/s3/payload.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <string>

namespace tarn::s3 {

struct StoredObject {
    std::string etag;  // without quotes
    StoredChecksum checksum;
    std::optional<ObjectEncryption> encryption;
    std::string version_id;  // empty where the bucket never had versioning
};

// Makes the object that the request names current.  file: its bytes, where they are not the
// request's whole body.
net::Task<Result<StoredObject, Error>> store_object(Services& services, Request& request,
                                                    PayloadSource* file = nullptr);

// The response fields that tell of it.  put: the request that made it.
void add_stored_fields(http::HeadBuilder& head, const Request& put, const StoredObject& object);

}  // namespace tarn::s3
