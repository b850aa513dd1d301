#include "server/s3/request.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/observe/log.h"

namespace tarn::s3 {
namespace {

// "Date: …" once a second per thread: formatting it costs more than the rest of the head.
std::string_view date_line() {
    thread_local std::int64_t formatted_second = 0;
    thread_local std::string line;
    const WallTime now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const std::int64_t second = now.time_since_epoch().count() / 1000;
    if (second != formatted_second) {
        formatted_second = second;
        line = "Date: " + format_http_date(now) + "\r\n";
    }
    return line;
}

// What the bucket's configurations add to every answer.
void add_bucket_fields(http::HeadBuilder& head, const Request& request) {
    if (request.bucket->cors) {
        const CorsRequest asked = cors_request(request.head);
        const CorsRule* const rule = match_cors(*request.bucket->cors, asked);
        if (rule) add_cors_fields(head, *rule, asked);
    }
    if (request.bucket->requester_pays && request.header_or_parameter("x-amz-request-payer")) {
        head.add("x-amz-request-charged", "requester");
    }
}

std::shared_ptr<const std::string> shared(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

std::optional<std::string_view> Request::parameter(std::string_view name) const {
    for (const http::QueryParameter& parameter : query) {
        if (parameter.name == name) return parameter.value;
    }
    return std::nullopt;
}

std::optional<std::string_view> Request::header_or_parameter(std::string_view name) const {
    if (const auto value = head.fields.find(name)) return value;
    // SigV2 in the header does not sign the query but for the subresources: nobody vouches for it.
    if (auth.carrier == aws::CredentialCarrier::HeaderV2) return std::nullopt;
    for (const http::QueryParameter& parameter : query) {
        if (iequals(parameter.name, name)) return parameter.value;
    }
    return std::nullopt;
}

namespace {

void add_fields(http::HeadBuilder& head, AnswerFields fields) {
    for (const auto& [name, value] : fields) {
        if (!value.empty()) head.add(name, value);
    }
}

}  // namespace

http::HeadBuilder& begin_response(Request& request, int status) {
    http::HeadBuilder& head = request.exchange.head();
    head.begin_response(status);
    head.add("x-amz-request-id", request.request_id);
    head.add("x-amz-id-2", request.host_id);
    head.add_raw(date_line());
    head.add_raw("Server: AmazonS3\r\n");
    if (request.bucket) add_bucket_fields(head, request);
    if (request.log_notes) request.log_notes->begin_answer();
    return head;
}

Outcome respond_xml(Request& request, std::string xml, AnswerFields fields) {
    http::HeadBuilder& head = begin_response(request, 200);
    head.add("Content-Type", "application/xml");
    add_fields(head, fields);
    auto body = shared(std::move(xml));
    request.exchange.respond(*body, body);
    return {};
}

Outcome respond_empty(Request& request, int status, AnswerFields fields) {
    add_fields(begin_response(request, status), fields);
    request.exchange.respond({});
    return {};
}

void respond_error(Request& request, const Error& error) {
    if (request.log_notes) request.log_notes->error_code = code_of(error);
    http::HeadBuilder& head = begin_response(request, status_of(error));
    for (const auto& [name, value] : error.headers)
        head.add(name, value);
    head.add("Content-Type", "application/xml");
    if (request.head.method == http::Method::Head) {
        request.exchange.respond_without_body(std::nullopt);
        return;
    }
    auto body = shared(error_xml(error, request.request_id, request.host_id));
    request.exchange.respond(*body, body);
}

Error store_failure(storage::StoreError error, std::string_view what) {
    log_error("{}: {}", what, storage::to_text(error));
    if (error == storage::StoreError::NoSpace) {
        return s3_error(ErrorCode::ServiceUnavailable, "The disk is full.");
    }
    return s3_error(ErrorCode::InternalError);
}

}  // namespace tarn::s3
