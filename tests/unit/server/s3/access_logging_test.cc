// Server access logs from the request to the log object.

#include "common/base/encoding.h"
#include "common/crypto/digest.h"
#include "server/s3/access_log_delivery.h"
#include "server/s3/access_log_target.h"
#include "server/s3/bucket_reset.h"
#include "tests/unit/server/s3/access_log_fields.h"
#include "tests/unit/server/s3/s3_under_test.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <vector>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using std::chrono::seconds;

constexpr std::string_view kLogDeliveryId =
    "3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61";

// Of a line, by their place.
enum Field : std::size_t {
    kBucketOwner,
    kBucket,
    kTime,
    kZone,
    kRemoteIp,
    kRequester,
    kRequestId,
    kOperation,
    kKey,
    kRequestUri,
    kStatus,
    kErrorCode,
    kBytesSent,
    kObjectSize,
    kTotalTime,
    kTurnAroundTime,
    kReferer,
    kUserAgent,
    kVersionId,
    kHostId,
    kSignatureVersion,
    kCipherSuite,
    kAuthenticationType,
    kHostHeader,
    kTlsVersion,
    kAccessPoint,
    kAclRequired,
    kSourceRegion,
    kFieldCount
};
using Line = std::vector<std::string>;

// Bucket "b" logs to "logs", whose policy lets the service write.
class AccessLoggingTest : public S3Test {
  protected:
    AccessLoggingTest() {
        api_.emplace(*services_, credentials_, clock_, S3Options{.access_log = &queue_}, 1);
        make_bucket("logs");
        allow_delivery("logs");
    }

    void make_bucket(std::string_view name) {
        const Answer made = send({.method = "PUT", .target = "/" + std::string(name)});
        EXPECT_EQ(made.status, 200) << made.body;
    }
    void allow_delivery(std::string_view target, std::string_view condition = "") {
        const Answer put =
            send({.method = "PUT",
                  .target = fmt::format("/{}?policy", target),
                  .body = fmt::format(
                      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":)"
                      R"({{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject",)"
                      R"("Resource":"arn:aws:s3:::{}/*"{}}}]}})",
                      target, condition)});
        EXPECT_EQ(put.status, 204) << put.body;
    }
    Answer enable(std::string_view more = "", std::string_view target = "logs",
                  std::string_view source = "b") {
        return send({.method = "PUT",
                     .target = fmt::format("/{}?logging", source),
                     .body = fmt::format("<BucketLoggingStatus><LoggingEnabled><TargetBucket>{}"
                                         "</TargetBucket><TargetPrefix>p/</TargetPrefix>{}"
                                         "</LoggingEnabled></BucketLoggingStatus>",
                                         target, more)});
    }
    // With ACLs, and with this canned one.
    void make_acl_bucket(std::string_view name, std::string_view canned) {
        const Answer made = send({.method = "PUT",
                                  .target = "/" + std::string(name),
                                  .headers = {{"x-amz-object-ownership", "ObjectWriter"},
                                              {"x-amz-acl", std::string(canned)}}});
        EXPECT_EQ(made.status, 200) << made.body;
    }
    void deliver(AccessLogDelivery::Which which = AccessLogDelivery::Which::All) {
        run([](AccessLogDelivery& delivery, AccessLogDelivery::Which what) -> net::Task<int> {
            co_await delivery.deliver(what);
            co_return 0;
        }(delivery_, which));
    }
    std::vector<std::string> log_keys(std::string_view bucket = "logs") {
        const BucketPtr found = buckets_.find(bucket);
        std::vector<std::string> keys;
        const auto cursor = store_->scan(storage::Table::Objects, found->partition(), "");
        for (; cursor->valid(); cursor->next())
            keys.emplace_back(cursor->key());
        return keys;
    }
    std::string get(std::string_view bucket, std::string_view key) {
        const Answer answer = send({.target = fmt::format("/{}/{}", bucket, key)});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.body;
    }
    // Delivers, and gives back the lines of all log objects but those that a call before read.
    std::vector<Line> read_log(std::string_view bucket = "logs") {
        deliver();
        std::vector<Line> lines;
        for (const std::string& key : log_keys(bucket)) {
            if (std::ranges::find(read_, key) != read_.end()) continue;
            read_.push_back(key);
            const std::string text = get(bucket, key);
            for (const auto line : std::views::split(text, '\n')) {
                const std::string_view view(line.begin(), line.end());
                if (!view.empty()) lines.push_back(fields_of(view));
            }
        }
        return lines;
    }
    // What happens between calls of it is logged; the one line of that operation.
    Line only(std::string_view operation) {
        const auto lines = read_log();
        Line found(kFieldCount);
        std::size_t count = 0;
        for (const Line& line : lines) {
            EXPECT_EQ(line.size(), kFieldCount);
            if (line.size() != kFieldCount || line[kOperation] != operation) continue;
            found = line;
            ++count;
        }
        EXPECT_EQ(count, 1u) << operation << " among " << lines.size();
        return found;
    }

    AccessLogQueue queue_{1};
    AccessLogDelivery delivery_{*services_, queue_, loop_, seconds(60)};
    std::vector<std::string> read_;
};

TEST_F(AccessLoggingTest, ARequestIsALine) {
    ASSERT_EQ(enable().status, 200);
    const Answer answer =
        put("k", "12345", {{"User-Agent", "agent \"x\""}, {"Referer", "http://r/"}});
    ASSERT_EQ(answer.status, 200);
    const Line line = only("REST.PUT.OBJECT");
    EXPECT_EQ(line[kBucketOwner], auth::canonical_id_of(kOwner));
    EXPECT_EQ(line[kBucket], "b");
    EXPECT_EQ(line[kTime], "[14/Nov/2023:22:13:20");
    EXPECT_EQ(line[kRemoteIp], "127.0.0.1");
    EXPECT_EQ(line[kRequester], auth::canonical_id_of(kOwner));
    EXPECT_EQ(line[kRequestId], answer.field("x-amz-request-id"));
    EXPECT_EQ(line[kStatus], "200");
    EXPECT_EQ(line[kErrorCode], "-");
    EXPECT_EQ(line[kBytesSent], "-");
    EXPECT_EQ(line[kObjectSize], "5");
    EXPECT_EQ(line[kTotalTime], "0");
    EXPECT_EQ(line[kTurnAroundTime], "0");
    EXPECT_EQ(line[kReferer], "\"http://r/\"");
    EXPECT_EQ(line[kUserAgent], "\"agent %22x%22\"");
    EXPECT_EQ(line[kVersionId], "-");
    EXPECT_EQ(line[kHostId], answer.field("x-amz-id-2"));
    EXPECT_EQ(line[kSignatureVersion], "SigV4");
    EXPECT_EQ(line[kAuthenticationType], "AuthHeader");
    EXPECT_EQ(line[kHostHeader], kHost);
    EXPECT_EQ(line[kCipherSuite], "-");
    EXPECT_EQ(line[kTlsVersion], "-");
    EXPECT_EQ(line[kAclRequired], "-");
    EXPECT_EQ(line[kSourceRegion], "-");
}

TEST_F(AccessLoggingTest, TheTurnAroundIsTheWorkBetweenRequestAndAnswer) {
    ASSERT_EQ(enable().status, 200);
    const Sent put{.method = "PUT", .target = "/b/large", .body = std::string(100'000, 'x')};
    test::FakeExchange upload(head_of(put), put.body, peer_);
    std::chrono::milliseconds read_time{0};
    upload.on_read = [&] {
        clock_.advance(std::chrono::milliseconds(1));
        read_time += std::chrono::milliseconds(1);
    };
    store_->before_next_commit(
        [&](storage::MetadataStore&) { clock_.advance(std::chrono::milliseconds(30)); });
    run(api_->handle(upload));
    ASSERT_EQ(upload.status(), 200);
    const Line put_line = only("REST.PUT.OBJECT");
    EXPECT_EQ(put_line[kTotalTime], std::to_string(30 + read_time.count()));
    EXPECT_EQ(put_line[kTurnAroundTime], "30");

    test::FakeExchange download(head_of({.target = "/b/large"}), {}, peer_);
    download.on_write = [&] {
        clock_.advance(std::chrono::milliseconds(70));
        return true;
    };
    run(api_->handle(download));
    ASSERT_EQ(download.written.size(), 100'000u);
    const Line get_line = only("REST.GET.OBJECT");
    EXPECT_EQ(get_line[kTotalTime], "70");
    EXPECT_EQ(get_line[kTurnAroundTime], "0");
    EXPECT_EQ(get_line[kBytesSent], "100000");
}

TEST_F(AccessLoggingTest, KeysAreEncodedTwice) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(put("a%20b%25", "1").status, 200);
    const Line line = only("REST.PUT.OBJECT");
    EXPECT_EQ(line[kKey], "a%2520b%2525");
    EXPECT_EQ(line[kRequestUri], "\"PUT /b/a%20b%25 HTTP/1.1\"");
}

// URLs that SigV2 presigned carry all x-amz headers.
TEST_F(AccessLoggingTest, CustomersKeysAreNotWrittenDown) {
    ASSERT_EQ(enable().status, 200);
    send({.target = "/b/k?a=1&x-amz-server-side-encryption-customer-key=c2VjcmV0&b=2&"
                    "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key=c2VjcmV0"});
    EXPECT_EQ(only("REST.GET.OBJECT")[kRequestUri],
              "\"GET /b/k?a=1&x-amz-server-side-encryption-customer-key=&b=2&"
              "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key= HTTP/1.1\"");
}

TEST_F(AccessLoggingTest, AReadAnsweredAtOnceIsALine) {
    ASSERT_EQ(put("k", "12345").status, 200);
    ASSERT_EQ(enable().status, 200);
    const Answer answer = send({.target = "/b/k", .headers = {{"Range", "bytes=1-2"}}});
    ASSERT_EQ(answer.status, 206);
    ASSERT_TRUE(answered_now_);
    const Line line = only("REST.GET.OBJECT");
    EXPECT_EQ(line[kStatus], "206");
    EXPECT_EQ(line[kBytesSent], "2");
    EXPECT_EQ(line[kObjectSize], "5");
}

TEST_F(AccessLoggingTest, WhoeverHasNoAccountIsNoRequester) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(send({.target = "/b/none?versionId=a%20b", .account = ""}).status, 403);
    const Line line = only("REST.GET.OBJECT");
    EXPECT_EQ(line[kRequester], "-");
    EXPECT_EQ(line[kErrorCode], "AccessDenied");
    EXPECT_EQ(line[kSignatureVersion], "-");
    EXPECT_EQ(line[kAuthenticationType], "-");
    EXPECT_EQ(line[kVersionId], "a%20b");
    EXPECT_NE(line[kBytesSent], "-");
}

TEST_F(AccessLoggingTest, ARefusedSignatureIsALine) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(send({.target = "/b/k", .account = "222222222222"}).code(), "InvalidAccessKeyId");
    EXPECT_EQ(only("REST.GET.OBJECT")[kErrorCode], "InvalidAccessKeyId");
}

TEST_F(AccessLoggingTest, OfTheReadOfACopyTheSourceHasALine) {
    make_bucket("target");
    ASSERT_EQ(put("from", "12345").status, 200);
    ASSERT_EQ(enable().status, 200);
    const auto copy = [&](std::string source) {
        return send({.method = "PUT",
                     .target = "/target/to",
                     .headers = {{"x-amz-copy-source", std::move(source)}}});
    };
    ASSERT_EQ(copy("/b/from").status, 200);
    const Line read = only("REST.COPY.OBJECT_GET");
    EXPECT_EQ(read[kBucket], "b");
    EXPECT_EQ(read[kKey], "from");
    EXPECT_EQ(read[kRequestUri], "-");
    EXPECT_EQ(read[kStatus], "200");
    EXPECT_EQ(read[kObjectSize], "5");
    EXPECT_EQ(read[kUserAgent], "-");
    ASSERT_EQ(copy("/b/none").status, 404);
    const Line failed = only("REST.COPY.OBJECT_GET");
    EXPECT_EQ(failed[kStatus], "404");
    EXPECT_EQ(failed[kErrorCode], "NoSuchKey");
}

TEST_F(AccessLoggingTest, ACopyWithinABucketIsTwoLines) {
    ASSERT_EQ(put("from", "12345").status, 200);
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(put("to", "", {{"x-amz-copy-source", "/b/from"}}).status, 200);
    const auto lines = read_log();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0][kOperation], "REST.COPY.OBJECT");
    EXPECT_EQ(lines[0][kKey], "to");
    EXPECT_EQ(lines[0][kObjectSize], "5");
    EXPECT_EQ(lines[1][kOperation], "REST.COPY.OBJECT_GET");
    EXPECT_EQ(lines[1][kKey], "from");
    EXPECT_EQ(lines[0][kRequestId], lines[1][kRequestId]);
}

TEST_F(AccessLoggingTest, EachKeyOfDeleteObjectsHasALine) {
    ASSERT_EQ(put("a%20b", "123").status, 200);
    ASSERT_EQ(enable().status, 200);
    const std::string body =
        "<Delete><Object><Key>a b</Key></Object><Object><Key>none</Key></Object>"
        "<Object><Key>x</Key><VersionId>bad</VersionId></Object></Delete>";
    ASSERT_EQ(send({.method = "POST",
                    .target = "/b?delete",
                    .headers = {{"Content-MD5", to_base64(crypto::md5(body))}},
                    .body = body})
                  .status,
              200);
    std::vector<Line> deleted;
    for (const Line& line : read_log()) {
        if (line[kOperation] == "BATCH.DELETE.OBJECT") deleted.push_back(line);
    }
    ASSERT_EQ(deleted.size(), 3u);
    EXPECT_EQ(deleted[0][kKey], "a%20b");
    EXPECT_EQ(deleted[0][kStatus], "204");
    EXPECT_EQ(deleted[0][kObjectSize], "3");
    EXPECT_EQ(deleted[0][kRequestUri], "-");
    EXPECT_EQ(deleted[1][kStatus], "204");
    EXPECT_EQ(deleted[1][kObjectSize], "-");
    EXPECT_EQ(deleted[2][kStatus], "404");
    EXPECT_EQ(deleted[2][kErrorCode], "NoSuchVersion");
    EXPECT_EQ(deleted[2][kVersionId], "bad");
}

TEST_F(AccessLoggingTest, ABrowserFormIsALineOfTheBucketWithTheFilesKey) {
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:PutObject",)"
               R"("Resource":"arn:aws:s3:::b/*"})");
    ASSERT_EQ(enable().status, 200);
    const Answer posted =
        send({.method = "POST",
              .headers = {{"Content-Type", "multipart/form-data; boundary=x"}},
              .body = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/k\r\n"
                      "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n"
                      "\r\n12345\r\n--x--\r\n",
              .account = ""});
    ASSERT_EQ(posted.status, 204) << posted.body;
    const Line line = only("REST.POST.BUCKET");
    EXPECT_EQ(line[kKey], "a/k");
    EXPECT_EQ(line[kObjectSize], "5");
    EXPECT_EQ(line[kStatus], "204");
}

TEST_F(AccessLoggingTest, TheLastWordOfABucketIsItsDeletion) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(send({.method = "DELETE", .target = "/b"}).status, 204);
    EXPECT_EQ(only("REST.DELETE.BUCKET")[kStatus], "204");
}

TEST_F(AccessLoggingTest, PartsAndWholesHaveTheirSizes) {
    ASSERT_EQ(enable().status, 200);
    const Answer created = send({.method = "POST", .target = "/b/k?uploads"});
    const std::string upload = "/b/k?uploadId=" + created.element("UploadId");
    const Answer part =
        send({.method = "PUT", .target = upload + "&partNumber=1", .body = "12345"});
    ASSERT_EQ(part.status, 200);
    ASSERT_EQ(send({.method = "POST",
                    .target = upload,
                    .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                            part.field("ETag") + "</ETag></Part></CompleteMultipartUpload>"})
                  .status,
              200);
    std::vector<std::string> sizes;
    for (const Line& line : read_log())
        sizes.push_back(line[kOperation] + " " + line[kObjectSize]);
    EXPECT_EQ(sizes, (std::vector<std::string>{"REST.POST.UPLOADS -", "REST.PUT.PART 5",
                                               "REST.POST.UPLOAD 5"}));
}

TEST_F(AccessLoggingTest, WhatOnlyAnAclAllowsSaysSo) {
    make_acl_bucket("open", "public-read");
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/open/k",
                    .headers = {{"x-amz-acl", "public-read"}},
                    .body = "1"})
                  .status,
              200);
    ASSERT_EQ(enable("", "logs", "open").status, 200);
    ASSERT_EQ(send({.target = "/open/k", .account = ""}).status, 200);
    EXPECT_EQ(only("REST.GET.OBJECT")[kAclRequired], "Yes");
    ASSERT_EQ(send({.target = "/open/k"}).status, 200);
    EXPECT_EQ(only("REST.GET.OBJECT")[kAclRequired], "-");
}

TEST_F(AccessLoggingTest, WithoutLoggingNothingWaits) {
    ASSERT_EQ(put("k", "1").status, 200);
    ASSERT_EQ(send({.target = "/b/k"}).status, 200);
    EXPECT_TRUE(queue_.take().empty());
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(
        send({.method = "PUT", .target = "/b?logging", .body = "<BucketLoggingStatus/>"}).status,
        200);
    ASSERT_EQ(send({.target = "/b/k"}).status, 200);
    EXPECT_EQ(queue_.take().size(), 1u);  // the request that ended it, which was still logged
}

TEST_F(AccessLoggingTest, ALogObjectIsDueAfterTheInterval) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(put("k", "1").status, 200);
    deliver(AccessLogDelivery::Which::Due);
    clock_.advance(seconds(59));
    ASSERT_EQ(put("k", "1").status, 200);
    deliver(AccessLogDelivery::Which::Due);
    EXPECT_TRUE(log_keys().empty());
    clock_.advance(seconds(1));
    deliver(AccessLogDelivery::Which::Due);
    ASSERT_EQ(log_keys().size(), 1u);
    EXPECT_TRUE(log_keys()[0].starts_with("p/2023-11-14-22-14-20-")) << log_keys()[0];
    EXPECT_EQ(log_keys()[0].size(), std::string_view("p/2023-11-14-22-14-20-").size() + 16);
    const Answer head = send({.method = "HEAD", .target = "/logs/" + log_keys()[0]});
    EXPECT_EQ(head.field("Content-Type"), "text/plain");
    EXPECT_EQ(read_log().size(), 2u);
}

TEST_F(AccessLoggingTest, PartitionsNameTheSource) {
    ASSERT_EQ(enable("<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime"
                     "</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>")
                  .status,
              200);
    ASSERT_EQ(put("k", "1").status, 200);
    clock_.advance(std::chrono::hours(48));
    deliver();
    ASSERT_EQ(log_keys().size(), 1u);
    EXPECT_TRUE(
        log_keys()[0].starts_with("p/000000000000/us-east-1/b/2023/11/14/2023-11-14-00-00-00-"))
        << log_keys()[0];
}

TEST_F(AccessLoggingTest, ABucketCanBeItsOwnTargetWithoutLogsAboutLogs) {
    allow_delivery("b");
    ASSERT_EQ(enable("", "b").status, 200);
    ASSERT_EQ(send({.target = "/b"}).status, 200);
    deliver();
    deliver();
    EXPECT_EQ(log_keys("b").size(), 1u);
}

TEST_F(AccessLoggingTest, ALogTooLargeForARowIsDeliveredWhole) {
    ASSERT_EQ(enable().status, 200);
    const std::string agent(8000, 'a');
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(send({.target = "/b/none", .headers = {{"User-Agent", agent}}}).status, 404);
    EXPECT_EQ(read_log().size(), 20u);
}

TEST_F(AccessLoggingTest, AVersionedTargetKeepsLogsAsVersions) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/logs?versioning",
                    .body = "<VersioningConfiguration><Status>Enabled</Status>"
                            "</VersioningConfiguration>"})
                  .status,
              200);
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(send({.target = "/b"}).status, 200);
    deliver();
    ASSERT_EQ(log_keys().size(), 1u);
    const Answer head = send({.method = "HEAD", .target = "/logs/" + log_keys()[0]});
    EXPECT_FALSE(head.field("x-amz-version-id").empty());
}

// ---- permission ----

TEST_F(AccessLoggingTest, WithoutPermissionNothingIsDelivered) {
    ASSERT_EQ(send({.method = "DELETE", .target = "/logs?policy"}).status, 204);
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(send({.target = "/b"}).status, 200);
    deliver();
    EXPECT_TRUE(log_keys().empty());
}

TEST_F(AccessLoggingTest, ThePolicyIsAskedForTheSource) {
    const auto delivered_if = [&](std::string_view condition) {
        allow_delivery("logs", fmt::format(R"(,"Condition":{})", condition));
        EXPECT_EQ(enable().status, 200);
        EXPECT_EQ(send({.target = "/b"}).status, 200);
        const std::size_t before = log_keys().size();
        deliver();
        return log_keys().size() > before;
    };
    EXPECT_TRUE(delivered_if(R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"},)"
                             R"("StringEquals":{"aws:SourceAccount":"000000000000"}})"));
    EXPECT_FALSE(delivered_if(R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::other"}})"));
    EXPECT_FALSE(delivered_if(R"({"StringEquals":{"aws:SourceAccount":"111111111111"}})"));
    EXPECT_FALSE(delivered_if(R"({"Bool":{"aws:SecureTransport":"false"}})"));
}

TEST_F(AccessLoggingTest, ABucketWithAclsMustLetTheGroupWriteAndReadItsAcl) {
    make_acl_bucket("closed", "private");
    const Answer refused = enable("", "closed");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.code(), "InvalidTargetBucketForLogging");
    EXPECT_EQ(refused.element("Message"),
              "You must give the log-delivery group WRITE and READ_ACP permissions to the target "
              "bucket");
    EXPECT_EQ(refused.element("TargetBucket"), "closed");
    EXPECT_EQ(send({.target = "/b?logging"}).element("TargetBucket"), "");
    // WRITE alone is not enough.
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/closed?acl",
                    .headers = {{"x-amz-grant-write",
                                 "uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\""}}})
                  .status,
              200);
    EXPECT_EQ(enable("", "closed").code(), "InvalidTargetBucketForLogging");
    // A policy does as well.
    allow_delivery("closed");
    EXPECT_EQ(enable("", "closed").status, 200);
    make_acl_bucket("granted", "log-delivery-write");
    EXPECT_EQ(enable("", "granted").status, 200);
}

TEST_F(AccessLoggingTest, NobodyElseIsTheLogDeliveryGroup) {
    make_acl_bucket("granted", "log-delivery-write");
    const Answer put =
        send({.method = "PUT", .target = "/granted/k", .body = "1", .account = kOther});
    EXPECT_EQ(put.code(), "AccessDenied");
}

TEST_F(AccessLoggingTest, WithAclsLogsBelongToTheServiceAndAreGranted) {
    make_acl_bucket("granted", "log-delivery-write");
    const std::string other = auth::canonical_id_of(kOther);
    ASSERT_EQ(enable("<TargetGrants><Grant><Grantee "
                     "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                     "xsi:type=\"CanonicalUser\"><ID>" +
                         other +
                         "</ID></Grantee><Permission>READ</Permission></Grant>"
                         "</TargetGrants>",
                     "granted")
                  .status,
              200);
    ASSERT_EQ(send({.target = "/b"}).status, 200);
    deliver();
    ASSERT_EQ(log_keys("granted").size(), 1u);
    const std::string target = "/granted/" + log_keys("granted")[0];
    const Answer acl = send({.target = target + "?acl"});
    ASSERT_EQ(acl.status, 200) << acl.body;
    EXPECT_EQ(acl.element("ID"), kLogDeliveryId);
    EXPECT_NE(acl.body.find(auth::canonical_id_of(kOwner)), std::string::npos);
    EXPECT_EQ(send({.target = target}).status, 200);
    EXPECT_EQ(send({.target = target, .account = kOther}).status, 200);
    EXPECT_EQ(send({.target = target, .account = ""}).status, 403);
}

TEST_F(AccessLoggingTest, GrantsNeedABucketWithAclsAndGranteesThatAreKnown) {
    const auto with_grantee = [](std::string_view id) {
        return fmt::format(
            "<TargetGrants><Grant><Grantee "
            "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
            "xsi:type=\"CanonicalUser\"><ID>{}</ID></Grantee><Permission>READ</Permission>"
            "</Grant></TargetGrants>",
            id);
    };
    const Answer enforced = enable(with_grantee(auth::canonical_id_of(kOther)));
    EXPECT_EQ(enforced.status, 400);
    EXPECT_EQ(enforced.code(), "AccessControlListNotSupported");
    EXPECT_EQ(enforced.element("Message"),
              "Target grants not allowed for bucket owner enforced buckets");
    make_acl_bucket("granted", "log-delivery-write");
    EXPECT_EQ(enable(with_grantee("nobody"), "granted").code(), "InvalidArgument");
}

TEST_F(AccessLoggingTest, RecordsOfBeforeAResetReachNoBucketOfAfterIt) {
    ASSERT_EQ(enable().status, 200);
    ASSERT_EQ(put("k", "body").status, 200);
    ASSERT_TRUE(reset_buckets(*services_).has_value());
    make_bucket("logs");
    allow_delivery("logs");
    deliver();
    EXPECT_TRUE(log_keys().empty());
    // What comes from now on is delivered.
    make_bucket("source");
    ASSERT_EQ(enable("", "logs", "source").status, 200);
    ASSERT_EQ(send({.method = "PUT", .target = "/source/k", .body = "body"}).status, 200);
    deliver();
    EXPECT_EQ(log_keys().size(), 1u);
}

TEST_F(AccessLoggingTest, ATargetThatCannotTakeLogsSaysWhy) {
    const BucketPtr source = buckets_.find("b");
    const Bucket good = *buckets_.find("logs");
    const auto why = [&](auto change) {
        Bucket target = good;
        change(target);
        return why_undeliverable(*source, &target, "k", clock_.now());
    };
    EXPECT_EQ(why([](Bucket&) {}), "");
    EXPECT_EQ(why_undeliverable(*source, nullptr, "k", clock_.now()),
              "the target bucket does not exist");
    EXPECT_EQ(why([](Bucket& target) { target.record.owner_account_id = kOther; }),
              "the target bucket belongs to another account");
    EXPECT_EQ(why([](Bucket& target) { target.record.region = "eu-west-3"; }),
              "the target bucket is elsewhere");
    EXPECT_EQ(why([](Bucket& target) {
                  target.object_lock =
                      ObjectLockRules{.default_retention = ObjectLockRules::DefaultRetention{}};
              }),
              "the target bucket has a default retention");
    EXPECT_EQ(why([](Bucket& target) { target.requester_pays = true; }),
              "the target bucket has its requesters pay");
    EXPECT_EQ(why_undeliverable(*source, &good, std::string(1025, 'k'), clock_.now()),
              "the target prefix makes the key too long");
}

}  // namespace
}  // namespace tarn::s3
