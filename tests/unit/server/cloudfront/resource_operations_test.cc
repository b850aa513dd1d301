// Policies, origin access controls, public keys and key groups: one suite for all kinds.

#include "tests/unit/server/cloudfront/control_fixture.h"

#include <ostream>

namespace tarn::cloudfront {
namespace {

struct KindCase {
    std::string_view name;
    std::string path;
    std::string update_suffix;  // of the path of Update
    std::string config;         // with NAME for its name
    const char* no_such;
    const char* already_exists;
    const char* list_root;
    const char* summary_id;  // path of the id in a list item
};

const std::string kPem =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";

const KindCase kKinds[] = {
    {"CachePolicy", "/cache-policy", "",
     "<CachePolicyConfig><Name>NAME</Name><MinTTL>0</MinTTL>"
     "<ParametersInCacheKeyAndForwardedToOrigin><EnableAcceptEncodingGzip>true"
     "</EnableAcceptEncodingGzip><HeadersConfig><HeaderBehavior>none</HeaderBehavior>"
     "</HeadersConfig><CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>"
     "<QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig>"
     "</ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig>",
     "NoSuchCachePolicy", "CachePolicyAlreadyExists", "CachePolicyList", "CachePolicy/Id"},
    {"OriginRequestPolicy", "/origin-request-policy", "",
     "<OriginRequestPolicyConfig><Name>NAME</Name><HeadersConfig><HeaderBehavior>allViewer"
     "</HeaderBehavior></HeadersConfig><CookiesConfig><CookieBehavior>all</CookieBehavior>"
     "</CookiesConfig><QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior>"
     "</QueryStringsConfig></OriginRequestPolicyConfig>",
     "NoSuchOriginRequestPolicy", "OriginRequestPolicyAlreadyExists", "OriginRequestPolicyList",
     "OriginRequestPolicy/Id"},
    {"ResponseHeadersPolicy", "/response-headers-policy", "",
     "<ResponseHeadersPolicyConfig><Name>NAME</Name><ServerTimingHeadersConfig><Enabled>true"
     "</Enabled><SamplingRate>12.5</SamplingRate></ServerTimingHeadersConfig>"
     "</ResponseHeadersPolicyConfig>",
     "NoSuchResponseHeadersPolicy", "ResponseHeadersPolicyAlreadyExists",
     "ResponseHeadersPolicyList", "ResponseHeadersPolicy/Id"},
    {"OriginAccessControl", "/origin-access-control", "/config",
     "<OriginAccessControlConfig><Name>NAME</Name><SigningProtocol>sigv4</SigningProtocol>"
     "<SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3"
     "</OriginAccessControlOriginType></OriginAccessControlConfig>",
     "NoSuchOriginAccessControl", "OriginAccessControlAlreadyExists", "OriginAccessControlList",
     "Id"},
    {"PublicKey", "/public-key", "/config",
     "<PublicKeyConfig><CallerReference>NAME</CallerReference><Name>NAME</Name><EncodedKey>" +
         kPem + "</EncodedKey></PublicKeyConfig>",
     "NoSuchPublicKey", "PublicKeyAlreadyExists", "PublicKeyList", "Id"},
};

std::string named(std::string text, std::string_view name) {
    for (std::size_t at; (at = text.find("NAME")) != std::string::npos;)
        text.replace(at, 4, name);
    return text;
}

void PrintTo(const KindCase& kind, std::ostream* out) {
    *out << kind.name;
}

class ResourceTest : public ControlTest {
  protected:
    Answer create(const KindCase& kind, std::string_view name) {
        return call("POST", kind.path, named(kind.config, name));
    }
    Answer create_key_group(const std::string& key_id) {
        return call("POST", "/key-group",
                    "<KeyGroupConfig><Name>group</Name><Items><PublicKey>" + key_id +
                        "</PublicKey></Items></KeyGroupConfig>");
    }
};

class EveryKindTest : public ResourceTest, public testing::WithParamInterface<KindCase> {};

TEST_P(EveryKindTest, LivesThroughItsWholeLife) {
    const KindCase& kind = GetParam();
    const Answer created = create(kind, "one");
    ASSERT_EQ(created.status(), 201) << created.response.body;
    EXPECT_EQ(created.root.name, kind.name);
    const std::string id = created.text("Id");
    const std::string path = kind.path + "/" + id;
    EXPECT_EQ(created.header("Location"),
              "https://cloudfront.amazonaws.com/2020-05-31" + kind.path + "/" + id);
    const std::string config_name = std::string(kind.name) + "Config";
    EXPECT_EQ(created.text(config_name + "/Name"), "one");

    EXPECT_EQ(call("GET", path).root, created.root);
    EXPECT_EQ(call("GET", path).etag(), created.etag());
    const Answer config = call("GET", path + "/config");
    EXPECT_EQ(config.root, *created.root.find(config_name));
    EXPECT_EQ(config.etag(), created.etag());

    // A comment (a description) may always change.
    const std::string member = cdn::node_at(config.root, "Comment") ? "Comment" : "Description";
    const std::string end = "</" + member + ">";
    const std::string changed = replaced(config.response.body, end, "new" + end);
    const std::string update = path + kind.update_suffix;
    EXPECT_EQ(call("PUT", update, changed).code(), "InvalidIfMatchVersion");
    EXPECT_EQ(call("PUT", update, changed, "E0").code(), "PreconditionFailed");
    const Answer updated = call("PUT", update, changed, created.etag());
    ASSERT_EQ(updated.status(), 200) << updated.response.body;
    EXPECT_NE(updated.etag(), created.etag());
    EXPECT_NE(updated.response.body.find(">new</" + member), std::string::npos);

    EXPECT_EQ(call("DELETE", path).code(), "InvalidIfMatchVersion");
    EXPECT_EQ(call("DELETE", path, {}, created.etag()).code(), "PreconditionFailed");
    EXPECT_EQ(call("DELETE", path, {}, updated.etag()).status(), 204);
    EXPECT_EQ(call("GET", path).code(), kind.no_such);
    EXPECT_EQ(call("GET", path).status(), 404);
}

TEST_P(EveryKindTest, NamesAreUniqueInAnAccount) {
    const KindCase& kind = GetParam();
    ASSERT_EQ(create(kind, "one").status(), 201);
    const Answer again = create(kind, "one");
    EXPECT_EQ(again.status(), 409);
    EXPECT_EQ(again.code(), kind.already_exists);
    identity_ = identity_of("111111111111");
    EXPECT_EQ(create(kind, "one").status(), 201);
}

TEST_P(EveryKindTest, ListsOnlyTheAccountsOwn) {
    const KindCase& kind = GetParam();
    const std::string id = create(kind, "one").text("Id");
    const Answer list = call("GET", kind.path + "?Type=custom");
    EXPECT_EQ(list.root.name, kind.list_root);
    ASSERT_EQ(list.text("Quantity"), "1");
    const xml::Node& item = list.root.find("Items")->children.front();
    EXPECT_EQ(item.name, std::string(kind.name) + "Summary");
    EXPECT_EQ(cdn::text_at(item, kind.summary_id), id);
    identity_ = identity_of("111111111111");
    EXPECT_EQ(call("GET", kind.path + "?Type=custom").text("Quantity"), "0");
    EXPECT_EQ(call("GET", kind.path + "/" + id).code(), kind.no_such);
}

INSTANTIATE_TEST_SUITE_P(All, EveryKindTest, testing::ValuesIn(kKinds),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(ResourceTest, ManagedPoliciesAreListedReadAndProtected) {
    struct Case {
        std::string path;
        std::string id;
        std::size_t count;
        std::string element;
        std::string name;
    };
    const Case cases[] = {
        {"/cache-policy", std::string(kOptimized), 7, "CachePolicy", "Managed-CachingOptimized"},
        {"/origin-request-policy", "216adef6-5c7f-47e4-b989-5492eafa07d3", 8, "OriginRequestPolicy",
         "Managed-AllViewer"},
        {"/response-headers-policy", "60669652-455b-4ae9-85a4-c4c02393f86c", 5,
         "ResponseHeadersPolicy", "Managed-SimpleCORS"},
    };
    for (const Case& test : cases) {
        const Answer list = call("GET", test.path + "?Type=managed");
        EXPECT_EQ(list.text("Quantity"), std::to_string(test.count));
        for (const xml::Node& item : list.root.find("Items")->children)
            EXPECT_EQ(item.text_of("Type"), "managed");
        EXPECT_EQ(call("GET", test.path).text("Quantity"), std::to_string(test.count));
        EXPECT_EQ(call("GET", test.path + "?Type=custom").text("Quantity"), "0");
        EXPECT_EQ(call("GET", test.path + "?Type=other").code(), "InvalidArgument");
        // These lists have neither Marker nor IsTruncated.
        EXPECT_FALSE(list.root.find("Marker"));
        EXPECT_FALSE(list.root.find("IsTruncated"));

        const Answer got = call("GET", test.path + "/" + test.id);
        EXPECT_EQ(got.text(test.element + "Config/Name"), test.name);
        EXPECT_FALSE(got.etag().empty());
        const Answer config = call("GET", test.path + "/" + test.id + "/config");
        EXPECT_EQ(config.root.name, test.element + "Config");
        EXPECT_EQ(call("PUT", test.path + "/" + test.id, config.response.body, got.etag()).code(),
                  "IllegalUpdate");
        EXPECT_EQ(call("DELETE", test.path + "/" + test.id, {}, got.etag()).code(),
                  "IllegalDelete");
    }
}

TEST_F(ResourceTest, WhatADistributionUsesCannotBeDeletedAndItsChangesReachTheEdges) {
    struct Case {
        const KindCase* kind;
        std::string_view anchor;
        std::string element;
        const char* in_use;
        bool replaces_policy;
    };
    const std::string_view policy_line =
        "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>";
    const Case cases[] = {
        {&kKinds[0], policy_line, "CachePolicyId", "CachePolicyInUse", true},
        {&kKinds[1], policy_line, "OriginRequestPolicyId", "OriginRequestPolicyInUse", false},
        {&kKinds[2], policy_line, "ResponseHeadersPolicyId", "ResponseHeadersPolicyInUse", false},
        {&kKinds[3], "<S3OriginConfig>", "OriginAccessControlId", "OriginAccessControlInUse",
         false},
    };
    for (const Case& test : cases) {
        const Answer resource = create(*test.kind, "used");
        const std::string id = resource.text("Id");
        const std::string line = "<" + test.element + ">" + id + "</" + test.element + ">";
        const std::string anchor(test.anchor);
        const Answer distribution = call("POST", "/distribution",
                                         replaced(minimal_config(test.element), anchor,
                                                  test.replaces_policy ? line : line + anchor));
        ASSERT_EQ(distribution.status(), 201) << distribution.response.body;
        const std::string path = test.kind->path + "/" + id;
        const Answer refused = call("DELETE", path, {}, resource.etag());
        EXPECT_EQ(refused.status(), 409);
        EXPECT_EQ(refused.code(), test.in_use);

        const std::uint64_t before = log_from(0).size();
        const Answer updated = call("PUT", path + test.kind->update_suffix,
                                    named(test.kind->config, "renamed"), resource.etag());
        ASSERT_EQ(updated.status(), 200) << updated.response.body;
        const auto records = log_from(before);
        ASSERT_EQ(records.size(), 1u) << test.element;
        EXPECT_EQ(records[0].distribution_id, distribution.text("Id"));
        ASSERT_EQ(records[0].policy_xml.size(), 1u);
        EXPECT_NE(records[0].policy_xml[0].find(">renamed<"), std::string::npos);
        EXPECT_NE(records[0].policy_xml[0].find("<Id>" + id), std::string::npos);

        const std::string users = "/distributionsBy" + test.element + "/" + id;
        if (test.kind != &kKinds[3]) {
            const Answer list = call("GET", users);
            EXPECT_EQ(list.root.name, "DistributionIdList");
            ASSERT_EQ(list.text("Quantity"), "1");
            EXPECT_EQ(list.root.find("Items")->children.front().text, distribution.text("Id"));
        }
    }
}

TEST_F(ResourceTest, KeyGroupsHoldKeysThatCannotBeDeleted) {
    EXPECT_EQ(create_key_group("K0").code(), "InvalidArgument");
    const Answer key = create(kKinds[4], "key");
    const Answer group = create_key_group(key.text("Id"));
    ASSERT_EQ(group.status(), 201) << group.response.body;
    EXPECT_EQ(call("DELETE", "/public-key/" + key.text("Id"), {}, key.etag()).code(),
              "PublicKeyInUse");
    const xml::Node list = call("GET", "/key-group").root;
    const xml::Node& item = list.find("Items")->children.front();
    EXPECT_EQ(item.name, "KeyGroupSummary");
    EXPECT_EQ(cdn::text_at(item, "KeyGroup/KeyGroupConfig/Name"), "group");

    const Answer distribution = call(
        "POST", "/distribution",
        replaced(
            minimal_config(), "<CachePolicyId>",
            "<TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>" +
                group.text("Id") + "</KeyGroup></Items></TrustedKeyGroups><CachePolicyId>"));
    ASSERT_EQ(distribution.status(), 201) << distribution.response.body;
    EXPECT_EQ(distribution.text("ActiveTrustedKeyGroups/Enabled"), "true");
    const xml::Node* active =
        cdn::node_at(distribution.root, "ActiveTrustedKeyGroups/Items/KeyGroup");
    ASSERT_TRUE(active);
    EXPECT_EQ(active->text_of("KeyGroupId"), group.text("Id"));
    EXPECT_EQ(cdn::text_at(*active, "KeyPairIds/Items/KeyPairId"), key.text("Id"));
    EXPECT_EQ(log_from(0).back().policy_xml.size(), 2u);  // the group and its key
    EXPECT_EQ(call("DELETE", "/key-group/" + group.text("Id"), {}, group.etag()).code(),
              "ResourceInUse");
}

TEST_F(ResourceTest, OnlyTheCommentOfAPublicKeyMayChange) {
    const Answer key = create(kKinds[4], "key");
    const std::string path = "/public-key/" + key.text("Id") + "/config";
    EXPECT_EQ(call("PUT", path, named(kKinds[4].config, "other"), key.etag()).code(),
              "CannotChangeImmutablePublicKeyFields");
    EXPECT_EQ(call("PUT", path,
                   replaced(named(kKinds[4].config, "key"), "</PublicKeyConfig>",
                            "<Comment>new</Comment></PublicKeyConfig>"),
                   key.etag())
                  .status(),
              200);
    EXPECT_EQ(call("POST", "/public-key",
                   replaced(named(kKinds[4].config, "bad"), "BEGIN PUBLIC", "BEGIN PRIVATE"))
                  .code(),
              "InvalidArgument");
}

struct PolicyFault {
    std::size_t kind;
    std::string_view from;
    std::string to;
    const char* code;
};

std::string eleven(std::string_view element) {
    std::string text = "<" + std::string(element) + "><Quantity>11</Quantity><Items>";
    for (int i = 0; i < 11; ++i)
        text += "<Name>n" + std::to_string(i) + "</Name>";
    return text + "</Items></" + std::string(element) + ">";
}

TEST_F(ResourceTest, BrokenPoliciesAreRefused) {
    const PolicyFault faults[] = {
        {0, "<MinTTL>0</MinTTL>", "<MinTTL>5</MinTTL><MaxTTL>4</MaxTTL>", "InvalidArgument"},
        {0, "<MinTTL>0</MinTTL>", "<MinTTL>0</MinTTL><DefaultTTL>0</DefaultTTL><MaxTTL>0</MaxTTL>",
         "InvalidArgument"},
        {0, "none</HeaderBehavior>", "whitelist</HeaderBehavior>", "InvalidArgument"},
        {0, "none</HeaderBehavior>", "none</HeaderBehavior>" + eleven("Headers"),
         "TooManyHeadersInCachePolicy"},
        {0, "none</CookieBehavior>", "whitelist</CookieBehavior>" + eleven("Cookies"),
         "TooManyCookiesInCachePolicy"},
        {0, "all</QueryStringBehavior>", "allExcept</QueryStringBehavior>" + eleven("QueryStrings"),
         "TooManyQueryStringsInCachePolicy"},
        {0, "none</HeaderBehavior>",
         "whitelist</HeaderBehavior><Headers><Quantity>1</Quantity><Items><Name>accept-encoding"
         "</Name></Items></Headers>",
         "InvalidArgument"},
        {0, "<Name>NAME</Name>", "<Name/>", "InvalidArgument"},
        {1, "allViewer</HeaderBehavior>",
         "whitelist</HeaderBehavior><Headers><Quantity>1</Quantity><Items><Name>Authorization"
         "</Name></Items></Headers>",
         "InvalidArgument"},
        {1, "allViewer</HeaderBehavior>", "whitelist</HeaderBehavior>" + eleven("Headers"),
         "TooManyHeadersInOriginRequestPolicy"},
        {1, "all</CookieBehavior>", "none</CookieBehavior>" + eleven("Cookies"),
         "TooManyCookiesInOriginRequestPolicy"},
        {3, ">sigv4<", ">sigv2<", "InvalidArgument"},
        {3, ">always<", ">sometimes<", "InvalidArgument"},
        {3, "<SigningProtocol>sigv4</SigningProtocol>", "", "MalformedInput"},
    };
    for (const PolicyFault& fault : faults) {
        const KindCase& kind = kKinds[fault.kind];
        const Answer answer =
            call("POST", kind.path, named(replaced(kind.config, fault.from, fault.to), "x"));
        EXPECT_EQ(answer.code(), fault.code) << fault.to << answer.response.body;
    }
}

TEST_F(ResourceTest, TwentyCustomPoliciesAreTheLimit) {
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(create(kKinds[0], "p" + std::to_string(i)).status(), 201);
    EXPECT_EQ(create(kKinds[0], "p20").code(), "TooManyCachePolicies");
}

}  // namespace
}  // namespace tarn::cloudfront
