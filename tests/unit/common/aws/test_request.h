// A request for tests of signatures: owns what http::RequestHead only views.

#pragma once

#include "common/aws/sigv4.h"
#include "common/base/text.h"
#include "common/http/target.h"

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

struct TestRequest {
    std::string method = "GET";
    std::string target = "/";
    std::string host = "127.0.0.1:9000";
    std::vector<std::pair<std::string, std::string>> headers;

    void add(std::string_view name, std::string_view value) { headers.emplace_back(name, value); }
    std::string& value(std::string_view name) {
        for (auto& [header_name, header_value] : headers) {
            if (iequals(header_name, name)) return header_value;
        }
        headers.emplace_back(name, "");
        return headers.back().second;
    }
    void erase(std::string_view name) {
        std::erase_if(headers, [name](const auto& header) { return iequals(header.first, name); });
    }
};

// The parsed form of a TestRequest, which must stay as it is meanwhile.
class ParsedRequest {
  public:
    explicit ParsedRequest(const TestRequest& request)
        : target_(http::split_target(request.target)), query_(http::parse_query(target_.query)) {
        head_.method_text = request.method;
        head_.target = request.target;
        head_.host = request.host;
        head_.fields.add("Host", request.host);
        for (const auto& [name, value] : request.headers)
            head_.fields.add(name, trim(value));
    }

    bool has_query() const { return query_.has_value(); }
    const http::RequestHead& head() const { return head_; }
    QueryParameters query() const { return query_ ? QueryParameters(*query_) : QueryParameters(); }
    SignedRequest view() const { return {.head = head_, .path = target_.path, .query = query()}; }

  private:
    http::RequestHead head_;
    http::Target target_;
    std::optional<std::vector<http::QueryParameter>> query_;
};

}  // namespace tarn::aws
