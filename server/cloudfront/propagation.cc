#include "server/cloudfront/propagation.h"

#include "common/cdn/invalidation_path.h"

namespace tarn::cloudfront {

bool propagated(ControlContext& context, std::uint64_t sequence, WallTime changed) {
    return context.edges.settled(sequence) &&
           context.clock.now() >= changed + context.options.propagation_delay;
}

Result<bool, Error> is_deployed(ControlContext& context, DistributionRow& row) {
    if (row.deployed_sequence >= row.sequence) return true;
    if (!propagated(context, row.sequence, row.modified)) return false;
    row.deployed_sequence = row.sequence;
    auto stored = context.store.transact([&](Transaction& transaction) -> Result<void, Error> {
        const std::string key = distribution_key(row.id);
        TARN_TRY(auto current, context.store.get_row<DistributionRow>(key));
        if (!current || current->sequence != row.sequence) return {};
        current->deployed_sequence = row.sequence;
        transaction.put(key, write_row(*current));
        return {};
    });
    if (!stored) return fail(std::move(stored).error());
    return true;
}

Result<bool, Error> is_completed(ControlContext& context, InvalidationRow& row) {
    if (row.completed) return true;
    if (!propagated(context, row.sequence, row.created)) return false;
    row.completed = context.clock.real_now();
    if (auto settlement = context.edges.settlement(row.sequence)) {
        row.completed = settlement->time;
        row.proof = std::move(settlement->edges);
    }
    auto stored = context.store.transact([&](Transaction& transaction) -> Result<void, Error> {
        const std::string key = invalidation_key(row.distribution_id, row.id);
        TARN_TRY(const auto current, context.store.get_row<InvalidationRow>(key));
        // Deleted with its distribution, or completed by another answer.
        if (!current || current->completed) return {};
        transaction.put(key, write_row(row));
        return {};
    });
    if (!stored) return fail(std::move(stored).error());
    return true;
}

Result<InProgress, Error> invalidations_in_progress(ControlContext& context,
                                                    std::string_view distribution_id) {
    InProgress count;
    const std::string prefix = invalidation_prefix(distribution_id);
    bool corrupt = false;
    // The newest come first, and what is completed stays so for all older ones.
    auto read =
        context.store.for_each(prefix, prefix, [&](std::string_view, std::string_view value) {
            InvalidationRow row;
            corrupt = !read_row(value, row);
            if (corrupt || row.completed || propagated(context, row.sequence, row.created)) {
                return false;
            }
            ++count.batches;
            for (const std::string& path : row.paths)
                ++(cdn::is_wildcard_path(path) ? count.wildcards : count.paths);
            return true;
        });
    if (!read) return fail(std::move(read).error());
    if (corrupt) return fail(error(ErrorCode::InternalError));
    return count;
}

}  // namespace tarn::cloudfront
