// PostObject: a browser form that uploads a file, with a policy signed by somebody else.
//
// POST is PUT with form fields in the place of headers, and so it is done: the fields become the
// headers of a request to put the file under its key.

#include "common/aws/post_policy.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/xml/writer.h"
#include "server/s3/access.h"
#include "server/s3/address.h"
#include "server/s3/operations.h"
#include "server/s3/post_fields.h"
#include "server/s3/post_form.h"
#include "server/s3/put_object.h"

namespace tarn::s3 {
namespace {

Error from_policy_error(aws::PostPolicyError error) {
    const bool is_denied = error.kind == aws::PostPolicyError::Kind::Denied;
    return s3_error(is_denied ? ErrorCode::AccessDenied : ErrorCode::InvalidPolicyDocument,
                    std::move(error.message));
}

Result<std::string, Error> read_key(aws::FormFields fields) {
    const std::string_view key = aws::find_field(fields, "key").value_or(std::string_view{});
    if (key.empty()) {
        return fail(invalid_argument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields.",
            "key", ""));
    }
    if (!is_utf8(key)) return fail(s3_error(ErrorCode::MalformedPOSTRequest));
    if (key.size() > kMaxKeyBytes) {
        return fail(s3_error(ErrorCode::KeyTooLongError, {},
                             {{"Size", std::to_string(key.size())},
                              {"MaxSizeAllowed", std::to_string(kMaxKeyBytes)}}));
    }
    return std::string(key);
}

// Who signed the form, and whether it keeps to what was signed: the sizes that its file may have.
// The policy of an anonymous form proves nothing and is not looked at.
Result<aws::LengthRange, Error> authenticate_form(Request& request, aws::FormFields fields) {
    if (auto known = request.form_authenticator->authenticate_form(request, fields); !known) {
        return fail(std::move(known).error());
    }
    if (!request.auth.by_form()) return aws::LengthRange{};
    const auto policy = aws::parse_post_policy(request.auth.form_policy);
    if (!policy) return fail(from_policy_error(policy.error()));
    auto range =
        aws::check_post_policy(*policy, fields, request.bucket->name, request.received,
                               request.compat.radosgw_lenient ? aws::UncoveredChecksums::Taken
                                                              : aws::UncoveredChecksums::Refused);
    if (!range) return fail(from_policy_error(std::move(range).error()));
    return *range;
}

// The head of the request to put the form's file, and what it points to besides the form.
struct PutHead {
    http::RequestHead head;
    std::string tagging;
};

// The request to put the form's file; put_head is filled and must outlive it.
Result<Request, Error> put_request(const Request& request, aws::FormFields fields, std::string key,
                                   PutHead& put_head) {
    http::RequestHead& head = put_head.head;
    head = {.method = http::Method::Put,
            .method_text = "PUT",
            .target = request.head.target,
            .host = request.head.host};
    TARN_TRY(head.fields, put_headers(fields, request.head.fields, put_head.tagging));
    Request put{.exchange = request.exchange,
                .head = head,
                .target = request.target,
                .host_bucket = request.host_bucket,
                .address = {.resource = Resource::Object,
                            .bucket = request.address.bucket,
                            .key = std::move(key)},
                .operation = request.operation,
                .auth = request.auth,
                .bucket = request.bucket,
                .request_id = request.request_id,
                .host_id = request.host_id,
                .received = request.received,
                .compat = request.compat,
                .log_notes = request.log_notes};
    if (put.log_notes) put.log_notes->key = put.key();
    // What the head said about the body was about the form.
    put.auth.payload_mode = aws::PayloadMode::Unsigned;
    return put;
}

// The object's URL, the key's slashes encoded as well (recorded).
std::string object_url(const Request& put) {
    std::string url = put.exchange.peer().tls ? "https://" : "http://";
    url.append(put.head.host).append("/");
    if (!put.host_bucket) url.append(put.address.bucket).append("/");
    percent_encode_to(url, put.key(), KeepSlash::No);
    return url;
}

std::string post_response(const Request& put, std::string_view location, std::string_view etag) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("PostResponse");
    writer.element("Location", location);
    writer.element("Bucket", put.address.bucket);
    writer.element("Key", put.key());
    writer.element("ETag", '"' + std::string(etag) + '"');
    writer.close();
    return out;
}

void respond_stored(Request& request, const Request& put, aws::FormFields fields,
                    const StoredObject& stored) {
    const auto redirect = success_redirect(fields, put.address.bucket, put.key(), stored.etag);
    constexpr int kSeeOther = 303;
    constexpr int kCreated = 201;
    const int status = redirect ? kSeeOther : success_status(fields);
    const std::string location = redirect ? *redirect : object_url(put);
    http::HeadBuilder& head = begin_response(request, status);
    add_stored_fields(head, put, stored);
    head.add("Location", location);
    if (status != kCreated) {
        request.exchange.respond({});
        return;
    }
    head.add("Content-Type", "application/xml");
    const auto body =
        std::make_shared<const std::string>(post_response(put, location, stored.etag));
    request.exchange.respond(*body, body);
}

}  // namespace

net::Task<Outcome> post_object(Services& services, Request& request) {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
    if (request.auth.presigned()) co_return fail(s3_error(ErrorCode::AccessDenied));
    auto opened = FormReader::open(request);
    if (!opened) co_return fail(std::move(opened).error());
    FormReader form = *std::move(opened);
    if (auto read = co_await form.read_fields(); !read) co_return read;
    TARN_CO_TRY(std::string key, read_key(form.fields()));
    TARN_CO_TRY(const aws::LengthRange range, authenticate_form(request, form.fields()));
    form.limit(range);

    PutHead head;
    TARN_CO_TRY(Request put, put_request(request, form.fields(), std::move(key), head));
    if (auto ok = check_object_access(put, put.operation->action, put.key()); !ok) co_return ok;
    auto stored = co_await store_object(services, put, &form);
    if (!stored) co_return fail(std::move(stored).error());
    respond_stored(request, put, form.fields(), *stored);
    co_return Outcome{};
}

}  // namespace tarn::s3
