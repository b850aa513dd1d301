#include "common/cdn/config_document.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

using xml::Node;
using Kind = DocumentError::Kind;

// A document in which every member of a shape is present, the members in reverse order.
Node full_document(const Shape& shape, std::string_view name) {
    Node node{.name = std::string(name)};
    for (const Member& member : shape.members) {
        const std::string choice(member.choices.substr(0, member.choices.find('|')));
        switch (member.kind) {
            case MemberKind::Structure:
                node.children.push_back(full_document(*member.shape, member.name));
                break;
            case MemberKind::List: {
                Node& list = node.add(member.name);
                for (int i = 0; i < 2; ++i) {
                    if (member.shape) {
                        list.children.push_back(full_document(*member.shape, member.item_tag));
                    } else {
                        const char* text = member.integer_items ? "503" : "text";
                        list.add(member.item_tag, choice.empty() ? text : choice);
                    }
                }
                break;
            }
            case MemberKind::Quantity:
                node.add(member.name, "2");
                break;
            case MemberKind::Integer:
            case MemberKind::Long:
                node.add(member.name, "0");
                break;
            case MemberKind::Double:
                node.add(member.name, "12.5");
                break;
            case MemberKind::Boolean:
                node.add(member.name, "true");
                break;
            case MemberKind::Text:
                node.add(member.name, choice.empty() ? "some <text> & more" : choice);
                break;
        }
    }
    std::ranges::reverse(node.children);
    return node;
}

void expect_schema_order(const Node& node, const Shape& shape) {
    ASSERT_EQ(node.children.size(), shape.members.size()) << node.name;
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const Member& member = shape.members[i];
        const Node& child = node.children[i];
        ASSERT_EQ(child.name, member.name);
        if (member.kind == MemberKind::Structure) expect_schema_order(child, *member.shape);
        if (member.kind != MemberKind::List) continue;
        ASSERT_EQ(child.children.size(), 2u) << member.name;
        for (const Node& item : child.children) {
            ASSERT_EQ(item.name, member.item_tag);
            if (member.shape) expect_schema_order(item, *member.shape);
        }
    }
}

class EveryShapeTest : public testing::TestWithParam<const Shape*> {};

TEST_P(EveryShapeTest, EchoesEveryMemberInSchemaOrder) {
    const Shape& shape = *GetParam();
    const Node sent = full_document(shape, shape.name);
    const auto stored = read_document(xml::write_tree(sent, kApiNamespace), shape);
    ASSERT_TRUE(stored) << stored.error().message;
    expect_schema_order(*stored, shape);
    const auto again = read_document(xml::write_tree(*stored, kApiNamespace), shape);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *stored);
}

INSTANTIATE_TEST_SUITE_P(All, EveryShapeTest,
                         testing::Values(&kDistributionConfigShape,
                                         &kDistributionConfigWithTagsShape,
                                         &kCachePolicyConfigShape, &kOriginRequestPolicyConfigShape,
                                         &kResponseHeadersPolicyConfigShape,
                                         &kOriginAccessControlConfigShape, &kPublicKeyConfigShape,
                                         &kKeyGroupConfigShape, &kInvalidationBatchShape,
                                         &kTagsShape, &kTagKeysShape),
                         [](const auto& param) { return std::string(param.param->name); });

// The body that boto3 sends for the least that CreateDistribution needs.
constexpr std::string_view kMinimal =
    R"(<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
    R"(<CallerReference>r1</CallerReference><Comment>c</Comment><Enabled>true</Enabled><Origins>)"
    R"(<Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>b.s3.amazonaws.com</DomainName>)"
    R"(<S3OriginConfig><OriginAccessIdentity /></S3OriginConfig></Origin></Items></Origins>)"
    R"(<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId>)"
    R"(<ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>)"
    R"(<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>)"
    R"(</DefaultCacheBehavior></DistributionConfig>)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    const std::size_t at = result.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return result.replace(at, from.size(), to);
}

TEST(DistributionDefaultsTest, AreThoseOfAws) {
    const auto config = read_document(kMinimal, kDistributionConfigShape);
    ASSERT_TRUE(config) << config.error().message;
    struct Expected {
        std::string_view path;
        std::string_view text;
    };
    const Expected filled_in[] = {
        {"Aliases/Quantity", "0"},
        {"OriginGroups/Quantity", "0"},
        {"DefaultCacheBehavior/TrustedSigners/Enabled", "false"},
        {"DefaultCacheBehavior/TrustedKeyGroups/Quantity", "0"},
        {"DefaultCacheBehavior/AllowedMethods/Quantity", "2"},
        {"DefaultCacheBehavior/AllowedMethods/CachedMethods/Quantity", "2"},
        {"DefaultCacheBehavior/SmoothStreaming", "false"},
        {"DefaultCacheBehavior/Compress", "false"},
        {"DefaultCacheBehavior/LambdaFunctionAssociations/Quantity", "0"},
        {"DefaultCacheBehavior/FunctionAssociations/Quantity", "0"},
        {"DefaultCacheBehavior/GrpcConfig/Enabled", "false"},
        {"CacheBehaviors/Quantity", "0"},
        {"CustomErrorResponses/Quantity", "0"},
        {"Logging/Enabled", "false"},
        {"Logging/IncludeCookies", "false"},
        {"PriceClass", "PriceClass_All"},
        {"ViewerCertificate/CloudFrontDefaultCertificate", "true"},
        {"ViewerCertificate/MinimumProtocolVersion", "TLSv1"},
        {"ViewerCertificate/CertificateSource", "cloudfront"},
        {"Restrictions/GeoRestriction/RestrictionType", "none"},
        {"Restrictions/GeoRestriction/Quantity", "0"},
        {"HttpVersion", "http2"},
        {"IsIPV6Enabled", "true"},
        {"Staging", "false"},
    };
    for (const Expected& expected : filled_in)
        EXPECT_EQ(text_at(*config, expected.path), expected.text) << expected.path;
    for (const char* path : {"DefaultRootObject", "WebACLId", "Logging/Bucket", "Logging/Prefix",
                             "ContinuousDeploymentPolicyId"}) {
        ASSERT_TRUE(node_at(*config, path)) << path;
        EXPECT_EQ(text_at(*config, path), "") << path;
    }
    // A list without items has none of their element.
    EXPECT_FALSE(node_at(*config, "Aliases/Items"));
    // TTLs belong to the cache policy.
    EXPECT_FALSE(node_at(*config, "DefaultCacheBehavior/MinTTL"));

    const Node& origin = items_at(*config, "Origins").front();
    EXPECT_EQ(text_at(origin, "ConnectionAttempts"), "3");
    EXPECT_EQ(text_at(origin, "ConnectionTimeout"), "10");
    EXPECT_EQ(text_at(origin, "CustomHeaders/Quantity"), "0");
    EXPECT_EQ(text_at(origin, "OriginShield/Enabled"), "false");
    EXPECT_TRUE(origin.find("OriginPath"));
    EXPECT_EQ(items_at(*config, "DefaultCacheBehavior/AllowedMethods").front().text, "HEAD");
}

constexpr std::string_view kPolicyId =
    "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>";
constexpr std::string_view kForwarded =
    "<ForwardedValues><QueryString>false</QueryString><Cookies><Forward>none</Forward></Cookies>"
    "</ForwardedValues>";

struct TtlCase {
    std::string_view sent;
    std::string_view min, default_ttl, max;
};

TEST(DistributionDefaultsTest, LegacyTtlsKeepAZeroAndFillWhatIsAbsent) {
    const TtlCase cases[] = {
        {"", "0", "86400", "31536000"},
        {"<MinTTL>0</MinTTL>", "0", "86400", "31536000"},
        {"<MinTTL>0</MinTTL><DefaultTTL>0</DefaultTTL>", "0", "0", "31536000"},
        {"<MaxTTL>0</MaxTTL><DefaultTTL>0</DefaultTTL>", "0", "0", "0"},
        {"<MinTTL>90000</MinTTL>", "90000", "90000", "31536000"},
        {"<DefaultTTL>40000000</DefaultTTL>", "0", "40000000", "40000000"},
        {"<MinTTL>1</MinTTL><DefaultTTL>2</DefaultTTL><MaxTTL>3</MaxTTL>", "1", "2", "3"},
    };
    for (const TtlCase& test : cases) {
        const std::string body =
            replaced(kMinimal, kPolicyId, std::string(kForwarded) + std::string(test.sent));
        const auto config = read_document(body, kDistributionConfigShape);
        ASSERT_TRUE(config) << config.error().message;
        const Node& behavior = *config->find("DefaultCacheBehavior");
        EXPECT_EQ(text_at(behavior, "MinTTL"), test.min) << test.sent;
        EXPECT_EQ(text_at(behavior, "DefaultTTL"), test.default_ttl) << test.sent;
        EXPECT_EQ(text_at(behavior, "MaxTTL"), test.max) << test.sent;
    }
}

TEST(DistributionDefaultsTest, ACertificateOfOnesOwnIsNotTheDefaultOne) {
    const std::string body =
        replaced(kMinimal, "<Comment>",
                 "<ViewerCertificate><ACMCertificateArn>arn:aws:acm:x</ACMCertificateArn>"
                 "<SSLSupportMethod>sni-only</SSLSupportMethod></ViewerCertificate><Comment>");
    const auto config = read_document(body, kDistributionConfigShape);
    ASSERT_TRUE(config) << config.error().message;
    const Node& certificate = *config->find("ViewerCertificate");
    EXPECT_EQ(text_at(certificate, "CloudFrontDefaultCertificate"), "false");
    EXPECT_EQ(text_at(certificate, "SSLSupportMethod"), "sni-only");
    EXPECT_EQ(text_at(certificate, "Certificate"), "arn:aws:acm:x");
    EXPECT_EQ(text_at(certificate, "CertificateSource"), "acm");
}

TEST(DistributionDefaultsTest, CachedMethodsAreGetAndHeadUnlessSaid) {
    const std::string body =
        replaced(kMinimal, kPolicyId,
                 std::string(kPolicyId) +
                     "<AllowedMethods><Quantity>3</Quantity><Items><Method>GET</Method><Method>HEAD"
                     "</Method><Method>OPTIONS</Method></Items></AllowedMethods>");
    const auto config = read_document(body, kDistributionConfigShape);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(items_at(*config, "DefaultCacheBehavior/AllowedMethods").size(), 3u);
    EXPECT_EQ(items_at(*config, "DefaultCacheBehavior/AllowedMethods/CachedMethods").size(), 2u);
}

struct FaultCase {
    const char* name;
    std::string_view from;
    std::string_view to;
    Kind kind;
};

class DocumentFaultTest : public testing::TestWithParam<FaultCase> {};

TEST_P(DocumentFaultTest, IsRefusedAsAwsDoes) {
    const FaultCase& test = GetParam();
    const auto config =
        read_document(replaced(kMinimal, test.from, test.to), kDistributionConfigShape);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, test.kind) << config.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, DocumentFaultTest,
    testing::Values(
        FaultCase{"MissingRequired", "<CallerReference>r1</CallerReference>", "",
                  Kind::MalformedInput},
        FaultCase{"MissingInItem", "<Id>o</Id>", "", Kind::MalformedInput},
        FaultCase{"MissingQuantity", "<Quantity>1</Quantity>", "", Kind::MalformedInput},
        FaultCase{"QuantityTooLarge", "<Quantity>1</Quantity>", "<Quantity>2</Quantity>",
                  Kind::InconsistentQuantities},
        FaultCase{"QuantityZero", "<Quantity>1</Quantity>", "<Quantity>0</Quantity>",
                  Kind::InconsistentQuantities},
        FaultCase{"QuantityNoNumber", "<Quantity>1</Quantity>", "<Quantity>one</Quantity>",
                  Kind::MalformedInput},
        FaultCase{"BooleanInWords", "<Enabled>true</Enabled>", "<Enabled>yes</Enabled>",
                  Kind::MalformedInput},
        FaultCase{"BooleanEmpty", "<Enabled>true</Enabled>", "<Enabled/>", Kind::MalformedInput},
        FaultCase{"UnknownChoice", "allow-all", "allow-some", Kind::InvalidArgument},
        FaultCase{"ChoiceInCapitals", "allow-all", "ALLOW-ALL", Kind::InvalidArgument},
        FaultCase{"NotXml", "</DistributionConfig>", "", Kind::MalformedXml}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ReadDocumentTest, IntegersMustFit) {
    const auto with = [](std::string_view value) {
        return read_document(replaced(kMinimal, "<S3OriginConfig>",
                                      "<ConnectionTimeout>" + std::string(value) +
                                          "</ConnectionTimeout><S3OriginConfig>"),
                             kDistributionConfigShape);
    };
    EXPECT_TRUE(with("2147483647"));
    EXPECT_TRUE(with("-5"));
    EXPECT_FALSE(with("2147483648"));
    EXPECT_FALSE(with("1.5"));
    EXPECT_FALSE(with(""));
}

TEST(ReadDocumentTest, AnEmptyBodyIsAMissingBody) {
    const auto config = read_document("", kDistributionConfigShape);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, Kind::MissingBody);
}

TEST(ReadDocumentTest, AnotherRootIsMalformed) {
    const auto config = read_document(kMinimal, kInvalidationBatchShape);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, Kind::MalformedXml);
}

TEST(ReadDocumentTest, UnknownElementsAreIgnored) {
    const auto plain = read_document(kMinimal, kDistributionConfigShape);
    const auto extended = read_document(
        replaced(kMinimal, "<Comment>", "<FutureMember><X>1</X></FutureMember><Comment>"),
        kDistributionConfigShape);
    ASSERT_TRUE(plain);
    ASSERT_TRUE(extended);
    EXPECT_EQ(*plain, *extended);
}

TEST(ReadDocumentTest, MessagesNameTheMemberAsAwsDoes) {
    const auto config =
        read_document(replaced(kMinimal, "allow-all", "maybe"), kDistributionConfigShape);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message,
              "1 validation error detected: Value 'maybe' at "
              "'distributionConfig.defaultCacheBehavior.viewerProtocolPolicy' failed to satisfy "
              "constraint: Member must satisfy enum value set: [allow-all, https-only, "
              "redirect-to-https]");
}

TEST(InvalidationBatchTest, KeepsPathsAsSent) {
    const auto batch = read_document(
        "<InvalidationBatch><CallerReference>x</CallerReference><Paths><Quantity>2</Quantity>"
        "<Items><Path>/*</Path><Path>#tag:a</Path></Items></Paths></InvalidationBatch>",
        kInvalidationBatchShape);
    ASSERT_TRUE(batch);
    ASSERT_EQ(items_at(*batch, "Paths").size(), 2u);
    EXPECT_EQ(items_at(*batch, "Paths")[1].text, "#tag:a");
    // In the order of the schema.
    EXPECT_EQ(batch->children.front().name, "Paths");
}

}  // namespace
}  // namespace tarn::cdn
