#include "common/base/text.h"
#include "server/cloudfront/signing_keys.h"
#include "tests/unit/server/cloudfront/control_fixture.h"

#include <set>

namespace tarn::cloudfront {
namespace {

using DistributionTest = ControlTest;

TEST_F(DistributionTest, CreateAnswersTheWholeDistribution) {
    const Answer created = create_distribution();
    const std::string id = created.text("Id");
    ASSERT_EQ(id.size(), 14u);
    EXPECT_EQ(created.root.name, "Distribution");
    EXPECT_NE(created.response.body.find(
                  R"(<Distribution xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"),
              std::string::npos);
    EXPECT_EQ(created.text("ARN"), "arn:aws:cloudfront::000000000000:distribution/" + id);
    EXPECT_EQ(created.text("Status"), "Deployed");  // there is no edge to wait for
    EXPECT_EQ(created.text("InProgressInvalidationBatches"), "0");
    EXPECT_EQ(created.text("DomainName"), to_lower(id) + ".cloudfront.net");
    EXPECT_EQ(created.text("ActiveTrustedSigners/Enabled"), "false");
    EXPECT_EQ(created.text("DistributionConfig/CallerReference"), "r1");
    EXPECT_EQ(created.text("DistributionConfig/PriceClass"), "PriceClass_All");
    EXPECT_EQ(created.text("LastModifiedTime"), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(created.header("Location"),
              "https://cloudfront.amazonaws.com/2020-05-31/distribution/" + id);
    EXPECT_EQ(created.etag().size(), 14u);
}

TEST_F(DistributionTest, GetAndGetConfigCarryTheSameETag) {
    const Answer created = create_distribution();
    const std::string path = "/distribution/" + created.text("Id");
    const Answer got = call("GET", path);
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.etag(), created.etag());
    EXPECT_EQ(got.root, created.root);
    const Answer config = call("GET", path + "/config");
    EXPECT_EQ(config.root.name, "DistributionConfig");
    EXPECT_EQ(config.etag(), created.etag());
    EXPECT_EQ(config.root, *created.root.find("DistributionConfig"));
}

TEST_F(DistributionTest, UpdateNeedsTheCurrentETag) {
    const Answer created = create_distribution();
    const std::string path = "/distribution/" + created.text("Id") + "/config";
    const std::string config =
        replaced(config_of(created.text("Id")), ">c</Comment>", ">changed</Comment>");
    EXPECT_EQ(call("PUT", path, config).code(), "InvalidIfMatchVersion");
    EXPECT_EQ(call("PUT", path, config, "").status(), 400);
    const Answer stale = call("PUT", path, config, "EOTHER");
    EXPECT_EQ(stale.code(), "PreconditionFailed");
    EXPECT_EQ(stale.status(), 412);
    EXPECT_EQ(call("GET", path).text("Comment"), "c");

    const Answer updated = call("PUT", path, config, created.etag());
    ASSERT_EQ(updated.status(), 200) << updated.response.body;
    EXPECT_EQ(updated.text("DistributionConfig/Comment"), "changed");
    EXPECT_NE(updated.etag(), created.etag());
    // The ETag before is used up.
    EXPECT_EQ(call("PUT", path, config, created.etag()).code(), "PreconditionFailed");
    EXPECT_EQ(call("PUT", path, config, "\"" + updated.etag() + "\"").status(), 200);
}

TEST_F(DistributionTest, ACallerReferenceServesOneDistribution) {
    create_distribution("r1");
    const Answer again = call("POST", "/distribution", minimal_config("r1"));
    EXPECT_EQ(again.status(), 409);
    EXPECT_EQ(again.code(), "DistributionAlreadyExists");
    EXPECT_EQ(call("POST", "/distribution", minimal_config("r2")).status(), 201);
    // Another account has references of its own.
    identity_ = identity_of("111111111111");
    EXPECT_EQ(call("POST", "/distribution", minimal_config("r1")).status(), 201);
}

TEST_F(DistributionTest, CallerReferenceAndStagingCannotChange) {
    const Answer created = create_distribution();
    const std::string path = "/distribution/" + created.text("Id") + "/config";
    const std::string config = config_of(created.text("Id"));
    EXPECT_EQ(call("PUT", path, replaced(config, ">r1<", ">r2<"), created.etag()).code(),
              "IllegalUpdate");
    EXPECT_EQ(call("PUT", path, replaced(config, "<Staging>false", "<Staging>true"), created.etag())
                  .code(),
              "IllegalUpdate");
}

TEST_F(DistributionTest, DeleteNeedsADisabledDistributionAndTheETag) {
    const Answer created = create_distribution();
    const std::string id = created.text("Id");
    const std::string path = "/distribution/" + id;
    EXPECT_EQ(call("DELETE", path).code(), "InvalidIfMatchVersion");
    EXPECT_EQ(call("DELETE", path, {}, "E0").code(), "PreconditionFailed");
    const Answer enabled = call("DELETE", path, {}, created.etag());
    EXPECT_EQ(enabled.status(), 409);
    EXPECT_EQ(enabled.code(), "DistributionNotDisabled");
    const Answer disabled = disable(id);
    ASSERT_EQ(disabled.status(), 200);
    EXPECT_EQ(call("DELETE", path, {}, created.etag()).code(), "PreconditionFailed");
    EXPECT_EQ(call("DELETE", path, {}, disabled.etag()).status(), 204);
    EXPECT_EQ(call("GET", path).code(), "NoSuchDistribution");
    EXPECT_EQ(call("DELETE", path, {}, disabled.etag()).status(), 404);
    // Its caller reference is free again.
    EXPECT_EQ(call("POST", "/distribution", minimal_config()).status(), 201);
}

TEST_F(DistributionTest, DeleteWaitsForDeployment) {
    const Answer created = create_distribution();
    const std::string id = created.text("Id");
    api_->edges().connect("edge-1", "boot", "FRA50", 1);
    const Answer disabled = disable(id);
    EXPECT_EQ(disabled.text("Status"), "InProgress");
    EXPECT_EQ(call("DELETE", "/distribution/" + id, {}, disabled.etag()).code(),
              "DistributionNotDisabled");
    api_->edges().acknowledge("edge-1", "boot", 2, 0);
    EXPECT_EQ(call("DELETE", "/distribution/" + id, {}, disabled.etag()).status(), 204);
}

TEST_F(DistributionTest, OthersDistributionsDoNotExist) {
    const Answer created = create_distribution();
    const std::string path = "/distribution/" + created.text("Id");
    identity_ = identity_of("111111111111");
    EXPECT_EQ(call("GET", path).code(), "NoSuchDistribution");
    EXPECT_EQ(call("GET", path + "/config").code(), "NoSuchDistribution");
    EXPECT_EQ(call("PUT", path + "/config", minimal_config(), created.etag()).code(),
              "NoSuchDistribution");
    EXPECT_EQ(call("DELETE", path, {}, created.etag()).code(), "NoSuchDistribution");
    EXPECT_EQ(call("POST", path + "/invalidation", invalidation_batch("x", {"/*"})).code(),
              "NoSuchDistribution");
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "0");
}

TEST_F(DistributionTest, AnonymousAndServicePrincipalsAreRefused) {
    identity_ = {};
    EXPECT_EQ(call("GET", "/distribution").status(), 403);
    identity_ = {.kind = auth::PrincipalKind::Service, .service = "cloudfront.amazonaws.com"};
    EXPECT_EQ(call("GET", "/distribution").code(), "AccessDenied");
}

TEST_F(DistributionTest, ListsPageByMarkerAndMaxItems) {
    const Answer empty = call("GET", "/distribution");
    EXPECT_EQ(empty.root.name, "DistributionList");
    EXPECT_EQ(empty.text("MaxItems"), "100");
    EXPECT_EQ(empty.text("IsTruncated"), "false");
    EXPECT_TRUE(empty.root.find("Marker"));
    EXPECT_FALSE(empty.root.find("Items"));
    EXPECT_FALSE(empty.root.find("NextMarker"));

    std::set<std::string> created;
    for (int i = 0; i < 5; ++i)
        created.insert(create_distribution("r" + std::to_string(i)).text("Id"));
    std::set<std::string> listed;
    std::string marker;
    for (int page = 0; page < 3; ++page) {
        const Answer answer = call("GET", "/distribution?MaxItems=2&Marker=" + marker);
        EXPECT_EQ(answer.text("Marker"), marker);
        EXPECT_EQ(answer.text("MaxItems"), "2");
        EXPECT_EQ(answer.text("Quantity"), page < 2 ? "2" : "1");
        EXPECT_EQ(answer.text("IsTruncated"), page < 2 ? "true" : "false");
        for (const xml::Node& item : answer.root.find("Items")->children) {
            EXPECT_EQ(item.name, "DistributionSummary");
            EXPECT_TRUE(listed.insert(std::string(item.text_of("Id"))).second);
        }
        marker = answer.text("NextMarker");
        EXPECT_EQ(marker.empty(), page == 2);
    }
    EXPECT_EQ(listed, created);
    EXPECT_EQ(call("GET", "/distribution?MaxItems=x").code(), "InvalidArgument");
    EXPECT_EQ(call("GET", "/distribution?MaxItems=0").code(), "InvalidArgument");
}

TEST_F(DistributionTest, SummariesRepeatTheConfigurationAndTheETag) {
    const Answer created = create_distribution();
    const Answer list = call("GET", "/distribution");
    const xml::Node& summary = list.root.find("Items")->children.front();
    EXPECT_EQ(summary.text_of("ETag"), created.etag());
    EXPECT_EQ(summary.text_of("Status"), "Deployed");
    for (const char* member :
         {"Aliases", "Origins", "DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses",
          "PriceClass", "Enabled", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion",
          "IsIPV6Enabled", "Staging"}) {
        ASSERT_TRUE(summary.find(member)) << member;
        EXPECT_EQ(*summary.find(member), *created.root.find("DistributionConfig")->find(member));
    }
}

TEST_F(DistributionTest, AliasesAreUniqueAcrossAccounts) {
    const auto with_alias = [](std::string_view reference, std::string_view alias) {
        return replaced(minimal_config(reference), "<Comment>",
                        "<Aliases><Quantity>1</Quantity><Items><CNAME>" + std::string(alias) +
                            "</CNAME></Items></Aliases><Comment>");
    };
    ASSERT_EQ(call("POST", "/distribution", with_alias("a", "www.example.org")).status(), 201);
    const Answer taken = call("POST", "/distribution", with_alias("b", "WWW.example.ORG"));
    EXPECT_EQ(taken.status(), 409);
    EXPECT_EQ(taken.code(), "CNAMEAlreadyExists");
    identity_ = identity_of("111111111111");
    EXPECT_EQ(call("POST", "/distribution", with_alias("b", "www.example.org")).code(),
              "CNAMEAlreadyExists");
    EXPECT_EQ(call("POST", "/distribution", with_alias("b", "*.example.org")).status(), 201);
}

TEST_F(DistributionTest, TagsAreSetAtCreationAndChangedLater) {
    const std::string body =
        "<DistributionConfigWithTags>" + minimal_config() +
        "<Tags><Items><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key></Tag></Items></Tags>"
        "</DistributionConfigWithTags>";
    const Answer created = call("POST", "/distribution?WithTags", body);
    ASSERT_EQ(created.status(), 201) << created.response.body;
    const std::string resource =
        "Resource=arn%3Aaws%3Acloudfront%3A%3A000000000000%3Adistribution%2F" + created.text("Id");
    const auto tags = [&] {
        std::string text;
        const Answer answer = call("GET", "/tagging?" + resource);
        EXPECT_EQ(answer.root.name, "Tags");
        for (const xml::Node& tag : answer.root.find("Items")->children)
            text += std::string(tag.text_of("Key")) + "=" + std::string(tag.text_of("Value")) + ";";
        return text;
    };
    EXPECT_EQ(tags(), "a=1;b=;");
    EXPECT_EQ(call("POST", "/tagging?Operation=Tag&" + resource,
                   "<Tags><Items><Tag><Key>a</Key><Value>2</Value></Tag><Tag><Key>c</Key><Value>3"
                   "</Value></Tag></Items></Tags>")
                  .status(),
              204);
    EXPECT_EQ(tags(), "a=2;b=;c=3;");
    EXPECT_EQ(call("POST", "/tagging?Operation=Untag&" + resource,
                   "<TagKeys><Items><Key>b</Key><Key>none</Key></Items></TagKeys>")
                  .status(),
              204);
    EXPECT_EQ(tags(), "a=2;c=3;");
    EXPECT_EQ(call("POST", "/tagging?Operation=Tag&" + resource,
                   "<Tags><Items><Tag><Key>aws:x</Key></Tag></Items></Tags>")
                  .code(),
              "InvalidTagging");
    EXPECT_EQ(
        call("GET", "/tagging?Resource=arn%3Aaws%3Acloudfront%3A%3A1%3Adistribution%2FE1").code(),
        "NoSuchResource");
    EXPECT_EQ(call("GET", "/tagging").code(), "InvalidArgument");
}

TEST_F(DistributionTest, EveryChangeIsOneRecordInOrder) {
    const std::string id = create_distribution().text("Id");
    create_distribution("r2");
    call("POST", "/distribution/" + id + "/invalidation", invalidation_batch("x", {"/a", "#t"}));
    const Answer disabled = disable(id);
    call("DELETE", "/distribution/" + id, {}, disabled.etag());
    const auto records = log_from(0);
    using Type = cdn::LogRecord::Type;
    const Type types[] = {Type::Distribution, Type::Distribution, Type::Invalidation,
                          Type::Distribution, Type::DistributionDeleted};
    ASSERT_EQ(records.size(), std::size(types));
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(records[i].sequence, i + 1);
        EXPECT_EQ(records[i].type, types[i]);
    }
    EXPECT_EQ(records[0].distribution_id, id);
    EXPECT_EQ(records[0].signing_key_id, "TARNEDGE" + id);
    EXPECT_NE(records[0].config_xml.find("<CallerReference>r1<"), std::string::npos);
    EXPECT_EQ(records[2].paths, (std::vector<std::string>{"/a", "#t"}));
    EXPECT_EQ(records[3].config_epoch, records[0].config_epoch);
    EXPECT_NE(records[3].config_xml.find("<Enabled>false<"), std::string::npos);
}

TEST_F(DistributionTest, TheEpochChangesWithTheCacheKeyOnly) {
    const std::string path = "/distribution/" + create_distribution().text("Id") + "/config";
    const auto change = [&](std::string_view from, std::string_view to) {
        const Answer current = call("GET", path);
        const Answer updated =
            call("PUT", path, replaced(current.response.body, from, to), current.etag());
        EXPECT_EQ(updated.status(), 200) << updated.response.body;
        return log_from(0).back().config_epoch;
    };
    const std::uint64_t first = log_from(0).back().config_epoch;
    EXPECT_EQ(change(">c</Comment>", ">d</Comment>"), first);
    EXPECT_NE(change(kOptimized, "4cc15a8a-d715-48a4-82b8-cc0b614638fe"), first);
    EXPECT_EQ(change("4cc15a8a-d715-48a4-82b8-cc0b614638fe", kOptimized), first);
}

TEST_F(DistributionTest, ARefusedChangeLeavesNoRecord) {
    create_distribution();
    call("POST", "/distribution", minimal_config());
    call("POST", "/distribution", replaced(minimal_config("r2"), kOptimized, "no-such-policy"));
    EXPECT_EQ(log_from(0).size(), 1u);
}

TEST_F(DistributionTest, StateSurvivesARestart) {
    const Answer created = create_distribution();
    restart();
    const Answer got = call("GET", "/distribution/" + created.text("Id"));
    EXPECT_EQ(got.root, created.root);
    create_distribution("r2");
    EXPECT_EQ(log_from(0).back().sequence, 2u);
}

TEST_F(DistributionTest, EdgeKeysBelongToExistingDistributions) {
    const Answer created = create_distribution();
    const std::string id = created.text("Id");
    const auto key = api_->find_edge_key("TARNEDGE" + id);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->secret, edge_secret("master", id));
    EXPECT_EQ(key->secret.size(), 64u);
    EXPECT_NE(key->secret, edge_secret("master", "E0"));
    EXPECT_NE(key->secret, edge_secret("other", id));
    EXPECT_EQ(key->account_id, kAccount);
    EXPECT_EQ(key->source_arn, created.text("ARN"));
    EXPECT_EQ(log_from(0).front().signing_secret, key->secret);
    for (const char* other : {"TARNEDGE", "TARNEDGEE0", "test", ""})
        EXPECT_FALSE(api_->find_edge_key(other)) << other;
    // Also a key that was looked up before goes with its distribution.
    const Answer disabled = disable(id);
    ASSERT_EQ(call("DELETE", "/distribution/" + id, {}, disabled.etag()).status(), 204);
    EXPECT_FALSE(api_->find_edge_key("TARNEDGE" + id));
}

}  // namespace
}  // namespace tarn::cloudfront
