// The S3 API with a bucket "acl" of kOwner whose ACLs count.

#pragma once

#include "tests/unit/server/s3/s3_under_test.h"

#include <fmt/format.h>

namespace tarn::s3 {

class AclTest : public S3Test {
  protected:
    AclTest() { make_bucket("acl", "ObjectWriter"); }

    void make_bucket(std::string_view name, std::string_view ownership, Headers headers = {}) {
        headers.emplace_back("x-amz-object-ownership", ownership);
        const Answer answer = send(
            {.method = "PUT", .target = "/" + std::string(name), .headers = std::move(headers)});
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    static std::string id_of(std::string_view account) { return auth::canonical_id_of(account); }

    Answer write(std::string target, Headers headers = {}, std::string_view account = kOwner) {
        return send({.method = "PUT",
                     .target = std::move(target),
                     .headers = std::move(headers),
                     .body = "body",
                     .account = account});
    }
    // PUT without a body: the ACL is in the headers.
    Answer set_acl(std::string target, Headers headers, std::string_view account = kOwner) {
        return send({.method = "PUT",
                     .target = std::move(target) + "?acl",
                     .headers = std::move(headers),
                     .account = account});
    }
    Answer set_canned(std::string target, std::string name, std::string_view account = kOwner) {
        return set_acl(std::move(target), {{"x-amz-acl", std::move(name)}}, account);
    }
    Answer put_document(std::string target, std::string document,
                        std::string_view account = kOwner) {
        return send({.method = "PUT",
                     .target = std::move(target),
                     .body = std::move(document),
                     .account = account});
    }
    int status_of_get(std::string target, std::string_view account) {
        return send({.target = std::move(target), .account = account}).status;
    }

    static std::string grant_xml(std::string_view type, std::string_view element,
                                 std::string_view name, std::string_view permission) {
        return fmt::format(
            R"(<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" )"
            R"(xsi:type="{}"><{}>{}</{}></Grantee><Permission>{}</Permission></Grant>)",
            type, element, name, element, permission);
    }
    static std::string user_grant(std::string_view account, std::string_view permission) {
        return grant_xml("CanonicalUser", "ID", id_of(account), permission);
    }
    static std::string group_grant(std::string_view group, std::string_view permission) {
        return grant_xml("Group", "URI", fmt::format("http://acs.amazonaws.com/groups/{}", group),
                         permission);
    }
    static std::string document(std::string_view owner, std::string_view grants) {
        return fmt::format(
            R"(<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner>)"
            R"(<ID>{}</ID></Owner><AccessControlList>{}</AccessControlList></AccessControlPolicy>)",
            id_of(owner), grants);
    }
    // What a read of an ACL answers.
    static std::string shown(std::string_view owner, std::string_view grants) {
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document(owner, grants);
    }
    std::string acl_of(const std::string& target, std::string_view account = kOwner) {
        return send({.target = target + "?acl", .account = account}).body;
    }
};

}  // namespace tarn::s3
