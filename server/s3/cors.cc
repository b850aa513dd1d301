#include "server/s3/cors.h"

#include "common/base/text.h"
#include "common/xml/node.h"
#include "server/s3/configuration_rules.h"
#include "server/s3/payload.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxRules = 100;
constexpr std::size_t kMaxIdCharacters = 255;
constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "POST", "DELETE", "HEAD"};

// pattern: with at most one '*', which is any run of characters, also none.
bool matches(std::string_view pattern, std::string_view text) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    const std::string_view start = pattern.substr(0, star);
    const std::string_view end = pattern.substr(star + 1);
    return text.size() >= start.size() + end.size() && text.starts_with(start) &&
           text.ends_with(end);
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns,
                               [&](const std::string& pattern) { return matches(pattern, text); });
}

std::string join(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items)
        out.append(out.empty() ? "" : ", ").append(item);
    return out;
}

std::vector<std::string> lower_list(std::string_view text) {
    std::vector<std::string> names;
    for (const std::string_view name : split_list(text))
        names.push_back(to_lower(name));
    return names;
}

std::vector<std::string> texts_of(const xml::Node& rule, std::string_view name) {
    std::vector<std::string> texts;
    for (const xml::Node& child : rule.children) {
        if (child.name == name) texts.push_back(child.text);
    }
    return texts;
}

CorsRule to_rule(const xml::Node& node) {
    CorsRule rule{.origins = texts_of(node, "AllowedOrigin"),
                  .methods = texts_of(node, "AllowedMethod"),
                  .headers = texts_of(node, "AllowedHeader"),
                  .exposed = texts_of(node, "ExposeHeader"),
                  .max_age_seconds = std::string(node.text_of("MaxAgeSeconds"))};
    for (std::string& header : rule.headers)
        header = to_lower(header);
    return rule;
}

Error invalid_request(std::string message) {
    return s3_error(ErrorCode::InvalidRequest, std::move(message));
}

// The value of one of the rule's elements that may have at most one '*'.
Result<void, Error> check_wildcards(const xml::Node& element) {
    if (std::ranges::count(element.text, '*') <= 1) return {};
    return fail(invalid_request(element.name + " \"" + element.text +
                                "\" can not have more than one wildcard."));
}

Result<void, Error> check_element(const xml::Node& element) {
    if (element.name == "AllowedMethod" && !is_cors_method(element.text)) {
        return fail(invalid_request(
            "Found unsupported HTTP method in CORS config. Unsupported method is " + element.text));
    }
    if (element.name == "AllowedOrigin" || element.name == "AllowedHeader") {
        return check_wildcards(element);
    }
    if (element.name == "ExposeHeader" && element.text.find('*') != std::string::npos) {
        return fail(invalid_request("ExposeHeader \"" + element.text +
                                    "\" contains wildcard. We currently do not support wildcard "
                                    "for ExposeHeader."));
    }
    if (element.name == "ID" && element.text.size() > kMaxIdCharacters) {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    return {};
}

}  // namespace

bool is_cors_method(std::string_view method) {
    return std::ranges::find(kMethods, method) != kMethods.end();
}

Result<void, Error> check_cors(const ConfigurationPut&, xml::Node& document) {
    if (document.children.size() > kMaxRules) return fail(s3_error(ErrorCode::MalformedXML));
    for (const xml::Node& rule : document.children) {
        for (const xml::Node& element : rule.children) {
            if (auto ok = check_element(element); !ok) return ok;
        }
    }
    return {};
}

std::shared_ptr<const CorsRules> parse_cors(std::string_view document) {
    if (document.empty()) return nullptr;
    const auto parsed = xml::parse_tree(document, {.max_bytes = kMaxXmlBodyBytes});
    if (!parsed) return nullptr;
    auto rules = std::make_shared<CorsRules>();
    for (const xml::Node& node : parsed->children)
        rules->push_back(to_rule(node));
    return rules;
}

CorsRequest cors_request(const http::RequestHead& head) {
    const auto method = head.fields.find("access-control-request-method");
    return {.origin = head.fields.get("origin"),
            .method = method ? *method : head.method_text,
            .requested_headers = head.fields.get("access-control-request-headers")};
}

const CorsRule* match_cors(const CorsRules& rules, const CorsRequest& request) {
    if (request.origin.empty()) return nullptr;
    const std::vector<std::string> headers = lower_list(request.requested_headers);
    const auto rule = std::ranges::find_if(rules, [&](const CorsRule& each) {
        return std::ranges::find(each.methods, request.method) != each.methods.end() &&
               any_matches(each.origins, request.origin) &&
               std::ranges::all_of(headers, [&](const std::string& header) {
                   return any_matches(each.headers, header);
               });
    });
    return rule == rules.end() ? nullptr : &*rule;
}

void add_cors_fields(http::HeadBuilder& head, const CorsRule& rule, const CorsRequest& request) {
    const bool anyone = std::ranges::find(rule.origins, "*") != rule.origins.end();
    head.add("Access-Control-Allow-Origin", anyone ? "*" : request.origin);
    head.add("Access-Control-Allow-Methods", join(rule.methods));
    const std::string headers = join(lower_list(request.requested_headers));
    if (!headers.empty()) head.add("Access-Control-Allow-Headers", headers);
    if (!rule.exposed.empty()) head.add("Access-Control-Expose-Headers", join(rule.exposed));
    if (!rule.max_age_seconds.empty()) head.add("Access-Control-Max-Age", rule.max_age_seconds);
    if (!anyone) head.add("Access-Control-Allow-Credentials", "true");
    head.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

}  // namespace tarn::s3
