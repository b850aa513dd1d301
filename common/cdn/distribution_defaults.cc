#include "common/cdn/distribution_defaults.h"

#include "common/cdn/config_document.h"

#include <algorithm>

namespace tarn::cdn {
namespace {

using xml::Node;

constexpr std::int64_t kDefaultTtlSeconds = 86'400;
constexpr std::int64_t kMaxTtlSeconds = 31'536'000;

void fill(Node& node, std::string_view name, std::string_view text) {
    if (!node.find(name)) node.children.push_back(leaf(name, text));
}

Node default_methods(std::string_view name) {
    return list_of(name, {leaf("Method", "HEAD"), leaf("Method", "GET")});
}

// GET and HEAD are allowed and cached unless more is said.
void complete_methods(Node& behavior) {
    Node* allowed = behavior.find("AllowedMethods");
    if (!allowed) return;
    Node* cached = allowed->find("CachedMethods");
    if (cached && items_at(*cached, "").empty()) *cached = default_methods("CachedMethods");
    if (!items_at(*allowed, "").empty()) return;
    Node completed = default_methods("AllowedMethods");
    if (cached) completed.children.push_back(std::move(*cached));
    *allowed = std::move(completed);
}

// "DefaultTTL … if you don't specify it: the greater of one day and MinTTL", and so on.  They are
// the last members of a behavior, in this order.
void complete_legacy_ttls(Node& behavior) {
    if (!behavior.find("ForwardedValues")) return;
    const std::int64_t min = number_at(behavior, "MinTTL");
    const std::int64_t default_ttl =
        number_at(behavior, "DefaultTTL", std::max(kDefaultTtlSeconds, min));
    const std::int64_t max = number_at(behavior, "MaxTTL", std::max(kMaxTtlSeconds, default_ttl));
    std::erase_if(behavior.children, [](const Node& node) {
        return node.name == "MinTTL" || node.name == "DefaultTTL" || node.name == "MaxTTL";
    });
    behavior.children.push_back(leaf("MinTTL", std::to_string(min)));
    behavior.children.push_back(leaf("DefaultTTL", std::to_string(default_ttl)));
    behavior.children.push_back(leaf("MaxTTL", std::to_string(max)));
}

void complete_behavior(Node& behavior) {
    complete_methods(behavior);
    complete_legacy_ttls(behavior);
}

void complete_viewer_certificate(Node& config) {
    Node* found = config.find("ViewerCertificate");
    if (!found) return;
    Node given = std::move(*found);
    const std::string acm(text_at(given, "ACMCertificateArn"));
    const std::string iam(text_at(given, "IAMCertificateId"));
    const bool own_certificate = !acm.empty() || !iam.empty();
    fill(given, "CloudFrontDefaultCertificate", own_certificate ? "false" : "true");
    if (!own_certificate) fill(given, "SSLSupportMethod", "vip");
    fill(given, "MinimumProtocolVersion", "TLSv1");
    if (own_certificate) fill(given, "Certificate", acm.empty() ? iam : acm);
    fill(given, "CertificateSource", !acm.empty() ? "acm" : !iam.empty() ? "iam" : "cloudfront");

    Node ordered{.name = "ViewerCertificate"};
    for (const std::string_view name :
         {"CloudFrontDefaultCertificate", "IAMCertificateId", "ACMCertificateArn",
          "SSLSupportMethod", "MinimumProtocolVersion", "Certificate", "CertificateSource"}) {
        if (Node* member = given.find(name)) ordered.children.push_back(std::move(*member));
    }
    *found = std::move(ordered);
}

}  // namespace

void complete_distribution_config(Node& config) {
    if (Node* behavior = config.find("DefaultCacheBehavior")) complete_behavior(*behavior);
    if (Node* behaviors = config.find("CacheBehaviors")) {
        if (Node* items = behaviors->find("Items")) {
            for (Node& behavior : items->children)
                complete_behavior(behavior);
        }
    }
    complete_viewer_certificate(config);
}

}  // namespace tarn::cdn
