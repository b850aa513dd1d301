// Server-side encryption: what a request asks for, and the data keys of objects.
//
// Every object that is encrypted has a data key of its own, which its record holds wrapped: under a
// master key of the server (SSE-S3), or under the key that comes with each request for the object
// (SSE-C).  https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html

#pragma once

#include "common/crypto/aes_gcm.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

// The three headers that bring a customer's key: of the object that the request names, and of a
// copy's source.
inline constexpr std::string_view kCustomerKeyPrefix = "x-amz-server-side-encryption-customer-";
inline constexpr std::string_view kSourceCustomerKeyPrefix =
    "x-amz-copy-source-server-side-encryption-customer-";

// Nothing: the request brings none.  Errors: those recorded of S3 for keys that are malformed, lack
// a part or come over plain HTTP.
Result<std::optional<crypto::SecretKey>, Error> read_customer_key(const Services& services,
                                                                  const Request& request,
                                                                  std::string_view prefix);

// How the objects that a request makes are sealed; nothing in it: stored as they are.
struct Sealing {
    std::optional<ObjectEncryption> stored;
    std::optional<crypto::SecretKey> data_key;
    // Null: bodies are stored as they are.
    const crypto::SecretKey* key() const { return data_key ? &*data_key : nullptr; }
};
// For PutObject, CopyObject, CreateMultipartUpload: what the headers ask for, else the bucket's
// default.  A new data key, wrapped for the object of the request's key.
Result<Sealing, Error> begin_sealing(const Services& services, const Request& request);

// What seals an object that no request says anything of: the bucket's default.  Errors:
// NotImplemented where that is KMS.
Result<Sealing, Error> seal_by_default(const Services& services, const Bucket& bucket,
                                       std::string_view key);

// The data key of an object that is stored, to read it or to write parts; key() is null where it is
// not encrypted.  customer: what the request brought for it.
struct StoredObjectName {
    storage::Partition partition;
    std::string_view key;
};
Result<std::optional<crypto::SecretKey>, Error> open_data_key(
    const Services& services, StoredObjectName name,
    const std::optional<ObjectEncryption>& encryption,
    const std::optional<crypto::SecretKey>& customer);
// The same for the object that the request names, with the key that its headers bring.
Result<std::optional<crypto::SecretKey>, Error> open_requested_object(
    const Services& services, const Request& request,
    const std::optional<ObjectEncryption>& encryption);
// The same for the upload that a part is for.
Result<std::optional<crypto::SecretKey>, Error> open_upload(
    const Services& services, const Request& request,
    const std::optional<ObjectEncryption>& encryption);

// Whether the request brings the customer's key where it is needed although no bytes are sealed or
// opened (completing an upload, listing its parts): where parts have checksums of a chosen
// algorithm.  A key that is brought must be the right one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
Result<void, Error> check_upload_key(const Services& services, const Request& request,
                                     const UploadRecord& upload);

// Whether the request says how the object that it makes is to be encrypted.
bool chooses_encryption(const Request& request);
// Whether a customer's key seals; nothing of such bytes is shown without the key.
bool sealed_by_customer(const std::optional<ObjectEncryption>& encryption);
// Of operations that neither make an object nor choose its encryption: x-amz-server-side-encryption
// and its kin, but for the customer's key, are refused.
Result<void, Error> refuse_encryption_choice(const Request& request);

// What an answer says about the object's encryption.
void add_encryption_fields(http::HeadBuilder& head, const Request& request,
                           const std::optional<ObjectEncryption>& encryption);

// The ETag of bytes that were sealed: their MD5, but of what a customer's key seals something that
// does not betray it.  Raw, 16 bytes.
std::string etag_of(const std::optional<ObjectEncryption>& encryption,
                    const crypto::SecretKey* data_key, const std::string& md5);

}  // namespace tarn::s3
