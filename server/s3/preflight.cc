#include "server/s3/preflight.h"

#include "server/s3/cors.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kNotAllowed =
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
    "not whitelisted by the resource's CORS spec.";

Error forbidden(std::string_view message, std::string_view method, Resource resource) {
    return s3_error(
        ErrorCode::AccessForbidden, std::string(message),
        {{"Method", std::string(method)}, {"ResourceType", std::string(to_text(resource))}});
}

}  // namespace

Outcome answer_preflight(Request& request) {
    const CorsRequest asked = cors_request(request.head);
    if (asked.origin.empty()) {
        return fail(s3_error(ErrorCode::BadRequest,
                             "Insufficient information. Origin request header needed."));
    }
    // Where no rules are asked the resource is the bucket, whatever the address (recorded).
    if (!request.bucket) {
        return fail(forbidden("CORSResponse: Bucket not found", asked.method, Resource::Bucket));
    }
    if (!request.bucket->cors) {
        return fail(forbidden("CORSResponse: CORS is not enabled for this bucket.", asked.method,
                              Resource::Bucket));
    }
    if (!is_cors_method(asked.method)) {
        const auto method = request.head.fields.find("access-control-request-method");
        return fail(s3_error(ErrorCode::BadRequest, "Invalid Access-Control-Request-Method: " +
                                                        std::string(method.value_or("null"))));
    }
    if (!match_cors(*request.bucket->cors, asked)) {
        return fail(forbidden(kNotAllowed, asked.method, request.address.resource));
    }
    // begin_response() adds the fields of the rule.
    return respond_empty(request, 200);
}

}  // namespace tarn::s3
