// Multipart uploads of the key "k" in short words.

#pragma once

#include "common/base/encoding.h"
#include "common/crypto/checksum.h"
#include "server/s3/uploads.h"
#include "tests/unit/server/s3/s3_under_test.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tarn::s3 {

class UploadsTest : public S3Test {
  protected:
    std::string create(Headers headers = {}, std::string_view account = kOwner) {
        return send({.method = "POST",
                     .target = "/b/k?uploads",
                     .headers = std::move(headers),
                     .account = account})
            .element("UploadId");
    }
    static std::string target(const std::string& id) { return "/b/k?uploadId=" + id; }
    Answer send_part(const std::string& id, int number, std::string body, Headers headers = {}) {
        return send({.method = "PUT",
                     .target = fmt::format("/b/k?partNumber={}&uploadId={}", number, id),
                     .headers = std::move(headers),
                     .body = std::move(body)});
    }
    // Gives back its ETag.
    std::string upload_part(const std::string& id, int number, std::string body,
                            Headers headers = {}) {
        const Answer answer = send_part(id, number, std::move(body), std::move(headers));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.field("ETag").substr(1, 32);
    }
    // A part as if its body were so large; only its row is there.
    std::string commit_large_part(const std::string& id, std::uint32_t number,
                                  std::uint64_t size = kMinPartBytes) {
        const std::string etag = fmt::format("{:032x}", number);
        const PartRecord record{
            .body = {.kind = BodyRef::Kind::Inline, .id = new_body_id(random_), .size = size},
            .etag = etag,
            .checksum = StoredChecksum{.value = "AAAAAAAAAAA="}};
        storage::Batch batch{.partition = buckets_.find("b")->partition()};
        batch.mutations.push_back({.table = storage::Table::Uploads,
                                   .key = part_key(id, number),
                                   .value = encode(record)});
        EXPECT_TRUE(storage::commit_and_wait(*store_, std::move(batch)).has_value());
        return etag;
    }

    static std::string part_xml(std::uint32_t number, std::string_view etag,
                                std::string_view extra = {}) {
        return fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>{}</Part>", number,
                           etag, extra);
    }
    Answer complete(const std::string& id, std::string_view parts, Headers headers = {}) {
        return send(
            {.method = "POST",
             .target = target(id),
             .headers = std::move(headers),
             .body = fmt::format("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts)});
    }
    Answer abort(const std::string& id) { return send({.method = "DELETE", .target = target(id)}); }
};

inline std::string base64_of(crypto::ChecksumAlgorithm algorithm, std::string_view bytes) {
    crypto::Checksum checksum(algorithm);
    checksum.update(bytes);
    return to_base64(checksum.finish());
}

}  // namespace tarn::s3
