// The distributions that this edge serves, by host name.

#pragma once

#include "common/cdn/distribution.h"
#include "edge/cache/invalidations.h"
#include "edge/control/trusted_keys.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarn::edge {

struct ActiveDistribution {
    std::shared_ptr<const cdn::Distribution> config;
    std::shared_ptr<Invalidations> invalidations;  // lives on when the configuration changes
    std::shared_ptr<const TrustedKeys> keys;       // of signed URLs and cookies; never null
    std::string root_path;  // "/" and the default root object; empty if there is none
};

// Immutable; every loop holds one.
class Snapshot {
  public:
    Snapshot() = default;
    explicit Snapshot(std::vector<ActiveDistribution> distributions);
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    // By a Host without port, in lower case: <id>.cloudfront.net or <id>.cloudfront.localhost, else
    // an exact alias, else the most specific wildcard alias ("*.example.com" covers every depth).
    // Null if there is none.
    const ActiveDistribution* find_host(std::string_view host) const;
    const ActiveDistribution* find_id(std::string_view id) const;
    const std::vector<ActiveDistribution>& distributions() const { return distributions_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Map = std::unordered_map<std::string, const ActiveDistribution*, Hash, std::equal_to<>>;

    std::vector<ActiveDistribution> distributions_;
    Map aliases_;
    Map wildcards_;  // by what follows "*."
    Map domains_;
    Map ids_;
};

ActiveDistribution activate(cdn::Distribution distribution,
                            std::shared_ptr<Invalidations> invalidations);

}  // namespace tarn::edge
