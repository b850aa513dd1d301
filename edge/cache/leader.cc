#include "edge/cache/leader.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "edge/cache/fill.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tarn::edge {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

std::string quoted(const EntityTag& tag) {
    return std::string(tag.weak ? "W/\"" : "\"") + std::string(tag.value) + "\"";
}

// Stored lines as fields, for reading directives off them.
http::Fields fields_of(std::string_view lines) {
    http::Fields fields;
    for_each_line(lines, [&](std::string_view name, std::string_view value, std::string_view) {
        fields.add(name, value);
    });
    return fields;
}

std::string range_text(std::uint64_t first, std::uint64_t end) {
    return "bytes=" + std::to_string(first) + "-" + std::to_string(end - 1);
}

}  // namespace

std::string widened_range(const http::RangeSpec& spec) {
    if (const auto* suffix = std::get_if<http::SuffixRange>(&spec)) {
        // At least a chunk's length, so that the body's last chunk is covered from its start.
        return "bytes=-" + std::to_string(std::max(suffix->length, kChunkBytes));
    }
    const auto& range = std::get<http::OffsetRange>(spec);
    const std::uint64_t first = range.first / kChunkBytes * kChunkBytes;
    const std::uint64_t most = first > UINT64_MAX - kMaxRunChunks * kChunkBytes
                                   ? UINT64_MAX
                                   : first + kMaxRunChunks * kChunkBytes;
    const std::uint64_t last_chunk = range.last / kChunkBytes;
    const std::uint64_t end =
        last_chunk >= most / kChunkBytes ? most : (last_chunk + 1) * kChunkBytes;
    return range_text(first, end);
}

Leader::Leader(Engine& engine, DemandPtr demand, FlightPtr flight, EntryPtr stale, Reason miss,
               std::size_t loop)
    : engine_(engine),
      demand_(std::move(demand)),
      flight_(std::move(flight)),
      stale_(std::move(stale)),
      miss_(miss),
      loop_(loop),
      reader_(flight_) {}

Leader::~Leader() {
    if (handed_over_) return;
    flight_->settle(Flight::Outcome::Failed);
    engine_.flights().finish(flight_);
}

net::Task<Obtained> Leader::run() {
    const FieldList extra = question();
    asks_part_ = std::any_of(extra.begin(), extra.end(),
                             [](const auto& field) { return field.first == "Range"; });
    auto answer = co_await engine_.origin(loop_).fetch(
        *demand_->distribution, demand_->behavior->target_origin_id, demand_->request, extra,
        demand_->viewer_tls);
    if (!answer) co_return on_failure(answer.error());
    co_return co_await on_answer(std::move(*answer));
}

// If-None-Match and If-Modified-Since of what is stored, and the range that the viewer wants.  The
// origin looks at the conditions first (RFC 9110, section 13.2.2), so one request asks both: "has
// it changed, and if so, what is this part of it?"
FieldList Leader::question() const {
    FieldList extra;
    if (stale_ && !stale_->vary_star() && !stale_->is_error()) {
        const EntityTag etag = stale_->etag();
        if (!etag.value.empty()) extra.emplace_back("If-None-Match", quoted(etag));
        if (const auto modified = stale_->last_modified()) {
            extra.emplace_back("If-Modified-Since", format_http_date(*modified));
        }
    }
    if (const auto& range = demand_->range) extra.emplace_back("Range", widened_range(*range));
    return extra;
}

net::Task<Obtained> Leader::on_answer(OriginAnswer answer) {
    const int status = answer.head->status;
    if (status == 304 && stale_) co_return co_await on_not_modified(std::move(answer));
    if (status >= 500 && stale_is_usable()) {
        Obtained obtained = serve_stale(status);
        obtained.upstream = answer.note;
        co_await drain(*answer.exchange);
        co_return obtained;
    }
    if (status == 206 && asks_part_) {
        const auto range = parse_content_range(answer.head->fields.get("Content-Range"));
        const EntityTag etag = parse_etag(answer.head->fields.get("ETag"));
        const bool is_usable = range && frames_range(*answer.head, *range);
        if (is_usable && !etag.value.empty() && !etag.weak) {
            co_return co_await on_part(std::move(answer), *range);
        }
        // Nothing to tell two versions apart by: the parts could not be put together.  Or the
        // length contradicts the range.  Take it whole.
        auto whole = co_await engine_.origin(loop_).fetch(
            *demand_->distribution, demand_->behavior->target_origin_id, demand_->request, {},
            demand_->viewer_tls);
        if (!whole) co_return on_failure(whole.error());
        co_return co_await on_full(std::move(*whole));
    }
    co_return co_await on_full(std::move(answer));
}

bool Leader::stale_is_usable() const {
    return stale_ && !stale_->is_error() &&
           usable_on_error(stale_->lifetime(), engine_.clock().now());
}

seconds Leader::error_caching_min_ttl(int status) const {
    const auto* custom = cdn::find_custom_error(*demand_->distribution, status);
    return custom ? custom->error_caching_min_ttl : kDefaultErrorCachingMinTtl;
}

Obtained Leader::serve_stale(int status) {
    stale_->hold_until(engine_.clock().now() + error_caching_min_ttl(status));
    flight_->settle(Flight::Outcome::Stored, stale_);
    return Obtained{.reason = Reason::HitStaleError, .result = CacheResult::Hit, .entry = stale_};
}

Obtained Leader::on_failure(const OriginFailure& failure) {
    if (stale_is_usable()) {
        Obtained obtained = serve_stale(failure.status());
        obtained.upstream = failure.note;
        return obtained;
    }
    // The leader has made all of the origin's ConnectionAttempts, so those who wait get its error:
    // no follower is promoted to try again.  An unreachable origin is spared, too: the error is
    // kept like one of its own.
    Draft draft{.status = failure.status()};
    draft.freshness = {.rule = TtlRule::ErrorMinTtl, .storable = true};
    draft.freshness.lifetime = draft.freshness.remaining = error_caching_min_ttl(draft.status);
    draft.lifetime = lifetime_from(draft.freshness, seconds(0), engine_.clock().now());
    auto entry = std::make_shared<const Entry>(parts_of(draft));
    if (draft.freshness.lifetime > seconds(0)) engine_.store(entry);
    flight_->settle(Flight::Outcome::Stored, entry);
    Obtained obtained{
        .reason = Reason::OriginFailed, .result = CacheResult::Error, .entry = std::move(entry)};
    obtained.upstream = failure.note;
    return obtained;
}

Freshness Leader::freshness_of(const OriginAnswer& answer, int status,
                               const OriginDirectives& directives) const {
    return decide_freshness(demand_->behavior->cache, status, directives,
                            status >= 500 && is_bucket(*answer.origin),
                            error_caching_min_ttl(status));
}

Leader::Draft Leader::draft_of(const OriginAnswer& answer, bool is_part) const {
    const http::ResponseHead& head = *answer.head;
    const WallTime now = engine_.clock().now();
    const OriginDirectives directives = read_directives(head.fields, now);
    Draft draft{.status = is_part ? 200 : head.status};
    draft.freshness = freshness_of(answer, draft.status, directives);
    draft.lifetime = lifetime_from(draft.freshness, directives.age, now);
    draft.vary_star = directives.vary_star;
    draft.coding = is_part ? Coding::Identity
                           : choose_coding(*demand_->behavior, demand_->accept_encoding, head);
    const bool is_head = demand_->request.method == http::Method::Head;
    if (is_head) draft.coding = Coding::Identity;
    const StoreRules rules{.behavior = *demand_->behavior,
                           .tag_header = demand_->distribution->cache_tag_header,
                           .content_coding = to_text(draft.coding),
                           .keep_content_length = is_head,
                           .drop_set_cookie = directives.no_cache_set_cookie,
                           .is_part = is_part,
                           .now = now};
    draft.lines = stored_lines(head.fields, rules);
    if (directives.no_cache_set_cookie) {
        for (const http::Field& field : head.fields) {
            if (!iequals(field.name, "set-cookie")) continue;
            draft.own_lines.append("Set-Cookie: ").append(field.value).append("\r\n");
        }
    }
    const EntityTag etag = parse_etag(head.fields.get("ETag"));
    draft.etag = etag.value;
    draft.etag_weak = etag.weak || draft.coding != Coding::Identity;
    draft.last_modified = parse_http_date(head.fields.get("Last-Modified"));
    draft.tags = read_tags(head.fields, rules.tag_header);
    draft.is_sized = head.framing.kind == http::BodyFraming::Kind::Length ||
                     head.framing.kind == http::BodyFraming::Kind::None;
    draft.length = head.framing.length;
    return draft;
}

EntryParts Leader::parts_of(const Draft& draft) const {
    return EntryParts{.key = demand_->key,
                      .invalidation_part = demand_->invalidation_part,
                      .status = draft.status,
                      .head_lines = draft.lines,
                      .etag = {.value = draft.etag, .weak = draft.etag_weak},
                      .last_modified = draft.last_modified,
                      .tags = draft.tags,
                      .stamp = flight_->stamp(),
                      .lifetime = draft.lifetime,
                      .ttl_rule = draft.freshness.rule,
                      .ttl_bound = draft.freshness.bound,
                      .ttl = draft.freshness.lifetime,
                      .vary_star = draft.vary_star};
}

// A new answer to what was a miss, or to a conditional question that found a change.
Obtained Leader::stored(EntryPtr entry, const UpstreamNote& note) const {
    Obtained obtained{.reason = miss_, .result = CacheResult::Miss};
    if (miss_ == Reason::PassUncacheableMark) obtained.reason = Reason::MissCold;
    if (stale_ && !stale_->is_error()) {
        const bool asked = !stale_->etag().value.empty() || stale_->last_modified();
        obtained.reason = asked ? Reason::Refresh200 : Reason::MissExpired;
    }
    if (entry->is_error()) obtained.result = CacheResult::Error;
    obtained.entry = std::move(entry);
    obtained.upstream = note;
    return obtained;
}

net::Task<Obtained> Leader::on_not_modified(OriginAnswer answer) {
    const WallTime now = engine_.clock().now();
    const StoreRules rules{.behavior = *demand_->behavior, .now = now};
    const std::string lines = updated_lines(stale_->head_lines(), answer.head->fields, rules);
    OriginDirectives directives = read_directives(fields_of(lines), now);
    const OriginDirectives said = read_directives(answer.head->fields, now);
    directives.age = said.age;
    directives.vary_star = stale_->vary_star();
    const Freshness freshness = freshness_of(answer, stale_->status(), directives);

    EntryParts parts = stale_->parts();
    parts.head_lines = lines;
    parts.stamp = flight_->stamp();
    parts.lifetime = lifetime_from(freshness, directives.age, now);
    parts.ttl_rule = freshness.rule;
    parts.ttl_bound = freshness.bound;
    parts.ttl = freshness.lifetime;
    auto entry = std::make_shared<const Entry>(std::move(parts));
    Obtained obtained{
        .reason = Reason::Refresh304, .result = CacheResult::RefreshHit, .entry = entry};
    obtained.upstream = answer.note;
    if (freshness.storable) {
        engine_.store(entry);
    } else {
        engine_.cache().remove(*stale_);
    }
    const bool shared = freshness.storable && freshness.remaining > seconds(0);
    flight_->settle(shared ? Flight::Outcome::Stored : Flight::Outcome::Uncacheable, entry);
    co_await drain(*answer.exchange);
    co_return obtained;
}

void Leader::mark_uncacheable() {
    EntryParts parts{.kind = EntryKind::UncacheableMarker,
                     .key = demand_->key,
                     .invalidation_part = demand_->invalidation_part,
                     .stamp = flight_->stamp()};
    parts.lifetime.fresh_until = engine_.clock().now() + kUncacheableMarkerTime;
    engine_.store(std::make_shared<const Entry>(std::move(parts)));
}

Obtained Leader::release(OriginAnswer answer, Reason reason) {
    // An error may be one viewer's mistake (a range that cannot be satisfied), or over soon; it
    // says nothing about the object.
    const bool is_marked = miss_ == Reason::PassUncacheableMark;
    if (answer.head->status < 400 && !is_marked) mark_uncacheable();
    flight_->settle(Flight::Outcome::Uncacheable);
    Obtained obtained{.reason = is_marked ? miss_ : reason, .result = CacheResult::Miss};
    if (answer.head->status >= 400) obtained.result = CacheResult::Error;
    obtained.upstream = answer.note;
    obtained.pass = std::move(answer);
    return obtained;
}

net::Task<Obtained> Leader::on_full(OriginAnswer answer) {
    const Draft draft = draft_of(answer, false);
    // A 206 or 304 that nobody asked for describes no whole answer.
    const bool misplaced = draft.status == 206 || draft.status == 304;
    if (!draft.freshness.storable || misplaced) {
        co_return release(std::move(answer), Reason::PassUncacheable);
    }
    if (draft.is_sized && draft.length > engine_.cache().max_object_bytes()) {
        co_return release(std::move(answer), Reason::PassTooLarge);
    }
    if (draft.is_sized && draft.length <= kWholeReadBytes) {
        co_return co_await read_and_store(std::move(answer), draft);
    }
    co_return start_stream(std::move(answer), draft);
}

net::Task<Obtained> Leader::read_and_store(OriginAnswer answer, const Draft& draft) {
    auto body = co_await read_whole(*answer.exchange, draft.length);
    if (!body) {
        answer.note.error = net::to_text(body.error());
        co_return on_failure({.error = body.error(), .note = answer.note});
    }
    if (draft.coding != Coding::Identity) {
        std::string compressed;
        Compressor compressor(draft.coding);
        compressor.update(*body, compressed);
        compressor.finish(compressed);
        *body = std::move(compressed);
    }
    EntryPtr entry = make_whole_entry(parts_of(draft), *body);
    engine_.store(entry);
    // What is asked about each time is not for those who wait: each asks for himself.
    const bool shared = draft.freshness.remaining > seconds(0);
    flight_->settle(shared ? Flight::Outcome::Stored : Flight::Outcome::Uncacheable, entry);
    Obtained obtained = stored(std::move(entry), answer.note);
    obtained.own_lines = draft.own_lines;
    co_return obtained;
}

Obtained Leader::start_stream(OriginAnswer answer, const Draft& draft) {
    EntryParts parts = parts_of(draft);
    const bool sized = draft.is_sized && draft.coding == Coding::Identity;
    parts.chunks =
        std::make_shared<ChunkedBody>(sized ? std::optional(draft.length) : std::nullopt);
    // Claimed before anyone can read it: a reader would take unclaimed chunks for missing ones.
    if (sized) parts.chunks->claim(chunks_covering(0, draft.length), UINT64_MAX);
    auto entry = std::make_shared<const Entry>(std::move(parts));
    const bool shared = draft.freshness.remaining > seconds(0);
    flight_->settle(shared ? Flight::Outcome::Stored : Flight::Outcome::Uncacheable, entry);

    Obtained obtained = stored(entry, answer.note);
    obtained.own_lines = draft.own_lines;
    obtained.reader = std::move(reader_);
    handed_over_ = true;
    asio::co_spawn(engine_.loop(loop_),
                   stream_fill({.engine = engine_,
                                .flight = flight_,
                                .entry = std::move(entry),
                                .exchange = std::move(answer.exchange),
                                .coding = draft.coding,
                                .finish_fills = engine_.finishes_fills()}),
                   asio::detached);
    return obtained;
}

net::Task<Obtained> Leader::on_part(OriginAnswer answer, const ContentRange& range) {
    const Draft draft = draft_of(answer, true);
    if (!draft.freshness.storable || range.size > engine_.cache().max_object_bytes()) {
        // The widened range is not what the viewer asked for: ask again, for him alone.
        mark_uncacheable();
        flight_->settle(Flight::Outcome::Uncacheable);
        answer.exchange.reset();
        const Reason reason =
            draft.freshness.storable ? Reason::PassTooLarge : Reason::PassUncacheable;
        co_return co_await engine_.pass(demand_, reason, loop_);
    }
    EntryParts parts = parts_of(draft);
    parts.chunks = std::make_shared<ChunkedBody>(range.size);
    auto entry = std::make_shared<const Entry>(std::move(parts));
    const std::uint64_t first = (range.offset + (kChunkBytes - 1)) / kChunkBytes;
    const std::uint64_t last = (range.offset + range.length + (kChunkBytes - 1)) / kChunkBytes;
    const auto run =
        last > first ? entry->chunks()->claim({.first = first, .count = last - first}, UINT64_MAX)
                     : std::nullopt;
    engine_.store(entry);
    flight_->settle(Flight::Outcome::Stored, entry);
    if (run) {
        engine_.flights().add_body(entry->chunks());
        asio::co_spawn(engine_.loop(loop_),
                       run_fill({.engine = engine_,
                                 .entry = entry,
                                 .run = *run,
                                 .offset = range.offset,
                                 .end = range.offset + range.length,
                                 .exchange = std::move(answer.exchange)}),
                       asio::detached);
    }
    co_return stored(std::move(entry), answer.note);
}

net::Task<> fetch_run(Engine& engine, DemandPtr demand, EntryPtr entry, ChunkRun run,
                      std::size_t loop) {
    ChunkedBody& body = *entry->chunks();
    const std::uint64_t start = body.fill_start(run);
    const std::uint64_t end = run.end(body.size().value_or(0));
    const std::string etag = quoted(entry->etag());
    const FieldList extra = {{"Range", range_text(start, end)}, {"If-Range", etag}};
    auto answer = co_await engine.origin(loop).fetch(*demand->distribution,
                                                     demand->behavior->target_origin_id,
                                                     demand->request, extra, demand->viewer_tls);
    if (!answer || answer->head->status >= 500) {
        body.unclaim(run);
        engine.flights().remove_body(entry->chunks());
        co_return;
    }
    const auto range = parse_content_range(answer->head->fields.get("Content-Range"));
    const bool same = answer->head->status == 206 && range && range->offset == start &&
                      range->size == body.size() && frames_range(*answer->head, *range) &&
                      quoted(parse_etag(answer->head->fields.get("ETag"))) == etag;
    if (!same) {
        // The object has changed under us: its chunks belong to a version that is gone.  Or the
        // origin contradicts itself.
        engine.cache().remove(*entry);
        body.fail();
        engine.flights().remove_body(entry->chunks());
        co_return;
    }
    co_await run_fill({.engine = engine,
                       .entry = std::move(entry),
                       .run = run,
                       .offset = start,
                       .end = range->offset + range->length,
                       .exchange = std::move(answer->exchange)});
}

}  // namespace tarn::edge
