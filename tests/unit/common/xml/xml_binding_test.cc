#include "common/xml/xml_binding.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

struct CompletedPart {
    int part_number = 0;
    std::string etag;
};

struct CompleteMultipartUpload {
    std::vector<CompletedPart> parts;
};

struct ListEntry {
    std::string key;
    std::uint64_t size = 0;
    std::optional<WallTime> last_modified;
};

struct ListBucketResult {
    std::string name;
    std::optional<std::string> next_marker;
    bool is_truncated = false;
    std::vector<ListEntry> contents;
};

enum class Permission { FullControl, Read };

struct Grantee {
    std::string type;
    std::optional<std::string> id;
};

struct Grant {
    Grantee grantee;
    Permission permission = Permission::Read;
};

struct AccessControlPolicy {
    std::vector<Grant> grants;
    std::optional<std::vector<int>> numbers;
};

}  // namespace

template <>
inline constexpr auto xml::kElements<CompletedPart> =
    xml::elements(xml::element("PartNumber", &CompletedPart::part_number),
                  xml::element("ETag", &CompletedPart::etag));
template <>
inline constexpr auto xml::kElements<CompleteMultipartUpload> =
    xml::elements(xml::element("Part", &CompleteMultipartUpload::parts));
template <>
inline constexpr auto xml::kElements<ListEntry> =
    xml::elements(xml::element("Key", &ListEntry::key), xml::element("Size", &ListEntry::size),
                  xml::element("LastModified", &ListEntry::last_modified));
template <>
inline constexpr auto xml::kElements<ListBucketResult> =
    xml::elements(xml::element("Name", &ListBucketResult::name),
                  xml::element("NextMarker", &ListBucketResult::next_marker),
                  xml::element("IsTruncated", &ListBucketResult::is_truncated),
                  xml::element("Contents", &ListBucketResult::contents));
template <>
inline constexpr auto xml::kWords<Permission> =
    xml::words<Permission>({{Permission::FullControl, "FULL_CONTROL"}, {Permission::Read, "READ"}});
template <>
inline constexpr auto xml::kElements<Grantee> =
    xml::elements(xml::element("ID", &Grantee::id), xml::attribute("xsi:type", &Grantee::type),
                  xml::constant_attribute("xmlns:xsi", "http://xsi"));
template <>
inline constexpr auto xml::kElements<Grant> = xml::elements(
    xml::element("Grantee", &Grant::grantee), xml::element("Permission", &Grant::permission));
template <>
inline constexpr auto xml::kElements<AccessControlPolicy> =
    xml::elements(xml::wrapped("AccessControlList", "Grant", &AccessControlPolicy::grants),
                  xml::wrapped("Numbers", "N", &AccessControlPolicy::numbers));

namespace xml {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr ReadOptions kStrict{.unknown = UnknownElements::Reject};

TEST(XmlReadTest, ReadsRepeatedAndNestedElements) {
    const auto upload = read<CompleteMultipartUpload>(
        "<?xml version='1.0'?><s3:CompleteMultipartUpload xmlns:s3='x'>"
        "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
        "<s3:Part><ETag>b<!-- no comment --><![CDATA[&]]></ETag><PartNumber> 2\n</PartNumber>"
        "</s3:Part></s3:CompleteMultipartUpload>",
        "CompleteMultipartUpload");
    ASSERT_TRUE(upload);
    ASSERT_EQ(upload->parts.size(), 2u);
    EXPECT_EQ(upload->parts[0].part_number, 1);
    EXPECT_EQ(upload->parts[0].etag, "\"a\"");
    EXPECT_EQ(upload->parts[1].part_number, 2);
    EXPECT_EQ(upload->parts[1].etag, "b&");
}

TEST(XmlReadTest, KeepsTextsOfBlanksOnly) {
    for (const std::string_view blanks : {" ", "   ", "\t", "\n ", "&#32;", "<![CDATA[ ]]>"}) {
        const auto part = read<CompletedPart>("<Part>\n <PartNumber>1</PartNumber>\n <ETag>" +
                                                  std::string(blanks) + "</ETag>\n</Part>",
                                              "Part");
        ASSERT_TRUE(part);
        EXPECT_EQ(part->etag, blanks.size() > 4 ? " " : blanks);
    }
}

struct FaultCase {
    std::string_view text;
    ReadErrorKind kind;
    std::string_view element;
};

TEST(XmlReadTest, NamesTheElementAtFault) {
    const FaultCase cases[] = {
        {"<Part><ETag/></Part>", ReadErrorKind::MissingElement, "PartNumber"},
        {"<Part><PartNumber>1</PartNumber></Part>", ReadErrorKind::MissingElement, "ETag"},
        {"<Part><PartNumber>1x</PartNumber><ETag/></Part>", ReadErrorKind::InvalidValue,
         "PartNumber"},
        {"<Part><PartNumber/><ETag/></Part>", ReadErrorKind::InvalidValue, "PartNumber"},
        {"<Part><PartNumber>2147483648</PartNumber><ETag/></Part>", ReadErrorKind::InvalidValue,
         "PartNumber"},
        {"<Part><PartNumber>1</PartNumber><ETag/><PartNumber>1</PartNumber></Part>",
         ReadErrorKind::DuplicateElement, "PartNumber"},
        {"<Other/>", ReadErrorKind::UnexpectedRoot, "Other"},
        {"<part/>", ReadErrorKind::UnexpectedRoot, "part"},
        {"<Part/><Part/>", ReadErrorKind::Malformed, ""},
        {"<Part>", ReadErrorKind::Malformed, ""},
        {"", ReadErrorKind::Malformed, ""},
    };
    for (const FaultCase& each : cases) {
        const auto part = read<CompletedPart>(each.text, "Part");
        ASSERT_FALSE(part) << each.text;
        EXPECT_EQ(part.error().kind, each.kind) << each.text;
        EXPECT_EQ(part.error().element, each.element) << each.text;
    }
    EXPECT_EQ(read<CompletedPart>("<Part/>", "Part", {.max_bytes = 6}).error().kind,
              ReadErrorKind::TooLarge);
}

TEST(XmlReadTest, IgnoresOrRejectsUnknownElements) {
    constexpr std::string_view kOuter =
        "<U><Part><PartNumber>1</PartNumber><ETag/></Part><New/></U>";
    constexpr std::string_view kInner =
        "<U><Part><PartNumber>1</PartNumber><New/><ETag/></Part></U>";
    for (const std::string_view text : {kOuter, kInner}) {
        EXPECT_TRUE(read<CompleteMultipartUpload>(text, "U"));
        const auto strict = read<CompleteMultipartUpload>(text, "U", kStrict);
        ASSERT_FALSE(strict);
        EXPECT_EQ(strict.error().kind, ReadErrorKind::UnknownElement);
        EXPECT_EQ(strict.error().element, "New");
    }
    EXPECT_TRUE(read<CompleteMultipartUpload>("<U> <!-- --> </U>", "U", kStrict));
}

constexpr std::string_view kPolicy =
    "<AccessControlPolicy xmlns=\"http://s3\"><AccessControlList>"
    "<Grant><Grantee xsi:type=\"CanonicalUser\" xmlns:xsi=\"http://xsi\"><ID>me</ID></Grantee>"
    "<Permission>FULL_CONTROL</Permission></Grant>"
    "<Grant><Grantee xmlns:xsi=\"http://xsi\"></Grantee><Permission>READ</Permission></Grant>"
    "</AccessControlList><Numbers><N>1</N><N>2</N></Numbers></AccessControlPolicy>";

TEST(XmlReadTest, ReadsAttributesEnumsAndWrappedLists) {
    const auto policy = read<AccessControlPolicy>(kPolicy, "AccessControlPolicy", kStrict);
    ASSERT_TRUE(policy) << policy.error().element;
    ASSERT_EQ(policy->grants.size(), 2u);
    EXPECT_EQ(policy->grants[0].grantee.type, "CanonicalUser");
    EXPECT_EQ(policy->grants[0].grantee.id, "me");
    EXPECT_EQ(policy->grants[0].permission, Permission::FullControl);
    EXPECT_EQ(policy->grants[1].grantee.type, "");
    EXPECT_EQ(policy->grants[1].grantee.id, std::nullopt);
    EXPECT_EQ(policy->grants[1].permission, Permission::Read);
    EXPECT_EQ(policy->numbers, (std::vector<int>{1, 2}));
    EXPECT_EQ(write(*policy, "AccessControlPolicy", "http://s3"),
              std::string(kDeclaration) + std::string(kPolicy));
}

TEST(XmlReadTest, AWrappedListMustBePresentUnlessOptional) {
    const FaultCase cases[] = {
        {"<P/>", ReadErrorKind::MissingElement, "AccessControlList"},
        {"<P><AccessControlList/><AccessControlList/></P>", ReadErrorKind::DuplicateElement,
         "AccessControlList"},
        {"<P><AccessControlList><Other/></AccessControlList></P>", ReadErrorKind::UnknownElement,
         "Other"},
        {"<P><AccessControlList/><Numbers><N>x</N></Numbers></P>", ReadErrorKind::InvalidValue,
         "N"},
        {"<P><AccessControlList/><Numbers><M/></Numbers></P>", ReadErrorKind::UnknownElement, "M"},
        {"<P><AccessControlList><Grant><Grantee/><Permission>read</Permission></Grant>"
         "</AccessControlList></P>",
         ReadErrorKind::InvalidValue, "Permission"},
    };
    for (const FaultCase& each : cases) {
        const auto policy = read<AccessControlPolicy>(each.text, "P", kStrict);
        ASSERT_FALSE(policy) << each.text;
        EXPECT_EQ(policy.error().kind, each.kind) << each.text;
        EXPECT_EQ(policy.error().element, each.element) << each.text;
    }
    const auto empty = read<AccessControlPolicy>("<P><AccessControlList/></P>", "P", kStrict);
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->grants.empty());
    EXPECT_EQ(empty->numbers, std::nullopt);
    EXPECT_EQ(write(*empty, "P"),
              std::string(kDeclaration) + "<P><AccessControlList></AccessControlList></P>");
}

TEST(XmlReadTest, ReadsScalars) {
    EXPECT_EQ(Scalar<bool>::from_text(" true\n"), true);
    EXPECT_EQ(Scalar<bool>::from_text("false"), false);
    for (const std::string_view text : {"", "True", "1", "yes", "truefalse"})
        EXPECT_EQ(Scalar<bool>::from_text(text), std::nullopt) << text;
    EXPECT_EQ(Scalar<std::uint64_t>::from_text("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(Scalar<std::uint64_t>::from_text("-1"), std::nullopt);
    EXPECT_EQ(Scalar<int>::from_text("-1"), -1);
    EXPECT_EQ(Scalar<int>::from_text("1 2"), std::nullopt);
    EXPECT_EQ(Scalar<WallTime>::from_text("1970-01-01T00:00:01Z "),
              WallTime(std::chrono::seconds(1)));
    EXPECT_EQ(Scalar<WallTime>::from_text("yesterday"), std::nullopt);
    EXPECT_EQ(collapse(""), "");
    EXPECT_EQ(collapse(" \r\n\t"), "");
    EXPECT_EQ(collapse("a b "), "a b");
}

TEST(XmlWriteTest, WritesInDeclarationOrderAndSkipsAbsentElements) {
    ListBucketResult result{.name = "b"};
    result.contents.push_back({.key = "a\r&\"<>", .size = 5, .last_modified = WallTime{}});
    const std::string text = write(result, "ListBucketResult", "http://s3/");
    EXPECT_EQ(text, std::string(kDeclaration) +
                        "<ListBucketResult xmlns=\"http://s3/\"><Name>b</Name>"
                        "<IsTruncated>false</IsTruncated><Contents>"
                        "<Key>a&#13;&amp;&quot;&lt;&gt;</Key><Size>5</Size>"
                        "<LastModified>1970-01-01T00:00:00.000Z</LastModified></Contents>"
                        "</ListBucketResult>");
    const auto again = read<ListBucketResult>(text, "ListBucketResult", kStrict);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->contents[0].key, result.contents[0].key);
    EXPECT_EQ(again->contents[0].last_modified, WallTime{});
}

TEST(XmlWriteTest, WritesInTheMiddleOfADocument) {
    std::string text;
    Writer writer(text);
    writer.open("Root");
    write_element(writer, "Part", CompletedPart{.part_number = 3, .etag = "e"});
    write_element(writer, "N", 7);
    writer.close();
    EXPECT_EQ(text, "<Root><Part><PartNumber>3</PartNumber><ETag>e</ETag></Part><N>7</N></Root>");
    const auto document = parse(text, "Root");
    ASSERT_TRUE(document);
    const auto part = read_element<CompletedPart>(document->root().find_child("Part"));
    ASSERT_TRUE(part);
    EXPECT_EQ(part->part_number, 3);
}

}  // namespace
}  // namespace xml
}  // namespace tarn
