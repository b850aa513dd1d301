// Server-side encryption:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html

#include "common/base/encoding.h"
#include "common/crypto/digest.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kMethod = "x-amz-server-side-encryption";
constexpr std::string_view kCustomer = "x-amz-server-side-encryption-customer-";
constexpr std::string_view kSourceCustomer = "x-amz-copy-source-server-side-encryption-customer-";

Headers key_headers(char letter, std::string_view prefix = kCustomer) {
    const std::string key(32, letter);
    const std::string name(prefix);
    return {{name + "algorithm", "AES256"},
            {name + "key", to_base64(key)},
            {name + "key-md5", to_base64(crypto::md5(key))}};
}
Headers operator+(Headers left, const Headers& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

class EncryptionTest : public S3Test {
  protected:
    EncryptionTest() {
        peer_.tls = true;
        allow_customer_keys("NONE");
    }
    void allow_customer_keys(const std::string& blocked) {
        const Answer answer = send({.method = "PUT",
                                    .target = "/b?encryption",
                                    .body = "<ServerSideEncryptionConfiguration><Rule>"
                                            "<BlockedEncryptionTypes><EncryptionType>" +
                                            blocked +
                                            "</EncryptionType></BlockedEncryptionTypes></Rule>"
                                            "</ServerSideEncryptionConfiguration>"});
        CHECK(answer.status == 200);
    }
    Answer get(std::string_view key, Headers headers = {}) {
        return send({.target = "/b/" + std::string(key), .headers = std::move(headers)});
    }
    // Whether bytes are anywhere in the rows of the bucket's small bodies.
    bool is_stored_plain(std::string_view bytes) {
        const auto cursor =
            store_->scan(storage::Table::Bodies, buckets_.find("b")->partition(), "");
        for (; cursor->valid(); cursor->next()) {
            if (cursor->value().find(bytes) != std::string_view::npos) return true;
        }
        return false;
    }
    std::string create_upload(Headers headers = {}) {
        const Answer answer =
            send({.method = "POST", .target = "/b/m?uploads", .headers = std::move(headers)});
        return answer.element("UploadId");
    }
    Answer upload_part(const std::string& id, std::string body, Headers headers = {}) {
        return send({.method = "PUT",
                     .target = "/b/m?partNumber=1&uploadId=" + id,
                     .headers = std::move(headers),
                     .body = std::move(body)});
    }
    Answer complete(const std::string& id, const std::string& etag, Headers headers = {}) {
        return send({.method = "POST",
                     .target = "/b/m?uploadId=" + id,
                     .headers = std::move(headers),
                     .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                             etag + "</ETag></Part></CompleteMultipartUpload>"});
    }
};

TEST_F(EncryptionTest, WithoutAWordS3sOwnKeysSeal) {
    const Answer made = put("k", "attack at dawn");
    EXPECT_EQ(made.field(kMethod), "AES256");
    EXPECT_EQ(made.field("ETag"), '"' + to_hex(crypto::md5("attack at dawn")) + '"');
    EXPECT_FALSE(is_stored_plain("dawn"));
    const Answer got = get("k");
    EXPECT_TRUE(answered_now_);
    EXPECT_EQ(got.body, "attack at dawn");
    EXPECT_EQ(got.field(kMethod), "AES256");
    EXPECT_EQ(get("k", {{"range", "bytes=7-8"}}).body, "at");
    EXPECT_EQ(send({.method = "HEAD", .target = "/b/k"}).field(kMethod), "AES256");
    EXPECT_EQ(put("empty", "").status, 200);
    EXPECT_EQ(get("empty").body, "");
}

TEST_F(EncryptionTest, BucketsOfTheClassicKindStoreBytesAsTheyAre) {
    services_->compat.bucket_encryption_unset = true;
    send({.method = "DELETE", .target = "/b?encryption"});
    EXPECT_EQ(put("k", "attack at dawn").field(kMethod), "");
    EXPECT_TRUE(is_stored_plain("dawn"));
    EXPECT_EQ(get("k").body, "attack at dawn");
    EXPECT_EQ(put("k", "attack at noon", {{std::string(kMethod), "AES256"}}).field(kMethod),
              "AES256");
    EXPECT_FALSE(is_stored_plain("noon"));
}

TEST_F(EncryptionTest, LargeBodiesAreSealedBlockByBlock) {
    std::string body(300'000, 'x');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('a' + i / 1000 % 26);
    put("k", body);
    EXPECT_EQ(get("k").body, body);
    EXPECT_EQ(get("k", {{"range", "bytes=65519-65521"}}).body, body.substr(65519, 3));
    EXPECT_EQ(get("k", {{"range", "bytes=-1"}}).body, body.substr(299'999));
}

TEST_F(EncryptionTest, ACustomersKeyIsNeededToRead) {
    const Answer made = put("k", "attack at dawn", key_headers('a'));
    EXPECT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(made.field(kMethod), "");
    EXPECT_EQ(made.field(std::string(kCustomer) + "algorithm"), "AES256");
    EXPECT_EQ(made.field(std::string(kCustomer) + "key-MD5"), key_headers('a')[2].second);
    EXPECT_NE(made.field("ETag"), '"' + to_hex(crypto::md5("attack at dawn")) + '"');
    EXPECT_FALSE(is_stored_plain("dawn"));

    const Answer got = get("k", key_headers('a'));
    EXPECT_EQ(got.body, "attack at dawn");
    EXPECT_EQ(got.field("ETag"), made.field("ETag"));

    const Answer none = get("k");
    EXPECT_EQ(none.status, 400);
    EXPECT_EQ(none.code(), "InvalidRequest");
    EXPECT_EQ(none.element("Message"),
              "The object was stored using a form of Server Side Encryption. The correct "
              "parameters must be provided to retrieve the object.");
    const Answer wrong = get("k", key_headers('b'));
    EXPECT_EQ(wrong.status, 403);
    EXPECT_EQ(wrong.element("Message"),
              "Requests specifying Server Side Encryption with Customer provided keys must "
              "provide the correct secret key.");
    EXPECT_EQ(send({.method = "HEAD", .target = "/b/k"}).status, 400);
    EXPECT_EQ(send({.method = "HEAD", .target = "/b/k", .headers = key_headers('b')}).status, 403);
    EXPECT_EQ(send({.target = "/b/k?attributes", .headers = {{"x-amz-object-attributes", "ETag"}}})
                  .status,
              400);
}

TEST_F(EncryptionTest, AKeyForAnObjectWithoutOneIsRefused) {
    put("k", "x");
    const Answer answer = get("k", key_headers('a'));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidRequest");
    EXPECT_EQ(answer.element("Message"),
              "The encryption parameters are not applicable to this object.");
}

TEST_F(EncryptionTest, CustomersKeysAreBlockedUntilTheBucketAllowsThem) {
    allow_customer_keys("SSE-C");
    EXPECT_EQ(put("k", "x", key_headers('a')).code(), "AccessDenied");
    send({.method = "DELETE", .target = "/b?encryption"});
    EXPECT_EQ(put("k", "x", key_headers('a')).code(), "AccessDenied");
    services_->compat.customer_keys_unblocked = true;
    EXPECT_EQ(put("k", "x", key_headers('a')).status, 200);
}

TEST_F(EncryptionTest, CustomersKeysDoNotGoOverPlainHttp) {
    peer_.tls = false;
    const Answer answer = put("k", "x", key_headers('a'));
    EXPECT_EQ(answer.code(), "InvalidRequest");
    EXPECT_EQ(answer.element("Message"),
              "Requests specifying Server Side Encryption with Customer provided keys must be made "
              "over a secure connection.");
    services_->compat.customer_keys_over_http = true;
    EXPECT_EQ(put("k", "x", key_headers('a')).status, 200);
}

struct MalformedKey {
    std::string_view what;
    Headers headers;
    std::string_view code;
    std::string_view message;
};

TEST_F(EncryptionTest, MalformedKeysAreRefused) {
    const Headers good = key_headers('a');
    const std::string rule =
        "Requests specifying Server Side Encryption with Customer provided keys must ";
    const std::string appropriate = rule + "provide an appropriate secret key.";
    const std::string algorithm = rule + "provide a valid encryption algorithm.";
    const std::string md5 = rule + "provide the client calculated MD5 of the secret key.";
    const std::string name(kCustomer);
    const MalformedKey rows[] = {
        {"no key", {good[0], good[2]}, "InvalidArgument", appropriate},
        {"no algorithm", {good[1], good[2]}, "InvalidArgument", algorithm},
        {"no MD5", {good[0], good[1]}, "InvalidArgument", md5},
        {"another algorithm",
         {{name + "algorithm", "AES128"}, good[1], good[2]},
         "InvalidEncryptionAlgorithmError",
         "The Encryption request you specified is not valid. Supported value: AES256."},
        {"a short key",
         {good[0], {name + "key", to_base64("short")}, good[2]},
         "InvalidArgument",
         "The secret key was invalid for the specified algorithm."},
        {"no base64",
         {good[0], {name + "key", "***"}, good[2]},
         "InvalidArgument",
         "The secret key was invalid for the specified algorithm."},
        {"another MD5",
         {good[0], good[1], {name + "key-md5", to_base64(crypto::md5("x"))}},
         "InvalidArgument",
         "The calculated MD5 hash of the key did not match the hash that was provided."},
        {"both forms", good + Headers{{std::string(kMethod), "AES256"}}, "InvalidArgument",
         "Server Side Encryption with Customer provided key is incompatible with the encryption "
         "method specified"},
        {"an unknown method",
         {{std::string(kMethod), "rot13"}},
         "InvalidArgument",
         "The encryption method specified is not supported"},
        {"KMS, which is not there yet",
         {{std::string(kMethod), "aws:kms"}},
         "NotImplemented",
         "A header you provided implies functionality that is not implemented"},
    };
    for (const MalformedKey& row : rows) {
        const Answer answer = put("k", "x", row.headers);
        EXPECT_EQ(answer.code(), row.code) << row.what;
        EXPECT_EQ(answer.element("Message"), row.message) << row.what;
    }
    EXPECT_FALSE(exists("k"));
}

TEST_F(EncryptionTest, ReadingChoosesNoMethod) {
    put("k", "x");
    const Answer answer = get("k", {{std::string(kMethod), "AES256"}});
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("Message"),
              "x-amz-server-side-encryption header is not supported for this operation.");
}

TEST_F(EncryptionTest, CopiesGoFromAnyKindToAnyKind) {
    const std::string body(200'000, 'c');
    ASSERT_EQ(put("own", body).status, 200);
    ASSERT_EQ(put("customer", body, key_headers('a')).status, 200);
    const Headers from_own = {{"x-amz-copy-source", "b/own"}};
    const Headers from_customer =
        Headers{{"x-amz-copy-source", "b/customer"}} + key_headers('a', kSourceCustomer);
    EXPECT_EQ(put("1", "", from_own + key_headers('b')).status, 200);
    EXPECT_EQ(get("1", key_headers('b')).body, body);
    EXPECT_EQ(put("2", "", from_customer).field(kMethod), "AES256");
    EXPECT_EQ(get("2").body, body);
    EXPECT_EQ(put("3", "", from_customer + key_headers('c')).status, 200);
    EXPECT_EQ(get("3", key_headers('c')).body, body);
    EXPECT_EQ(put("4", "", {{"x-amz-copy-source", "b/customer"}}).code(), "InvalidRequest");
    EXPECT_EQ(put("5", "", from_own + key_headers('a', kSourceCustomer)).code(), "InvalidRequest");
    // Changing the key is a change, so an object can be copied onto itself.
    EXPECT_EQ(put("own", "", from_own + key_headers('d')).status, 200);
    EXPECT_EQ(get("own", key_headers('d')).body, body);
}

TEST_F(EncryptionTest, PartsAreSealedUnderTheUploadsKey) {
    const std::string id = create_upload();
    const Answer part = upload_part(id, "attack at dawn");
    EXPECT_EQ(part.field(kMethod), "AES256");
    EXPECT_EQ(complete(id, part.field("ETag")).field(kMethod), "AES256");
    EXPECT_FALSE(is_stored_plain("dawn"));
    EXPECT_EQ(get("m").body, "attack at dawn");
    EXPECT_EQ(get("m", {{"range", "bytes=7-8"}}).body, "at");
}

TEST_F(EncryptionTest, PartsBringTheCustomersKeyOfTheirUpload) {
    const std::string id = create_upload(key_headers('a'));
    const Answer without = upload_part(id, "x");
    EXPECT_EQ(without.code(), "InvalidRequest");
    EXPECT_EQ(without.element("Message"),
              "The multipart upload initiate requested encryption. Subsequent part requests must "
              "include the appropriate encryption parameters.");
    const Answer other = upload_part(id, "x", key_headers('b'));
    EXPECT_EQ(other.code(), "InvalidRequest");
    EXPECT_EQ(other.element("Message"),
              "The provided encryption parameters did not match the ones used originally.");
    const Answer part = upload_part(id, "attack", key_headers('a'));
    ASSERT_EQ(part.status, 200) << part.body;
    EXPECT_EQ(complete(id, part.field("ETag"), key_headers('b')).code(), "InvalidRequest");
    const Answer completed = complete(id, part.field("ETag"));
    EXPECT_EQ(completed.status, 200) << completed.body;
    EXPECT_EQ(get("m", key_headers('a')).body, "attack");
    EXPECT_EQ(get("m").status, 400);
}

TEST_F(EncryptionTest, WhatListsPartsOrCompletesAgainTellsNothingWithoutTheKey) {
    const Headers chosen = {{"x-amz-checksum-algorithm", "SHA256"}};
    const std::string id = create_upload(key_headers('a') + chosen);
    const Answer part = upload_part(
        id, "1234",
        key_headers('a') + Headers{{"x-amz-checksum-sha256", to_base64(crypto::sha256("1234"))}});
    ASSERT_EQ(part.status, 200) << part.body;
    const auto list = [&](Headers headers) {
        return send({.target = "/b/m?uploadId=" + id, .headers = std::move(headers)});
    };
    EXPECT_EQ(list({}).code(), "InvalidRequest");
    EXPECT_EQ(list(key_headers('b')).code(), "InvalidRequest");
    EXPECT_NE(list(key_headers('a')).element("ChecksumSHA256"), "");

    const std::string plain = create_upload(key_headers('a'));
    const std::string etag = upload_part(plain, "1234", key_headers('a')).field("ETag");
    const Answer keyless = send({.target = "/b/m?uploadId=" + plain});
    EXPECT_EQ(keyless.status, 200);
    EXPECT_EQ(keyless.body.find("Checksum"), std::string::npos);
    EXPECT_EQ(complete(plain, etag, key_headers('a')).status, 200);
    EXPECT_EQ(complete(plain, etag, key_headers('b')).code(), "InvalidRequest");
    EXPECT_EQ(complete(plain, etag).body.find("Checksum"), std::string::npos);
    EXPECT_NE(complete(plain, etag, key_headers('a')).body.find("Checksum"), std::string::npos);
}

TEST_F(EncryptionTest, WhatIsBlockedAndAllowedIsBlocked) {
    allow_customer_keys("SSE-C</EncryptionType><EncryptionType>NONE");
    EXPECT_EQ(put("k", "x", key_headers('a')).code(), "AccessDenied");
}

TEST_F(EncryptionTest, AParameterIsRefusedWhateverTheBodysSize) {
    put("small", "x");
    put("large", std::string(200'000, 'x'));
    for (const std::string key : {"small", "large"}) {
        EXPECT_EQ(send({.target = "/b/" + key + "?x-amz-server-side-encryption=AES256"}).code(),
                  "InvalidArgument");
    }
}

TEST_F(EncryptionTest, ABodyThatWasTamperedWithIsNotAnswered) {
    put("k", "attack at dawn");
    put("other", "attack at noon");
    const storage::Partition partition = buckets_.find("b")->partition();
    std::vector<std::pair<std::string, std::string>> rows;
    const auto cursor = store_->scan(storage::Table::Bodies, partition, "");
    for (; cursor->valid(); cursor->next())
        rows.emplace_back(cursor->key(), cursor->value());
    ASSERT_EQ(rows.size(), 2u);
    // Each under the other's name.
    ASSERT_TRUE(storage::commit_and_wait(
        *store_,
        {.partition = partition,
         .mutations = {
             {.table = storage::Table::Bodies, .key = rows[0].first, .value = rows[1].second},
             {.table = storage::Table::Bodies, .key = rows[1].first, .value = rows[0].second}}}));
    EXPECT_EQ(get("k").status, 500);
    EXPECT_EQ(get("other").status, 500);
}

}  // namespace
}  // namespace tarn::s3
