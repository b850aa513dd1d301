#include "server/s3/encryption.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::string_view kMethodHeader = "x-amz-server-side-encryption";
constexpr std::string_view kOwnKeys = "AES256";
constexpr std::array<std::string_view, 3> kOtherMethods = {"aws:kms", "aws:kms:dsse", "aws:fsx"};
// Which choose the key or what goes with it; all of them want a method that is not there yet.
constexpr std::array<std::string_view, 3> kKmsHeaders = {
    "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled"};

constexpr std::string_view kCustomerKeyRule =
    "Requests specifying Server Side Encryption with Customer provided keys must ";

Error customer_key_error(std::string_view what, std::string_view header) {
    return invalid_argument(std::string(kCustomerKeyRule).append(what), header, "null");
}

crypto::SecretKey new_key(Random& random) {
    crypto::SecretKey key;
    random.fill(key.bytes());
    return key;
}

// Binds a wrapped key to the object that it was made for.
std::string wrapping_context(StoredObjectName name) {
    return fmt::format("{}/{}", name.partition, name.key);
}

Sealing new_sealing(Random& random, StoredObjectName name, EncryptionKind kind,
                    std::string_view key_id, const crypto::SecretKey& wrapping) {
    crypto::GcmNonce nonce;
    random.fill(nonce);
    Sealing sealing{.data_key = new_key(random)};
    sealing.stored = {.kind = kind,
                      .key_id = std::string(key_id),
                      .wrapped_key = crypto::wrap_key(wrapping, nonce, wrapping_context(name),
                                                      *sealing.data_key)};
    return sealing;
}

Sealing seal_with_own_keys(const Services& services, StoredObjectName name) {
    return new_sealing(services.random, name, EncryptionKind::S3, services.master_keys.current_id(),
                       services.master_keys.current());
}

Result<void, Error> check_customer_key_allowed(const Services& services, const Request& request) {
    if (services.compat.customer_keys_unblocked) return {};
    if (request.bucket->encryption.allows_customer_keys) return {};
    return fail(s3_error(ErrorCode::AccessDenied));
}

Result<void, Error> check_method(std::string_view method) {
    if (method == kOwnKeys) return {};
    if (std::ranges::find(kOtherMethods, method) != kOtherMethods.end()) {
        return fail(header_not_implemented(kMethodHeader));
    }
    return fail(invalid_argument("The encryption method specified is not supported", kMethodHeader,
                                 method));
}

Error retrieval_error() {
    return s3_error(ErrorCode::InvalidRequest,
                    "The object was stored using a form of Server Side Encryption. The correct "
                    "parameters must be provided to retrieve the object.");
}

}  // namespace

bool sealed_by_customer(const std::optional<ObjectEncryption>& encryption) {
    return encryption && encryption->kind == EncryptionKind::Customer;
}

Result<std::optional<crypto::SecretKey>, Error> read_customer_key(const Services& services,
                                                                  const Request& request,
                                                                  std::string_view prefix) {
    const std::string key_header = std::string(prefix) + "key";
    const auto algorithm = request.header_or_parameter(std::string(prefix) + "algorithm");
    const auto text = request.header_or_parameter(key_header);
    const auto md5 = request.header_or_parameter(key_header + "-MD5");
    if (!algorithm && !text && !md5) return std::nullopt;
    if (!request.exchange.peer().tls && !services.compat.customer_keys_over_http) {
        return fail(
            s3_error(ErrorCode::InvalidRequest,
                     std::string(kCustomerKeyRule).append("be made over a secure connection.")));
    }
    if (!algorithm) {
        return fail(customer_key_error("provide a valid encryption algorithm.",
                                       std::string(prefix) + "algorithm"));
    }
    if (*algorithm != kOwnKeys) {
        return fail(s3_error(ErrorCode::InvalidEncryptionAlgorithmError, {},
                             {{"ArgumentName", std::string(prefix) + "algorithm"},
                              {"ArgumentValue", std::string(*algorithm)}}));
    }
    if (!text) {
        return fail(customer_key_error("provide an appropriate secret key.", key_header));
    }
    const auto bytes = from_base64(*text);
    auto key = bytes ? crypto::SecretKey::of(*bytes) : std::nullopt;
    if (!key) {
        return fail(invalid_argument("The secret key was invalid for the specified algorithm.",
                                     key_header, "null"));
    }
    if (!md5) {
        return fail(customer_key_error("provide the client calculated MD5 of the secret key.",
                                       key_header + "-MD5"));
    }
    if (to_base64(crypto::md5(*bytes)) != *md5) {
        return fail(
            invalid_argument("The calculated MD5 hash of the key did not match the hash "
                             "that was provided.",
                             key_header + "-MD5", *md5));
    }
    return key;
}

Result<Sealing, Error> begin_sealing(const Services& services, const Request& request) {
    const StoredObjectName name{request.bucket->partition(), request.key()};
    TARN_TRY(const auto customer, read_customer_key(services, request, kCustomerKeyPrefix));
    const auto method = request.header_or_parameter(kMethodHeader);
    for (const std::string_view header : kKmsHeaders) {
        if (request.header_or_parameter(header)) return fail(header_not_implemented(header));
    }
    if (method) {
        if (auto ok = check_method(*method); !ok) return fail(std::move(ok).error());
    }
    if (customer) {
        if (method) {
            return fail(invalid_argument(
                "Server Side Encryption with Customer provided key is incompatible with the "
                "encryption method specified",
                kMethodHeader, *method));
        }
        if (auto ok = check_customer_key_allowed(services, request); !ok) {
            return fail(std::move(ok).error());
        }
        return new_sealing(services.random, name, EncryptionKind::Customer, {}, *customer);
    }
    if (method) return seal_with_own_keys(services, name);
    return seal_by_default(services, *request.bucket, request.key());
}

Result<Sealing, Error> seal_by_default(const Services& services, const Bucket& bucket,
                                       std::string_view key) {
    // Not done, it must not be said to be done.
    if (bucket.encryption.uses_kms) return fail(header_not_implemented(kMethodHeader));
    if (!bucket.encryption.is_set && services.compat.bucket_encryption_unset) return Sealing{};
    return seal_with_own_keys(services, {bucket.partition(), key});
}

Result<std::optional<crypto::SecretKey>, Error> open_data_key(
    const Services& services, StoredObjectName name,
    const std::optional<ObjectEncryption>& encryption,
    const std::optional<crypto::SecretKey>& customer) {
    const bool by_customer = sealed_by_customer(encryption);
    if (customer && !by_customer) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "The encryption parameters are not applicable to this object."));
    }
    if (!encryption) return std::nullopt;
    if (by_customer && !customer) return fail(retrieval_error());
    const crypto::SecretKey* const wrapping =
        by_customer ? &*customer : services.master_keys.find(encryption->key_id);
    if (!wrapping) {
        return fail(store_failure(storage::StoreError::Corrupt, "a master key that is gone"));
    }
    auto key = crypto::unwrap_key(*wrapping, wrapping_context(name), encryption->wrapped_key);
    if (key) return key;
    if (!by_customer) {
        return fail(store_failure(storage::StoreError::Corrupt, "a data key"));
    }
    return fail(s3_error(ErrorCode::AccessDenied,
                         std::string(kCustomerKeyRule).append("provide the correct secret key.")));
}

Result<std::optional<crypto::SecretKey>, Error> open_requested_object(
    const Services& services, const Request& request,
    const std::optional<ObjectEncryption>& encryption) {
    TARN_TRY(const auto customer, read_customer_key(services, request, kCustomerKeyPrefix));
    return open_data_key(services, {request.bucket->partition(), request.key()}, encryption,
                         customer);
}

Result<std::optional<crypto::SecretKey>, Error> open_upload(
    const Services& services, const Request& request,
    const std::optional<ObjectEncryption>& encryption) {
    TARN_TRY(const auto customer, read_customer_key(services, request, kCustomerKeyPrefix));
    const bool by_customer = sealed_by_customer(encryption);
    if (by_customer && !customer) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "The multipart upload initiate requested encryption. Subsequent part "
                             "requests must include the appropriate encryption parameters."));
    }
    auto key =
        open_data_key(services, {request.bucket->partition(), request.key()}, encryption, customer);
    // The same to S3 whether the upload has no key or another one.
    if (!key && customer) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "The provided encryption parameters did not match the ones used "
                             "originally."));
    }
    return key;
}

Result<void, Error> check_upload_key(const Services& services, const Request& request,
                                     const UploadRecord& upload) {
    if (!upload.algorithm && !chooses_encryption(request)) return {};
    const auto key = open_upload(services, request, upload.attributes.encryption);
    if (!key) return fail(key.error());
    return {};
}

bool chooses_encryption(const Request& request) {
    const auto is_choice = [](const auto& named) {
        return istarts_with(named.name, kMethodHeader);
    };
    return std::ranges::any_of(request.head.fields, is_choice) ||
           std::ranges::any_of(request.query, is_choice);
}

Result<void, Error> refuse_encryption_choice(const Request& request) {
    const auto refuse = [&](std::string_view header) -> Result<void, Error> {
        const auto value = request.header_or_parameter(header);
        if (!value) return {};
        return fail(invalid_argument(
            std::string(header) + " header is not supported for this operation.", header, *value));
    };
    for (const std::string_view header : kKmsHeaders) {
        if (auto ok = refuse(header); !ok) return ok;
    }
    return refuse(kMethodHeader);
}

void add_encryption_fields(http::HeadBuilder& head, const Request& request,
                           const std::optional<ObjectEncryption>& encryption) {
    if (!encryption) return;
    if (encryption->kind == EncryptionKind::S3) {
        head.add_raw("x-amz-server-side-encryption: AES256\r\n");
        return;
    }
    // The request has brought the key, or it would have been refused.
    const std::string md5_header = std::string(kCustomerKeyPrefix) + "key-MD5";
    head.add_raw("x-amz-server-side-encryption-customer-algorithm: AES256\r\n");
    if (const auto md5 = request.header_or_parameter(md5_header)) head.add(md5_header, *md5);
}

std::string etag_of(const std::optional<ObjectEncryption>& encryption,
                    const crypto::SecretKey* data_key, const std::string& md5) {
    if (!sealed_by_customer(encryption)) return md5;
    return crypto::hmac_sha256(data_key->view(), "etag" + md5).substr(0, md5.size());
}

}  // namespace tarn::s3
