// The rules on configurations that reach across members (cloudfront.md 1.3, 1.5, 2.10).  Pure: what
// needs a look at other rows is in the operations.

#pragma once

#include "common/xml/node.h"
#include "server/cloudfront/error.h"
#include "server/cloudfront/resource_kinds.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

// The first rule that a normalised DistributionConfig breaks.
std::optional<Error> check_distribution_config(const xml::Node& config);
// The same for the configuration of a resource of this kind.
std::optional<Error> check_resource_config(const ResourceKind& kind, const xml::Node& config);

// What a DistributionConfig refers to by id, each once.
struct Reference {
    const ResourceKind* kind = nullptr;
    std::string id;

    std::string text() const;  // "CachePolicy/<id>", as DistributionRow keeps it
    friend bool operator==(const Reference&, const Reference&) = default;
};
std::vector<Reference> references_of(const xml::Node& distribution_config);
// The error for a DistributionConfig that refers to something that is not there.
ErrorCode missing_reference(const ResourceKind& kind);

// The aliases of a DistributionConfig in lower case.
std::vector<std::string> aliases_of(const xml::Node& distribution_config);
// Every behavior's node, the default one last.
std::vector<const xml::Node*> behaviors_of(const xml::Node& distribution_config);

// Private to the rules: one part each.
std::optional<Error> check_origins(const xml::Node& config);
std::optional<Error> check_behaviors(const xml::Node& config);

}  // namespace tarn::cloudfront
