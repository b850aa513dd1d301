#include "server/s3/acl_document.h"

#include "server/s3/document_schema.h"
#include "server/s3/owner_xml.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace tarn::s3 {
namespace {

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

struct GranteeType {
    std::string_view xsi_type;
    std::string_view element;
    NamedGrant::Kind kind;
};
constexpr GranteeType kGranteeTypes[] = {
    {"CanonicalUser", "ID", NamedGrant::Kind::Id},
    {"Group", "URI", NamedGrant::Kind::Uri},
    {"AmazonCustomerByEmail", "EmailAddress", NamedGrant::Kind::Email},
};

Error malformed() {
    return s3_error(ErrorCode::MalformedACLError);
}

constexpr ElementRow kAccountRows[] = {{.name = "ID", .count = Count::One},
                                       {.name = "DisplayName"}};
constexpr Shape kAccount{kAccountRows};
constexpr ElementRow kGranteeRows[] = {
    {.name = "ID"}, {.name = "DisplayName"}, {.name = "EmailAddress"}, {.name = "URI"}};
constexpr Shape kGrantee{kGranteeRows};
constexpr ElementRow kGrantRows[] = {
    {.name = "Grantee", .count = Count::One, .kind = ElementKind::Group, .shape = &kGrantee},
    {.name = "Permission", .count = Count::One},
};
constexpr Shape kGrant{kGrantRows};
constexpr ElementRow kListRows[] = {
    {.name = "Grant", .count = Count::Any, .kind = ElementKind::Group, .shape = &kGrant}};
constexpr Shape kList{kListRows};
constexpr ElementRow kPolicyRows[] = {
    {.name = "Owner", .count = Count::One, .kind = ElementKind::Group, .shape = &kAccount},
    {.name = "AccessControlList", .count = Count::One, .kind = ElementKind::Group, .shape = &kList},
};
constexpr Shape kPolicy{kPolicyRows};

// The shape has no word for xsi:type, which says what the grantee is.
Result<NamedGrant, Error> parse_grant(xml::ElementView grant) {
    const auto grantee = grant.find_child("Grantee");
    const auto permission = grant.find_child("Permission");
    const auto* const type =
        std::ranges::find(kGranteeTypes, grantee.attribute("xsi:type"), &GranteeType::xsi_type);
    if (type == std::end(kGranteeTypes)) return fail(malformed());
    const auto name = grantee.find_child(type->element);
    const auto parsed = auth::parse_permission(permission.text());
    if (!name || !parsed) return fail(malformed());
    return NamedGrant{.kind = type->kind, .name = name.text(), .permission = *parsed};
}

bool is_to_group(const auth::Grant& grant) {
    return !auth::group_uri(grant.grantee.kind).empty();
}

void write_grant(xml::Writer& writer, const Services& services, const auth::Grant& grant) {
    writer.open("Grant");
    const std::string_view uri = auth::group_uri(grant.grantee.kind);
    writer.open("Grantee",
                {{"xmlns:xsi", kXsi}, {"xsi:type", uri.empty() ? "CanonicalUser" : "Group"}});
    if (!uri.empty()) {
        writer.element("URI", uri);
    } else if (grant.grantee.kind == auth::GranteeKind::ExecReader) {
        writer.element("ID", kExecReaderCanonicalId);
    } else {
        write_account(writer, services, grant.grantee.account_id);
    }
    writer.close();
    writer.element("Permission", auth::to_text(grant.permission)).close();
}

}  // namespace

Result<AclDocument, Error> parse_acl_document(std::string_view text) {
    const auto parsed = parse_document(text, "AccessControlPolicy");
    if (!parsed || !fit_to_shape(parsed->root(), kPolicy)) return fail(malformed());
    const auto list = parsed->root().find_child("AccessControlList");
    AclDocument document{.owner_id = parsed->root().find_child("Owner").find_child("ID").text()};
    for (auto grant = list.first_child(); grant; grant = grant.next_sibling()) {
        if (document.grants.size() == auth::kMaxGrants) return fail(malformed());
        TARN_TRY(NamedGrant named, parse_grant(grant));
        document.grants.push_back(std::move(named));
    }
    return document;
}

std::string acl_xml(const Services& services, std::string_view owner_account_id,
                    const auth::Acl& acl) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("AccessControlPolicy", {{"xmlns", kS3Xmlns}});
    write_owner(writer, services, "Owner", owner_account_id);
    writer.open("AccessControlList");
    const auto write_those = [&](auto is_meant) {
        for (const auth::Grant& grant : acl) {
            if (is_meant(grant)) write_grant(writer, services, grant);
        }
    };
    if (services.compat.acl_groups_first) {
        write_those(is_to_group);
        write_those(std::not_fn(is_to_group));
    } else {
        write_those([](const auth::Grant&) { return true; });
    }
    writer.close().close();
    return out;
}

}  // namespace tarn::s3
