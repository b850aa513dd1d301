#include "server/s3/bucket_encryption.h"

namespace tarn::s3 {

BucketEncryption parse_bucket_encryption(std::string_view document) {
    // The document is the one that was written here, after it was validated.
    const auto contains = [&](std::string_view text) {
        return document.find(text) != std::string_view::npos;
    };
    return {.is_set = !document.empty(),
            .uses_kms = contains("<SSEAlgorithm>aws:kms"),
            .allows_customer_keys = contains("<EncryptionType>NONE</EncryptionType>") &&
                                    !contains("<EncryptionType>SSE-C</EncryptionType>")};
}

}  // namespace tarn::s3
