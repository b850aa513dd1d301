// CreateInvalidation, GetInvalidation, ListInvalidations (cloudfront.md 2.13, 6.4, 6.5).

#include "common/cdn/config_document.h"
#include "common/cdn/invalidation_path.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/handlers.h"
#include "server/cloudfront/propagation.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::items_at;
using cdn::text_at;
using xml::Node;
using enum ErrorCode;

// Ids begin with the sequence counted down, so that key order is newest first: the order of
// ListInvalidations, and no index is needed.
std::string new_invalidation_id(std::uint64_t sequence, Random& random) {
    constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    constexpr int kDigitCount = 9;  // 45 bits
    std::uint64_t rest = (std::uint64_t{1} << (5 * kDigitCount)) - 1 - sequence;
    std::string id(kDigitCount, '0');
    for (std::size_t i = kDigitCount; i-- > 0; rest >>= 5)
        id[i] = kDigits[rest & 31];
    return "I" + id + random_upper_alnum(random, 4);
}

Result<void, Error> check_paths(const std::vector<std::string>& paths) {
    if (paths.empty()) {
        return fail(error(InvalidArgument, "An invalidation batch must have at least one path."));
    }
    if (paths.size() > cdn::kMaxInvalidationPaths) return fail(error(BatchTooLarge));
    for (const std::string& path : paths) {
        if (!cdn::validate_invalidation_path(path)) continue;
        return fail(error(InvalidArgument,
                          "Your request contains one or more invalid invalidation paths."));
    }
    return {};
}

Result<void, Error> check_quota(ControlContext& context, std::string_view distribution_id,
                                const std::vector<std::string>& paths) {
    TARN_TRY(const InProgress running, invalidations_in_progress(context, distribution_id));
    const auto wildcards =
        static_cast<std::size_t>(std::ranges::count_if(paths, cdn::is_wildcard_path));
    const std::size_t plain = paths.size() - wildcards;
    if (running.wildcards + wildcards > cdn::kMaxInvalidationWildcards ||
        running.paths + plain > cdn::kMaxInvalidationPaths) {
        return fail(error(TooManyInvalidationsInProgress));
    }
    return {};
}

Result<void, Error> check_distribution(ControlContext& context, const Call& call) {
    TARN_TRY(const auto row, context.store.get_row<DistributionRow>(distribution_key(call.id())));
    if (!row || row->account_id != call.account_id()) return fail(error(NoSuchDistribution));
    return {};
}

Result<Node, Error> invalidation_node(ControlContext& context, InvalidationRow& row) {
    TARN_TRY(const bool completed, is_completed(context, row));
    Node node{.name = "Invalidation"};
    node.add("Id", row.id);
    node.add("Status", completed ? "Completed" : "InProgress");
    node.add("CreateTime", timestamp(row.created));
    Node& batch = node.add("InvalidationBatch");
    std::vector<Node> paths;
    paths.reserve(row.paths.size());
    for (const std::string& path : row.paths)
        paths.push_back(cdn::leaf("Path", path));
    batch.children.push_back(cdn::list_of("Paths", std::move(paths)));
    batch.add("CallerReference", row.caller_reference);
    return node;
}

ApiResult invalidation_answer(ControlContext& context, int status, InvalidationRow row,
                              std::string location = {}) {
    TARN_TRY(const Node node, invalidation_node(context, row));
    ApiResponse response = answer(status, node, {}, std::move(location));
    if (row.completed) return response;
    response.pending =
        Pending{row.sequence, [context, row]() mutable -> Result<std::string, Error> {
                    TARN_TRY(const Node again, invalidation_node(context, row));
                    return to_document(again);
                }};
    return response;
}

// The invalidation that was made with this caller reference, if any.
Result<std::optional<InvalidationRow>, Error> find_by_reference(ControlContext& context,
                                                                std::string_view distribution_id,
                                                                std::string_view reference) {
    TARN_TRY(const auto id,
             context.store.get(invalidation_reference_key(distribution_id, reference)));
    if (!id) return std::optional<InvalidationRow>{};
    return context.store.get_row<InvalidationRow>(invalidation_key(distribution_id, *id));
}

// One caller reference, one invalidation: asking again with the same paths returns it.
Result<InvalidationRow, Error> create_or_find(ControlContext& context, const Call& call,
                                              Transaction& transaction, const Node& batch) {
    if (auto exists = check_distribution(context, call); !exists) {
        return fail(std::move(exists).error());
    }
    InvalidationRow row{.distribution_id = call.id(),
                        .caller_reference = std::string(text_at(batch, "CallerReference")),
                        .created = context.clock.now()};
    for (const Node& path : items_at(batch, "Paths"))
        row.paths.push_back(path.text);
    if (auto good = check_paths(row.paths); !good) return fail(std::move(good).error());
    TARN_TRY(auto earlier, find_by_reference(context, call.id(), row.caller_reference));
    if (earlier) {
        if (earlier->paths != row.paths) return fail(error(InvalidationBatchAlreadyExists));
        return *std::move(earlier);
    }
    if (auto good = check_quota(context, call.id(), row.paths); !good) {
        return fail(std::move(good).error());
    }
    row.id = new_invalidation_id(transaction.next_sequence(), context.random);
    row.sequence = transaction.append({.type = cdn::LogRecord::Type::Invalidation,
                                       .distribution_id = call.id(),
                                       .invalidation_id = row.id,
                                       .paths = row.paths});
    transaction.put(invalidation_key(call.id(), row.id), write_row(row));
    transaction.put(invalidation_reference_key(call.id(), row.caller_reference), row.id);
    return row;
}

}  // namespace

ApiResult create_invalidation(ControlContext& context, const Call& call) {
    const auto batch = cdn::read_document(call.request.body, cdn::kInvalidationBatchShape);
    if (!batch) return fail(to_error(batch.error()));
    if (text_at(*batch, "CallerReference").empty()) {
        return fail(error(InvalidArgument, "The parameter CallerReference is required."));
    }
    auto row = context.store.transact([&](Transaction& transaction) {
        return create_or_find(context, call, transaction, *batch);
    });
    if (!row) return fail(std::move(row).error());
    const std::string location =
        location_of(fmt::format("distribution/{}/invalidation/{}", call.id(), row->id));
    return invalidation_answer(context, 201, *std::move(row), location);
}

ApiResult get_invalidation(ControlContext& context, const Call& call) {
    if (auto exists = check_distribution(context, call); !exists) {
        return fail(std::move(exists).error());
    }
    const std::string key = invalidation_key(call.id(), call.match.parameters[1]);
    TARN_TRY(auto row, context.store.get_row<InvalidationRow>(key));
    if (!row) return fail(error(NoSuchInvalidation));
    return invalidation_answer(context, 200, *std::move(row));
}

ApiResult list_invalidations(ControlContext& context, const Call& call) {
    TARN_TRY(const PageRequest request, page_request(call.query));
    if (auto exists = check_distribution(context, call); !exists) {
        return fail(std::move(exists).error());
    }
    TARN_TRY(auto rows, context.store.rows<InvalidationRow>(invalidation_prefix(call.id())));
    std::vector<Listed> all;
    for (InvalidationRow& row : rows) {
        TARN_TRY(const bool completed, is_completed(context, row));
        Node node{.name = "InvalidationSummary"};
        node.add("Id", row.id);
        node.add("CreateTime", timestamp(row.created));
        node.add("Status", completed ? "Completed" : "InProgress");
        all.push_back({row.id, std::move(node)});
    }
    return answer(200, page("InvalidationList", ListForm::WithMarker, request, std::move(all)));
}

}  // namespace tarn::cloudfront
