// From a distribution's row to the log record that edges act upon.

#pragma once

#include "common/cdn/log_record.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/handlers.h"

#include <string_view>

namespace tarn::cloudfront {

// A resource as a transaction is about to leave it, which the store does not have yet.
struct ChangedResource {
    const ResourceKind* kind = nullptr;
    ResourceRow row;
};

// Publishes row: fills in its config_epoch and sequence, appends its record to the log and puts the
// row.  Everything that it refers to must be there.  changed may be null.
Result<void, Error> publish(ControlContext& context, Transaction& transaction, DistributionRow& row,
                            const ChangedResource* changed = nullptr);

// Publishes every distribution that uses the changed resource, also through a key group.
Result<void, Error> publish_users(ControlContext& context, Transaction& transaction,
                                  const ChangedResource& changed);

// Whether a distribution's row names the resource itself.
bool uses(const DistributionRow& row, const ResourceKind& kind, std::string_view id);

}  // namespace tarn::cloudfront
