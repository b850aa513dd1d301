// Reading objects: the decision what to answer, apart from the bytes.

#pragma once

#include "common/http/byte_range.h"
#include "common/http/precondition.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/object_store.h"
#include "server/s3/request.h"

#include <optional>

namespace tarn::s3 {

inline constexpr std::uint32_t kMaxPartNumber = 10'000;
// What a record names may go away before it is opened, when the object is overwritten; the request
// then begins anew.  This often at most.
inline constexpr int kMaxReopens = 100;

struct GetPlan {
    ObjectRecord record;     // its attributes with response-* applied
    std::string version_id;  // to show; empty: none
    http::ByteRange range;
    bool partial = false;  // 206
    bool not_modified = false;
    std::optional<std::uint32_t> part_number;
    std::optional<StoredChecksum> part_checksum;  // of that part of a multipart object
    std::optional<crypto::SecretKey> data_key;    // nothing: the bytes are stored as they are
};

// Judges conditions, Range and partNumber (of plain objects) for a version.  Pure.
Result<GetPlan, Error> plan_get(const Request& request, ObjectVersion object, WallTime now);
// Writes the response head that the plan calls for, without framing.
void write_get_head(Request& request, const GetPlan& plan);
// The parameter partNumber; nothing if absent.
Result<std::optional<std::uint32_t>, Error> read_part_number(const Request& request);

// The manifest of a multipart object; nothing if it is gone, since the object was overwritten after
// its record was read.
net::Task<Result<std::optional<Manifest>, Error>> load_manifest(Services& services,
                                                                const Bucket& bucket,
                                                                const BodyRef& body);

// GetObject and HeadObject without waiting, in two steps, so that a request that has to wait is
// found before its signature is checked.
//
// The current version, if it is in memory and its body may be; for a request that is not admitted
// yet.
std::optional<ObjectVersion> ready_object(Services& services, const Request& request);
// Answers.  False: nothing was done, and the operation proper must answer.
bool get_object_now(Services& services, Request& request, ObjectVersion object);

}  // namespace tarn::s3
