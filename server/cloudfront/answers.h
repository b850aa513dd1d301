// What the handlers have in common: preconditions, paging, and the frame of answers.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/xml/node.h"
#include "server/cloudfront/api.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

std::string to_document(const xml::Node& root);
ApiResponse answer(int status, const xml::Node& root, std::string etag = {},
                   std::string location = {});
// https://cloudfront.amazonaws.com/2020-05-31/<path>, as AWS's Location headers have it.
std::string location_of(std::string_view path);
// An answer without body (204).
ApiResponse no_content();

// Missing: InvalidIfMatchVersion; another ETag than the current one: PreconditionFailed.
Result<void, Error> check_if_match(const ApiRequest& request, std::string_view etag);
std::string new_etag(Random& random);

// The value of a query parameter, percent-decoded; nothing if absent.
std::optional<std::string> query_value(std::string_view raw_query, std::string_view name);

// Marker and MaxItems of a list request.  A page begins after the item that is called marker.
struct PageRequest {
    std::string marker;
    std::size_t max_items = 100;
};
Result<PageRequest, Error> page_request(std::string_view raw_query);

struct Listed {
    std::string id;  // markers name it
    xml::Node node;
};
// Which members the list element has besides NextMarker, MaxItems, Quantity and Items.
enum class ListForm : std::uint8_t { Plain, WithMarker };
// <root>…</root> with the page of all that the request names.  all is complete, in list order.
xml::Node page(std::string_view root, ListForm form, const PageRequest& request,
               std::vector<Listed> all);

std::string timestamp(WallTime time);

}  // namespace tarn::cloudfront
