#include "common/http/target.h"

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>

namespace tarn::http {

Target split_target(std::string_view target) {
    const std::size_t question = target.find('?');
    if (question == std::string_view::npos) return {.path = target};
    return {.path = target.substr(0, question),
            .query = target.substr(question + 1),
            .has_query = true};
}

std::optional<std::vector<QueryParameter>> parse_query(std::string_view query) {
    std::vector<QueryParameter> parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view member = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (member.empty()) continue;  // "a&&b", "a&"
        if (parameters.size() == kMaxQueryParameters) return std::nullopt;

        const std::size_t equals = member.find('=');
        QueryParameter parameter{.raw_name = member.substr(0, equals)};
        if (equals != std::string_view::npos) {
            parameter.raw_value = member.substr(equals + 1);
            parameter.has_value = true;
        }
        auto name = percent_decode(parameter.raw_name);
        auto value = percent_decode(parameter.raw_value);
        if (!name || !value) return std::nullopt;
        parameter.name = *std::move(name);
        parameter.value = *std::move(value);
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

HostPort split_host(std::string_view host) {
    std::string_view name = host;
    std::string_view port;
    if (host.starts_with('[')) {
        const std::size_t close = host.find(']');
        name = host.substr(1, close == std::string_view::npos ? close : close - 1);
        const std::string_view rest =
            close == std::string_view::npos ? std::string_view{} : host.substr(close + 1);
        if (rest.starts_with(':')) port = rest.substr(1);
    } else if (const std::size_t colon = host.find(':');
               colon != std::string_view::npos && host.rfind(':') == colon) {
        // More than one colon: an IPv6 address without brackets, which has no port.
        name = host.substr(0, colon);
        port = host.substr(colon + 1);
    }
    return {.host = to_lower(name), .port = port};
}

}  // namespace tarn::http
