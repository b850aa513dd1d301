// Which S3 operation a request is.
//
// Every operation of the S3 REST API has exactly one row here, also those that we do not implement:
// a request for one of those is answered NotImplemented and is never mistaken for another
// operation. Adding an operation means: a handler in the file of its family, its name in
// operation_handlers.cc, a test.

#pragma once

#include "common/http/head.h"
#include "common/http/target.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

enum class Resource : std::uint8_t { Service, Bucket, Object };
std::string_view to_text(Resource resource);  // "SERVICE", as errors name it

// Something besides the method and the resource that tells operations apart: a query parameter
// ("?uploads"), a parameter with a value ("?list-type=2"), or a header (x-amz-copy-source).
struct Selector {
    enum class Kind : std::uint8_t { None, Query, Header };

    Kind kind = Kind::None;
    std::string_view name;
    std::string_view value;  // empty: any value

    friend constexpr bool operator==(const Selector&, const Selector&) = default;
};

constexpr Selector query(std::string_view name, std::string_view value = {}) {
    return {Selector::Kind::Query, name, value};
}
constexpr Selector header(std::string_view name) {
    return {Selector::Kind::Header, name, {}};
}

struct OperationRow {
    std::string_view name;    // as in the S3 API reference
    std::string_view action;  // the IAM action that a policy grants or denies
    http::Method method;
    Resource resource;
    std::array<Selector, 3> selectors;
};

// All rows; their indexes are what operation_handlers.cc maps to handlers.
std::span<const OperationRow> operations();

// The matching row with the most selectors.  Null: there is none, or a change names a subresource
// that no row of its method has.
const OperationRow* find_operation(http::Method method, Resource resource,
                                   const std::vector<http::QueryParameter>& query,
                                   const http::Fields& fields);
// The methods for which there is a row, as the value of Allow (RFC 9110, section 10.2.1).
std::string allowed_methods(Resource resource, const std::vector<http::QueryParameter>& query,
                            const http::Fields& fields);

}  // namespace tarn::s3
