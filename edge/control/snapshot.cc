#include "edge/control/snapshot.h"

#include "common/base/text.h"

#include <utility>

namespace tarn::edge {
namespace {

constexpr std::string_view kLocalSuffix = ".cloudfront.localhost";

}  // namespace

Snapshot::Snapshot(std::vector<ActiveDistribution> distributions)
    : distributions_(std::move(distributions)) {
    for (const ActiveDistribution& active : distributions_) {
        const cdn::Distribution& config = *active.config;
        ids_.emplace(config.id, &active);
        domains_.emplace(to_lower(config.domain_name), &active);
        domains_.emplace(to_lower(config.id).append(kLocalSuffix), &active);
        for (const std::string& alias : config.aliases) {
            if (alias.starts_with("*.")) {
                wildcards_.emplace(alias.substr(2), &active);
            } else {
                aliases_.emplace(alias, &active);
            }
        }
    }
}

// The distributions' own names first: the configuration of one must not take another's traffic by
// an alias "*.cloudfront.net".
const ActiveDistribution* Snapshot::find_host(std::string_view host) const {
    if (const auto found = domains_.find(host); found != domains_.end()) return found->second;
    if (!aliases_.empty()) {
        if (const auto found = aliases_.find(host); found != aliases_.end()) return found->second;
    }
    if (!wildcards_.empty()) {
        for (std::size_t dot = host.find('.'); dot != std::string_view::npos;
             dot = host.find('.', dot + 1)) {
            const auto found = wildcards_.find(host.substr(dot + 1));
            if (found != wildcards_.end()) return found->second;
        }
    }
    return nullptr;
}

const ActiveDistribution* Snapshot::find_id(std::string_view id) const {
    const auto found = ids_.find(id);
    return found == ids_.end() ? nullptr : found->second;
}

ActiveDistribution activate(cdn::Distribution distribution,
                            std::shared_ptr<Invalidations> invalidations) {
    ActiveDistribution active{.invalidations = std::move(invalidations)};
    const std::string& root = distribution.default_root_object;
    if (!root.empty()) active.root_path = root.starts_with('/') ? root : "/" + root;
    active.keys = std::make_shared<const TrustedKeys>(distribution.trusted_keys);
    active.config = std::make_shared<const cdn::Distribution>(std::move(distribution));
    return active;
}

}  // namespace tarn::edge
