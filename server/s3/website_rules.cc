// What a website configuration must satisfy (recorded texts).
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html

#include "server/s3/configuration_rules.h"

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxRoutingRules = 50;

Error invalid_request(std::string message) {
    return s3_error(ErrorCode::InvalidRequest, std::move(message));
}

Result<void, Error> check_protocol(const xml::Node& redirect) {
    const xml::Node* const protocol = redirect.find("Protocol");
    if (!protocol || protocol->text == "http" || protocol->text == "https") return {};
    return fail(
        invalid_request("Invalid protocol, protocol can be http or https. If not defined "
                        "the protocol will be selected automatically."));
}

Result<void, Error> check_redirect_all(const xml::Node& document, const xml::Node& redirect) {
    if (document.children.size() > 1) {
        return fail(invalid_argument(
            "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
            "RedirectAllRequestsTo", "not null"));
    }
    if (redirect.text_of("HostName").empty()) return fail(s3_error(ErrorCode::MalformedXML));
    return check_protocol(redirect);
}

Result<void, Error> check_index(const xml::Node* index) {
    if (!index) {
        return fail(
            invalid_argument("A value for IndexDocument Suffix must be provided if "
                             "RedirectAllRequestsTo is empty",
                             "IndexDocument", "null"));
    }
    const std::string_view suffix = index->text_of("Suffix");
    if (!suffix.empty() && suffix.find('/') == std::string_view::npos) return {};
    return fail(
        invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix));
}

Result<void, Error> check_routing_rule(const xml::Node& rule) {
    const xml::Node* const condition = rule.find("Condition");
    if (condition && condition->children.empty()) {
        return fail(
            invalid_request("Condition cannot be empty. To redirect all requests without a "
                            "condition, the condition element shouldn't be present."));
    }
    const xml::Node* const redirect = rule.find("Redirect");
    if (!redirect) return {};
    if (redirect->find("ReplaceKeyWith") && redirect->find("ReplaceKeyPrefixWith")) {
        return fail(
            invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both."));
    }
    return check_protocol(*redirect);
}

}  // namespace

Result<void, Error> check_website(const ConfigurationPut&, xml::Node& document) {
    if (const xml::Node* const redirect = document.find("RedirectAllRequestsTo")) {
        return check_redirect_all(document, *redirect);
    }
    if (auto ok = check_index(document.find("IndexDocument")); !ok) return ok;
    const xml::Node* const error = document.find("ErrorDocument");
    if (error && error->text_of("Key").empty()) return fail(s3_error(ErrorCode::MalformedXML));
    const xml::Node* const rules = document.find("RoutingRules");
    if (!rules) return {};
    if (rules->children.size() > kMaxRoutingRules) {
        return fail(invalid_request(fmt::format(
            "{} routing rules provided, the number of routing rules in a website configuration is "
            "limited to {}.",
            rules->children.size(), kMaxRoutingRules)));
    }
    for (const xml::Node& rule : rules->children) {
        if (auto ok = check_routing_rule(rule); !ok) return ok;
    }
    return {};
}

}  // namespace tarn::s3
