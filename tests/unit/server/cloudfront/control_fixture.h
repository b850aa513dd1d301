// A control API over an in-memory store, with a clock that stands still.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/cdn/config_document.h"
#include "common/xml/node.h"
#include "server/cloudfront/control_api.h"
#include "server/storage/memory_metadata_store.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::cloudfront {

inline constexpr std::string_view kAccount = "000000000000";
inline constexpr std::string_view kOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";

inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    const std::size_t at = result.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? result : result.replace(at, from.size(), to);
}

// The least that CreateDistribution needs, as boto3 sends it.
inline std::string minimal_config(std::string_view reference = "r1") {
    return replaced(
        R"(<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
        R"(<CallerReference>REF</CallerReference><Comment>c</Comment><Enabled>true</Enabled>)"
        R"(<Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id>)"
        R"(<DomainName>b.s3.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity />)"
        R"(</S3OriginConfig></Origin></Items></Origins><DefaultCacheBehavior>)"
        R"(<TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>)"
        R"(<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>)"
        R"(</DefaultCacheBehavior></DistributionConfig>)",
        "REF", reference);
}

inline std::string invalidation_batch(std::string_view reference,
                                      const std::vector<std::string>& paths) {
    xml::Node batch{.name = "InvalidationBatch"};
    batch.add("CallerReference", reference);
    std::vector<xml::Node> items;
    items.reserve(paths.size());
    for (const std::string& path : paths)
        items.push_back(cdn::leaf("Path", path));
    batch.children.push_back(cdn::list_of("Paths", std::move(items)));
    return xml::write_tree(batch, cdn::kApiNamespace);
}

struct Answer {
    ApiResponse response;
    xml::Node root;  // empty where there is no body

    int status() const { return response.status; }
    std::string text(std::string_view path) const { return std::string(cdn::text_at(root, path)); }
    std::string code() const { return text("Error/Code"); }
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }
    std::string etag() const { return header("ETag"); }
};

class ControlTest : public testing::Test {
  protected:
    ControlTest() { restart(); }

    static ControlOptions default_options() {
        ControlOptions options;
        options.master_secret = "master";
        options.edge_token = "token";
        return options;
    }

    void restart(const ControlOptions& options = default_options()) {
        api_.reset();
        api_ = std::make_unique<ControlApi>(store_, pool_, clock_, random_, options);
    }

    static auth::Identity identity_of(std::string_view account_id) {
        auto account = std::make_shared<auth::Account>();
        account->id = account_id;
        return {.kind = auth::PrincipalKind::Account,
                .access_key_id = "test",
                .account = std::move(account)};
    }

    Answer call(std::string_view method, std::string_view path, std::string_view body = {},
                std::optional<std::string_view> if_match = {}) {
        const std::string target = "/2020-05-31" + std::string(path);
        Answer answer{
            api_->dispatch({.method = method, .target = target, .if_match = if_match, .body = body},
                           identity_, "request-1")};
        if (!answer.response.body.empty()) {
            auto tree = xml::parse_tree(answer.response.body, {.max_bytes = 1 << 24});
            EXPECT_TRUE(tree) << answer.response.body;
            if (tree) answer.root = *std::move(tree);
        }
        return answer;
    }

    Answer create_distribution(std::string_view reference = "r1") {
        Answer answer = call("POST", "/distribution", minimal_config(reference));
        EXPECT_EQ(answer.status(), 201) << answer.response.body;
        return answer;
    }
    // The configuration as it is stored, for an update.
    std::string config_of(const std::string& id) {
        return call("GET", "/distribution/" + id + "/config").response.body;
    }
    Answer disable(const std::string& id) {
        const Answer current = call("GET", "/distribution/" + id + "/config");
        return call("PUT", "/distribution/" + id + "/config",
                    replaced(current.response.body, "<Enabled>true</Enabled><ViewerCertificate>",
                             "<Enabled>false</Enabled><ViewerCertificate>"),
                    current.etag());
    }

    // The log as a follower reads it from a sequence on.
    std::vector<cdn::LogRecord> log_from(std::uint64_t from) {
        std::vector<cdn::LogRecord> records;
        const auto cursor =
            store_.scan(storage::Table::Log, storage::kSystemPartition, log_key(from + 1));
        for (; cursor->valid(); cursor->next()) {
            auto record = cdn::read_log_record(cursor->value());
            EXPECT_TRUE(record);
            if (record) records.push_back(*std::move(record));
        }
        return records;
    }

    storage::MemoryMetadataStore store_;
    net::BlockingPool pool_{1};
    ManualClock clock_;
    SeededRandom random_{1};
    auth::Identity identity_ = identity_of(kAccount);
    std::unique_ptr<ControlApi> api_;
};

}  // namespace tarn::cloudfront
