// Deployed and Completed: whether a change has reached the edges.

#pragma once

#include "server/cloudfront/handlers.h"
#include "server/cloudfront/rows.h"

namespace tarn::cloudfront {

// Whether a change made at changed (virtual time) is everywhere, and old enough for a lesson's
// --propagation-delay.
bool propagated(ControlContext& context, std::uint64_t sequence, WallTime changed);

// As propagated(), but once true for a row it stays true, also after a restart of the server: the
// first answer that says so stores it before it is sent.
Result<bool, Error> is_deployed(ControlContext& context, DistributionRow& row);
Result<bool, Error> is_completed(ControlContext& context, InvalidationRow& row);

struct InProgress {
    std::size_t batches = 0;
    std::size_t paths = 0;
    std::size_t wildcards = 0;
};
// The invalidations of a distribution that are not completed.
Result<InProgress, Error> invalidations_in_progress(ControlContext& context,
                                                    std::string_view distribution_id);

}  // namespace tarn::cloudfront
