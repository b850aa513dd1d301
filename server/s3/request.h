// One S3 request on its way through the operations.

#pragma once

#include "common/http/target.h"
#include "common/net/exchange.h"
#include "server/auth/authenticate.h"
#include "server/s3/access_log_notes.h"
#include "server/s3/bucket_registry.h"
#include "server/s3/error.h"
#include "server/s3/operation_table.h"
#include "server/s3/services.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::s3 {

// Where a request points, after host and path have been told apart.
struct Address {
    Resource resource = Resource::Service;
    std::string bucket;
    std::string key;  // decoded once
};

struct Request;

// Finds out who signed a browser form, whose credentials stand in its body.
class FormAuthenticator {
  public:
    virtual ~FormAuthenticator() = default;
    // Sets request.auth.  Errors: those of auth::Authenticator::authenticate_form().
    virtual Result<void, Error> authenticate_form(Request& request, aws::FormFields fields) = 0;
};

struct Request {
    net::Exchange& exchange;
    const http::RequestHead& head;
    http::Target target;
    std::vector<http::QueryParameter> query;
    std::optional<std::string> host_bucket;  // of virtual-hosted style
    Address address;
    const OperationRow* operation = nullptr;
    auth::Authentication auth;
    BucketPtr bucket;  // set for operations on an existing bucket
    // Of PutObjectTagging's body, where the bucket's policy asks for them (read_tags_for_policy).
    std::optional<Result<TagSet, Error>> body_tags;
    // Of a copy's source, which the copy takes along (check_copied_tags).
    std::optional<TagSet> copied_tags;
    std::string request_id;
    std::string host_id;
    WallTime received;
    std::uint64_t reset_count = 0;  // BucketRegistry::reset_count() when the request came
    FormAuthenticator* form_authenticator = nullptr;
    CompatSwitches compat = {};  // those of Services, for what only sees the request
    // Null where no bucket logs the request, so that those pay nothing for it.
    std::shared_ptr<AccessLogNotes> log_notes;

    const std::string& key() const { return address.key; }
    std::string_view header(std::string_view name) const { return head.fields.get(name); }
    // The decoded value of the first parameter of that name; nothing if absent.
    std::optional<std::string_view> parameter(std::string_view name) const;
    // A header, or the query parameter of that name: presigned requests carry either.
    std::optional<std::string_view> header_or_parameter(std::string_view name) const;
};

// What an operation ends with: it has answered, or this error is to be answered.
using Outcome = Result<void, Error>;

// Begins a response head with the fields that every S3 answer carries.
http::HeadBuilder& begin_response(Request& request, int status);
// Fields of one answer; those without a value are left out.
using AnswerFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
// Answers 200 with an XML document.
Outcome respond_xml(Request& request, std::string xml, AnswerFields fields = {});
Outcome respond_empty(Request& request, int status, AnswerFields fields = {});
// Answers with an error: XML, or nothing but headers for HEAD.
void respond_error(Request& request, const Error& error);

// Our own failures: 500 or 503, with the cause logged.
Error store_failure(storage::StoreError error, std::string_view what);

}  // namespace tarn::s3
