// The operations of the control API, by family.  A handler is a pure core over the store: it
// blocks, and its result is the answer.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/xml/node.h"
#include "server/cloudfront/api.h"
#include "server/cloudfront/control_store.h"
#include "server/cloudfront/edge_registry.h"
#include "server/cloudfront/operation_table.h"
#include "server/cloudfront/options.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

struct ControlContext {
    ControlStore& store;
    EdgeRegistry& edges;
    Clock& clock;
    Random& random;
    const ControlOptions& options;
};

struct Call {
    const ApiRequest& request;
    const auth::Identity& identity;
    const Match& match;
    std::string_view query;  // raw

    const std::string& account_id() const { return identity.account->id; }
    const std::string& id() const { return match.parameters.front(); }
    const ResourceKind& kind() const { return *match.row->kind; }
};

// distribution_operations.cc
ApiResult create_distribution(ControlContext& context, const Call& call);
ApiResult create_distribution_with_tags(ControlContext& context, const Call& call);
ApiResult get_distribution(ControlContext& context, const Call& call);
ApiResult get_distribution_config(ControlContext& context, const Call& call);
ApiResult update_distribution(ControlContext& context, const Call& call);
ApiResult delete_distribution(ControlContext& context, const Call& call);
ApiResult list_distributions(ControlContext& context, const Call& call);
ApiResult list_users(ControlContext& context, const Call& call);  // ListDistributionsBy…

// invalidation_operations.cc
ApiResult create_invalidation(ControlContext& context, const Call& call);
ApiResult get_invalidation(ControlContext& context, const Call& call);
ApiResult list_invalidations(ControlContext& context, const Call& call);

// resource_operations.cc
ApiResult create_resource(ControlContext& context, const Call& call);
ApiResult get_resource(ControlContext& context, const Call& call);
ApiResult get_resource_config(ControlContext& context, const Call& call);
ApiResult update_resource(ControlContext& context, const Call& call);
ApiResult delete_resource(ControlContext& context, const Call& call);
ApiResult list_resources(ControlContext& context, const Call& call);

// tag_operations.cc
ApiResult tag_resource(ControlContext& context, const Call& call);
ApiResult untag_resource(ControlContext& context, const Call& call);
ApiResult list_tags_for_resource(ControlContext& context, const Call& call);

}  // namespace tarn::cloudfront
