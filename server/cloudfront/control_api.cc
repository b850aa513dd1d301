#include "server/cloudfront/control_api.h"

#include "common/base/time_text.h"
#include "common/cdn/config_document.h"
#include "common/http/target.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/signing_keys.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

std::string new_request_id(Random& random) {
    const std::string hex = random_hex(random, 16);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

ApiResponse error_response(const Error& fault, std::string_view request_id) {
    return {.status = row_of(fault.code).status, .body = error_body(fault, request_id)};
}

// The list of a kind of thing that nobody can have made.
ApiResponse empty_list(const OperationRow& row) {
    xml::Node list{.name = std::string(row.empty_list)};
    for (const char member : row.list_members) {
        if (member == 'M') list.add("Marker");
        if (member == 'X') list.add("MaxItems", "100");
        if (member == 'T') list.add("IsTruncated", "false");
        if (member == 'Q') list.add("Quantity", "0");
    }
    return answer(200, list);
}

}  // namespace

ControlApi::ControlApi(storage::MetadataStore& store, net::BlockingPool& pool, Clock& clock,
                       Random& random, const ControlOptions& options)
    : pool_(pool),
      options_(options),
      store_(store),
      edges_(clock, {.fence = options.fence, .forget_after = options.edge_forget_after}),
      context_{store_, edges_, clock, random, options_},
      edge_log_(context_, pool, bell_) {
    if (const auto opened = store_.open(random_hex(random, 8)); !opened) {
        throw std::runtime_error("The CloudFront state cannot be read: " + opened.error().message);
    }
    const auto rows = store_.rows<EdgeRow>(kEdgePrefix);
    if (!rows) {
        throw std::runtime_error("The edges' rows cannot be read: " + rows.error().message);
    }
    edges_.restore(*rows);
    edges_.on_change([this] { bell_.ring(); });
    store_.on_append([this](std::uint64_t) {
        {
            const std::scoped_lock lock(keys_mutex_);
            keys_.clear();
        }
        bell_.ring();
    });
}

ApiResponse ControlApi::dispatch(const ApiRequest& request, const auth::Identity& identity,
                                 std::string_view request_id) {
    auto result = dispatch_matched(request, identity);
    return result ? *std::move(result) : error_response(result.error(), request_id);
}

ApiResult ControlApi::dispatch_matched(const ApiRequest& request, const auth::Identity& identity) {
    const http::Target target = http::split_target(request.target);
    const auto match = find_operation(request.method, target.path, target.query);
    if (!match) return fail(error(ErrorCode::MethodNotAllowed));
    // Distributions belong to an account; the edges' service principal has none.
    if (identity.kind != auth::PrincipalKind::Account || !identity.account) {
        return fail(error(ErrorCode::AccessDenied));
    }
    const OperationRow& row = *match->row;
    if (row.handler) {
        return row.handler(context_, Call{request, identity, *match, target.query});
    }
    if (!row.empty_list.empty()) return empty_list(row);
    if (row.otherwise == ErrorCode::UnsupportedOperation) {
        return fail(error(row.otherwise, fmt::format("{} is not implemented here.", row.name)));
    }
    return fail(error(row.otherwise));
}

ApiResponse ControlApi::dispatch_unless_reset(const ApiRequest& request,
                                              const auth::Identity& identity,
                                              std::string_view request_id,
                                              std::uint64_t reset_count) {
    const std::shared_lock lock(reset_mutex_);
    if (reset_count != this->reset_count()) {
        return error_response(error(ErrorCode::ServiceUnavailable), request_id);
    }
    return dispatch(request, identity, request_id);
}

Result<void, Error> ControlApi::reset() {
    const std::unique_lock lock(reset_mutex_);
    reset_count_.fetch_add(1, std::memory_order_relaxed);
    return store_.transact([&](Transaction& transaction) -> Result<void, Error> {
        TARN_TRY(const auto distributions, store_.rows<DistributionRow>(kDistributionPrefix));
        for (const DistributionRow& row : distributions) {
            transaction.append(
                {.type = cdn::LogRecord::Type::DistributionDeleted, .distribution_id = row.id});
        }
        for (const std::string_view prefix : {kDistributionPrefix, kInvalidationPrefix,
                                              kInvalidationReferencePrefix, kResourcePrefix}) {
            transaction.erase_prefix(std::string(prefix));
        }
        return {};
    });
}

net::Task<> ControlApi::wait_for_edges(std::uint64_t sequence) {
    const auto deadline = std::chrono::steady_clock::now() + options_.acknowledgement_wait;
    for (;;) {
        const std::uint64_t seen = bell_.rings();
        if (edges_.settled(sequence) || std::chrono::steady_clock::now() >= deadline) co_return;
        co_await bell_.wait(seen, deadline);
    }
}

net::Task<> ControlApi::handle(net::Exchange& exchange, const auth::Identity& identity,
                               std::string_view body, std::uint64_t reset_count) {
    const http::RequestHead& head = exchange.request();
    const ApiRequest request{.method = head.method_text,
                             .target = head.target,
                             .if_match = head.fields.find("If-Match"),
                             .body = body};
    const std::string request_id = new_request_id(context_.random);
    ApiResponse response = co_await pool_.run(
        [&] { return dispatch_unless_reset(request, identity, request_id, reset_count); });
    if (response.pending) {
        co_await wait_for_edges(response.pending->sequence);
        auto again = co_await pool_.run([&] { return response.pending->render_again(); });
        // Where the second reading fails, the first answer is still true.
        if (again) response.body = *std::move(again);
    }
    http::HeadBuilder& builder = exchange.head();
    builder.begin_response(response.status);
    // Real time: SDKs correct their clocks by it, and signatures are judged by real time.
    builder.add("Date", format_http_date(context_.clock.real_now()));
    builder.add("x-amzn-RequestId", request_id);
    if (!response.body.empty()) builder.add("Content-Type", "text/xml");
    for (const auto& [name, value] : response.headers)
        builder.add(name, value);
    const auto kept = std::make_shared<const std::string>(std::move(response.body));
    exchange.respond(*kept, kept);
}

std::optional<EdgeKey> ControlApi::find_edge_key(std::string_view access_key_id) {
    const auto distribution_id = distribution_of_edge_key(access_key_id);
    if (!distribution_id) return std::nullopt;
    {
        const std::scoped_lock lock(keys_mutex_);
        const auto found = keys_.find(access_key_id);
        if (found != keys_.end()) return found->second;
    }
    const std::uint64_t before = store_.newest_sequence();
    const auto row =
        store_.get_row<DistributionRow>(distribution_key(*distribution_id)).value_or(std::nullopt);
    if (!row) return std::nullopt;
    EdgeKey key{.secret = edge_secret(options_.master_secret, *distribution_id),
                .account_id = row->account_id,
                .source_arn = distribution_arn(row->account_id, *distribution_id)};
    const std::scoped_lock lock(keys_mutex_);
    // Kept only if no change came in between: it might have been this distribution's deletion.
    if (store_.newest_sequence() == before) keys_.emplace(access_key_id, key);
    return key;
}

Result<std::uint64_t, Error> ControlApi::append_clock_offset(std::chrono::milliseconds offset) {
    return store_.transact([&](Transaction& transaction) -> Result<std::uint64_t, Error> {
        const std::uint64_t sequence = transaction.append(
            {.type = cdn::LogRecord::Type::ClockOffset, .clock_offset_ms = offset.count()});
        transaction.put(std::string(kClockKey), std::to_string(sequence));
        return sequence;
    });
}

Result<std::optional<std::chrono::milliseconds>, Error> ControlApi::last_clock_offset() {
    TARN_TRY(const auto record, store_.clock_record());
    if (!record) return std::optional<std::chrono::milliseconds>{};
    return std::optional(std::chrono::milliseconds(record->clock_offset_ms));
}

Result<void, Error> ControlApi::maintain() {
    for (const std::string& edge_id : edges_.forget_silent()) {
        auto erased = store_.transact([&](Transaction& transaction) -> Result<void, Error> {
            transaction.erase(edge_key(edge_id));
            return {};
        });
        if (!erased) return erased;
    }
    std::uint64_t bound = 0;
    {
        const std::scoped_lock lock(marks_mutex_);
        const SteadyTime now = context_.clock.steady_now();
        marks_.push_back({now, store_.newest_sequence()});
        const auto young = std::ranges::find_if(
            marks_, [&](const TimeMark& mark) { return mark.time > now - options_.log_retention; });
        if (young != marks_.begin()) {
            bound = std::prev(young)->newest;
            marks_.erase(marks_.begin(), std::prev(young));
        }
    }
    bound = std::min(bound, edges_.smallest_applied().value_or(bound));
    if (bound == 0) return {};
    return store_.truncate(bound);
}

Result<ControlApi::Overview, Error> ControlApi::overview() {
    TARN_TRY(auto distributions, store_.rows<DistributionRow>(kDistributionPrefix));
    return Overview{std::move(distributions), edges_.edges(), store_.newest_sequence()};
}

std::optional<std::string> action_of(std::string_view method, std::string_view target) {
    const http::Target parts = http::split_target(target);
    const auto match = find_operation(method, parts.path, parts.query);
    if (!match) return std::nullopt;
    return fmt::format("cloudfront:{}", match->row->name);
}

}  // namespace tarn::cloudfront
