#include "server/cloudfront/answers.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/cdn/config_document.h"
#include "common/http/target.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cloudfront {

using xml::Node;

std::string to_document(const Node& root) {
    return xml::write_tree(root, cdn::kApiNamespace);
}

ApiResponse answer(int status, const Node& root, std::string etag, std::string location) {
    ApiResponse response{.status = status, .body = to_document(root)};
    if (!etag.empty()) response.headers.emplace_back("ETag", std::move(etag));
    if (!location.empty()) response.headers.emplace_back("Location", std::move(location));
    return response;
}

std::string location_of(std::string_view path) {
    return fmt::format("https://cloudfront.amazonaws.com/2020-05-31/{}", path);
}

ApiResponse no_content() {
    return {.status = 204};
}

Result<void, Error> check_if_match(const ApiRequest& request, std::string_view etag) {
    std::string_view given = trim(request.if_match.value_or(std::string_view{}));
    if (given.size() >= 2 && given.front() == '"' && given.back() == '"') {
        given = given.substr(1, given.size() - 2);
    }
    if (given.empty()) return fail(error(ErrorCode::InvalidIfMatchVersion));
    if (given != etag) return fail(error(ErrorCode::PreconditionFailed));
    return {};
}

std::string new_etag(Random& random) {
    return "E" + random_upper_alnum(random, 13);
}

std::optional<std::string> query_value(std::string_view raw_query, std::string_view name) {
    const auto parameters = http::parse_query(raw_query);
    if (!parameters) return std::nullopt;
    const auto found = std::ranges::find(*parameters, name, &http::QueryParameter::name);
    if (found == parameters->end()) return std::nullopt;
    return found->value;
}

Result<PageRequest, Error> page_request(std::string_view raw_query) {
    PageRequest request{.marker = query_value(raw_query, "Marker").value_or("")};
    const auto max_items = query_value(raw_query, "MaxItems");
    if (!max_items || max_items->empty()) return request;
    const auto count = parse_uint(*max_items);
    if (!count || *count == 0) {
        return fail(error(ErrorCode::InvalidArgument,
                          "The parameter MaxItems must be a number of at least 1."));
    }
    // AWS: 100 is the default and, for most lists, the maximum.
    request.max_items = static_cast<std::size_t>(std::min<std::uint64_t>(*count, 1000));
    return request;
}

Node page(std::string_view root, ListForm form, const PageRequest& request,
          std::vector<Listed> all) {
    auto first = all.begin();
    if (!request.marker.empty()) {
        const auto marked = std::ranges::find(all, request.marker, &Listed::id);
        // A marker whose item is gone: the list starts anew rather than end too early.
        if (marked != all.end()) first = marked + 1;
    }
    const auto left = static_cast<std::size_t>(all.end() - first);
    const std::size_t count = std::min(left, request.max_items);
    const auto last = first + static_cast<std::ptrdiff_t>(count);

    Node list{.name = std::string(root)};
    if (form == ListForm::WithMarker) list.add("Marker", request.marker);
    if (last != all.end()) list.add("NextMarker", (last - 1)->id);
    list.add("MaxItems", std::to_string(request.max_items));
    if (form == ListForm::WithMarker) list.add("IsTruncated", last != all.end() ? "true" : "false");
    list.add("Quantity", std::to_string(count));
    if (count == 0) return list;
    Node& items = list.add("Items");
    for (auto item = first; item != last; ++item)
        items.children.push_back(std::move(item->node));
    return list;
}

std::string timestamp(WallTime time) {
    return format_iso8601_ms(time);
}

}  // namespace tarn::cloudfront
