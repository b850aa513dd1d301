#include "edge/cache/vary.h"

#include "common/base/text.h"
#include "edge/origin/selection.h"

#include <algorithm>

namespace tarn::edge {
namespace {

bool reaches_origin(const cdn::CacheBehavior& behavior, std::string_view name) {
    if (selects_header(behavior.cache.headers, name)) return true;
    return behavior.origin_request && selects_header(behavior.origin_request->headers, name);
}

bool names_device_header(const cdn::NameSelection& selection) {
    return std::any_of(selection.names.begin(), selection.names.end(), [](const std::string& name) {
        return istarts_with(name, "cloudfront-is-");
    });
}

bool stays(const cdn::CacheBehavior& behavior, std::string_view name) {
    if (name == "*" || iequals(name, "accept-encoding") || iequals(name, "cookie")) return true;
    if (reaches_origin(behavior, name)) return true;
    if (!iequals(name, "user-agent")) return false;
    return names_device_header(behavior.cache.headers) ||
           (behavior.origin_request && names_device_header(behavior.origin_request->headers));
}

}  // namespace

std::string edit_vary(const cdn::CacheBehavior& behavior, std::string_view value) {
    std::string edited;
    for (const std::string_view name : split_list(value)) {
        if (!stays(behavior, name)) continue;
        if (!edited.empty()) edited += ", ";
        edited += name;
    }
    return edited;
}

}  // namespace tarn::edge
