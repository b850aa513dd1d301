// Which operation of the CloudFront API (2020-05-31) a request is.
//
// Every operation of the API has exactly one row, also those that are not implemented: a list of
// things that cannot be made here is answered empty and well-formed (tools list before they act), a
// look-up of one by "not found", anything else by a modelled error.  Adding an operation means: its
// handler in the file of its family, the row's handler, a test.

#pragma once

#include "server/cloudfront/api.h"
#include "server/cloudfront/resource_kinds.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

struct ControlContext;  // handlers.h
struct Call;

using Handler = ApiResult (*)(ControlContext& context, const Call& call);

struct OperationRow {
    std::string_view name;  // as in the API reference; the IAM action is "cloudfront:" + name
    std::string_view method;
    std::string_view path;      // below /2020-05-31; {} stands for one segment
    std::string_view selector;  // of the query: "WithTags" or "Operation=Tag"; empty: none
    Handler handler = nullptr;
    const ResourceKind* kind = nullptr;  // for the handlers that serve every kind of resource
    // Without handler: the root of the empty list and which members it has (M Marker, X MaxItems,
    // T IsTruncated, Q Quantity), or the error.
    std::string_view empty_list;
    std::string_view list_members;
    ErrorCode otherwise = ErrorCode::UnsupportedOperation;
};

std::span<const OperationRow> operations();

struct Match {
    const OperationRow* row = nullptr;
    std::vector<std::string> parameters;  // the segments that {} stood for, percent-decoded
};
// raw_path with the version prefix, raw_query without '?'.  Nothing where no row matches.
std::optional<Match> find_operation(std::string_view method, std::string_view raw_path,
                                    std::string_view raw_query);

}  // namespace tarn::cloudfront
