// The canonical request and the string to sign of SigV4.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// S3 differs from every other service: its paths are percent-decoded once and encoded again, with
// no dot segments or double slashes removed; the others normalise the path and encode it twice.

#pragma once

#include "common/aws/credential_carrier.h"
#include "common/http/head.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

enum class PathRule : std::uint8_t { S3, Standard };

// S3 for "s3" and its relatives (s3express, s3-object-lambda, s3-outposts), else Standard.
PathRule path_rule_of(std::string_view service);

struct CanonicalInput {
    std::string_view method;
    std::string_view path;  // raw, as received, without the query
    QueryParameters query;
    // The signature is among the query's parameters: X-Amz-Signature is left out.
    bool is_query = false;
    const http::Fields& fields;
    // The value of host.  Not taken from fields, so that a request that came through a proxy can be
    // tried under its public names.
    std::string_view host;
    std::string_view signed_headers;  // "host;x-amz-date"
    std::string_view payload_hash;
    PathRule path_rule = PathRule::S3;
};

// Builds canonical requests into a reused buffer: no allocation once it has grown.
// Not thread-safe: one per loop.
class CanonicalRequestBuilder {
  public:
    // The view is good until the next call.  A malformed percent-escape in the path is taken
    // literally: the HTTP layer has refused such targets before.
    std::string_view build(const CanonicalInput& input);

  private:
    void append_path(const CanonicalInput& input);
    void append_query(const CanonicalInput& input);
    void append_headers(const CanonicalInput& input);

    struct Span {
        std::uint32_t offset = 0;
        std::uint32_t name_size = 0;
        std::uint32_t value_size = 0;
    };
    std::string out_;
    std::string scratch_;
    std::vector<Span> spans_;
    std::vector<std::string_view> names_;
};

// "AWS4-HMAC-SHA256\n<amz_date>\n<scope>\n<hex sha256>", into out.
void string_to_sign_to(std::string& out, std::string_view algorithm, std::string_view amz_date,
                       std::string_view scope, std::string_view hash_hex);

// The path without empty and dot segments (RFC 3986, section 5.2.4): the standard rule's first
// step.
std::string normalized_path(std::string_view path);

// value without surrounding white space, and inner runs of blanks folded to one space.
void append_folded(std::string& out, std::string_view value);

}  // namespace tarn::aws
