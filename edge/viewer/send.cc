#include "common/base/text.h"
#include "common/base/time_text.h"
#include "edge/cache/fill.h"
#include "edge/cache/stored_head.h"
#include "edge/cache/suspend.h"
#include "edge/viewer/error_page.h"
#include "edge/viewer/session.h"

#include <algorithm>
#include <utility>

namespace tarn::edge {
namespace {

constexpr int kMaxFetchesOfAPart = 3;
// Bodies of a known length up to this that are passed on are read whole first.
constexpr std::size_t kWholePassBytes = 64 * 1024;
// Larger ones are read and written in pieces of at most this.  Each piece is a system call and a
// wake-up of the other end: with 64 KiB they took a quarter more CPU time.
constexpr std::size_t kPieceBytes = 256 * 1024;

bool has_no_body(http::Method method, int status) {
    return method == http::Method::Head || status == 204 || status == 304;
}

// Tells a body how far one reader of it has got, for as long as it reads.
class StreamPosition {
  public:
    // body may be null: then it is not told.
    explicit StreamPosition(ChunkedBody* body) : body_(body) { set(0); }
    ~StreamPosition() {
        if (body_ != nullptr) body_->remove_reader(this);
    }
    StreamPosition(const StreamPosition&) = delete;
    StreamPosition& operator=(const StreamPosition&) = delete;
    void set(std::uint64_t offset) const {
        if (body_ != nullptr) body_->set_position(this, offset);
    }

  private:
    ChunkedBody* body_;
};

std::string explanation_of(int status) {
    return std::string(default_explanation(status));
}

}  // namespace

void Session::write_head(const Route& route, int status, std::string_view lines,
                         const AnswerNotes& notes) {
    http::HeadBuilder& head = exchange_.head();
    head.begin_response(status);
    const PolicyContext context = policy_context(*route.behavior, request(), scan_);
    append_with_policy(head, lines, context);
    append_edge_lines(head, handler_.identity(), id_, notes);
    if (context.policy != nullptr && context.policy->server_timing) {
        head.add("Server-Timing", server_timing(handler_.identity(), id_, notes));
    }
}

// Writes the trace: the answer is complete, or broken off.
void Session::finish(const AnswerNotes& notes, int status) {
    TraceRecord& record =
        handler_.begin_trace(exchange_, id_, number_, now_, route_ ? &*route_ : nullptr, &scan_);
    record.duration_us =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                       handler_.engine().clock().steady_now() - start_)
                                       .count());
    if (found_) record.found = note_of(*found_, now_);
    if (entry_ && entry_ != found_) record.stored = note_of(*entry_, now_);
    if (upstream_.attempt_count > 0) note_upstream(record, upstream_);
    handler_.end_trace(record, loop_, notes, status, exchange_.bytes_sent());
}

void Session::send_error(int status, std::string_view explanation, const AnswerNotes& notes) {
    http::HeadBuilder& head = exchange_.head();
    head.begin_response(status);
    head.add("Server", "CloudFront");
    head.add("Date", format_http_date(now_));
    head.add("Content-Type", "text/html");
    append_edge_lines(head, handler_.identity(), id_, notes);
    exchange_.respond(error_page(status, explanation, id_.view()));
    finish(notes, status);
}

net::Task<> Session::send_failure(Reason reason, int status) {
    send_error(status, default_explanation(status),
               {.reason = reason, .result = CacheResult::Error});
    co_return;
}

void Session::send_refusal(const Refusal& refusal) {
    AnswerNotes notes{.reason = refusal.reason, .result = CacheResult::Error};
    if (refusal.reason != Reason::Redirected) {
        const std::string fallback = explanation_of(refusal.status);
        send_error(refusal.status, refusal.explanation.empty() ? fallback : refusal.explanation,
                   notes);
        return;
    }
    notes.result = CacheResult::Redirect;
    http::HeadBuilder& head = exchange_.head();
    head.begin_response(refusal.status);
    head.add("Server", "CloudFront");
    head.add("Date", format_http_date(now_));
    head.add("Content-Type", "text/html");
    head.add("Location", https_location(request(), handler_.options().tls_port));
    append_edge_lines(head, handler_.identity(), id_, notes);
    exchange_.respond(refusal.status == 301 ? "<html>\r\n<head><title>301 Moved Permanently</title>"
                                              "</head>\r\n<body>\r\n</body>\r\n</html>\r\n"
                                            : "");
    finish(notes, refusal.status);
}

void Session::send_permission_error(PermissionError error) {
    const AnswerNotes notes{.reason = Reason::RefusedPrivate, .result = CacheResult::Error};
    const PermissionErrorRow& row = permission_error_row(error);
    http::HeadBuilder& head = exchange_.head();
    head.begin_response(403);
    head.add("Server", "CloudFront");
    head.add("Date", format_http_date(now_));
    head.add("Content-Type", "text/xml");
    append_edge_lines(head, handler_.identity(), id_, notes);
    exchange_.respond(signature_error_xml(row.code, row.message));
    finish(notes, 403);
}

// Answers that say why the stored one is not sent; false if it is to be sent.
bool Session::refuse_entry(const Route& route, const Entry& entry, int selected, int status,
                           AnswerNotes notes) {
    if (entry.is_edge_made()) {
        send_error(status, default_explanation(entry.status()), notes);
        return true;
    }
    if (entry.is_error() || (selected != 412 && selected != 416)) return false;
    notes.result = CacheResult::Error;
    if (selected == 412) {
        send_error(412, "A condition of the request does not hold.", notes);
        return true;
    }
    write_head(route, 416, {}, notes);
    if (const auto size = entry.body_size()) {
        exchange_.head().add("Content-Range", http::format_unsatisfied_content_range(*size));
    }
    exchange_.respond({});
    finish(notes, 416);
    return true;
}

net::Task<> Session::send_entry(const Route& route, Obtained& obtained, Presentation presentation) {
    const EntryPtr entry = obtained.entry;
    entry_ = entry;
    AnswerNotes notes = notes_of(*entry, obtained.reason, obtained.result, now_);
    notes.forward_status = obtained.upstream.status;
    notes.collapsed = obtained.collapsed;
    Selection selection{.status = entry->status()};
    if (presentation.status == 0) selection = select_answer(*entry, request(), scan_, now_);
    const int status = presentation.status != 0 ? presentation.status : selection.status;
    if (refuse_entry(route, *entry, selection.status, status, notes)) co_return;

    const std::uint64_t offset = selection.part ? selection.part->offset : 0;
    const std::optional<std::uint64_t> length =
        selection.part ? std::optional(selection.part->length) : entry->body_size();
    ChunkedBody::Read first;
    if (!entry->has_inline_body() && !has_no_body(request().method, selection.status)) {
        const bool is_missing = entry->chunks()->read(offset).state == ChunkedBody::State::Missing;
        if (is_missing && obtained.reason == Reason::HitFresh) {
            notes.reason = Reason::MissRangePart;
            notes.result = CacheResult::Miss;
            notes.age.reset();
        }
        first = co_await await_bytes(demand_, entry, offset, length);
        if (first.state == ChunkedBody::State::Failed && !presentation.is_second_try) {
            // Its fill broke off, or the object changed, before we sent a byte: once more.
            presentation.is_second_try = true;
            Obtained again = co_await obtain(route);
            co_await deliver(route, again, presentation);
            co_return;
        }
        if (first.state == ChunkedBody::State::Failed) {
            notes.result = CacheResult::Error;
            send_error(502, default_explanation(502), notes);
            co_return;
        }
    }
    std::string lines = selection.status == 304 ? lines_of_not_modified(entry->head_lines())
                                                : std::string(entry->head_lines());
    write_head(route, status, lines.append(obtained.own_lines), notes);
    if (selection.part) {
        if (const auto size = entry->body_size()) {
            exchange_.head().add("Content-Range",
                                 http::format_content_range(*selection.part, *size));
        }
    }
    // A viewer that was served did not break off: what it asked for was a range of a whole that is
    // still arriving and worth keeping.
    if (co_await send_body(entry, selection.status, offset, length, first.bytes)) {
        obtained.reader.keep_filling();
    }
    finish(notes, status);
}

// The head is written.
net::Task<bool> Session::send_body(const EntryPtr& entry, int status, std::uint64_t offset,
                                   std::optional<std::uint64_t> length, std::string_view first) {
    if (!entry->has_inline_body()) {
        if (has_no_body(request().method, status)) {
            exchange_.respond_without_body(status == 304 ? std::nullopt : length);
        } else {
            co_return co_await stream_entry(demand_, entry, offset, length, first);
        }
        co_return true;
    }
    // A stored answer to HEAD states, in its own lines, the length of the body that it has not.
    const bool is_bodiless = demand_->request.method == http::Method::Head;
    if (is_bodiless && entry->inline_body().empty()) {
        exchange_.respond_without_body(std::nullopt);
    } else {
        exchange_.respond(entry->inline_body().substr(offset, length.value_or(0)), entry);
    }
    co_return true;
}

// Waits until bytes at offset are here, asking the origin for chunks that nobody is fetching.
net::Task<ChunkedBody::Read> Session::await_bytes(const DemandPtr& demand, const EntryPtr& entry,
                                                  std::uint64_t offset,
                                                  std::optional<std::uint64_t> length) {
    ChunkedBody& body = *entry->chunks();
    int fetches = 0;
    while (true) {
        const ChunkedBody::Read read = body.read(offset);
        if (read.state == ChunkedBody::State::Wait) {
            co_await suspend_until(
                [&](auto wake) { body.on_change(read.version, std::move(wake)); });
            continue;
        }
        if (read.state != ChunkedBody::State::Missing) co_return read;
        if (fetches++ == kMaxFetchesOfAPart || !length) {
            co_return ChunkedBody::Read{.state = ChunkedBody::State::Failed};
        }
        const auto run = body.claim(chunks_covering(offset, *length), kMaxRunChunks);
        if (run) handler_.engine().start_run(demand, entry, *run, loop_);
    }
}

net::Task<bool> Session::stream_entry(const DemandPtr& demand, const EntryPtr& entry,
                                      std::uint64_t offset, std::optional<std::uint64_t> length,
                                      std::string_view first) {
    if (!co_await exchange_.start(length)) co_return false;
    // A stream of unknown length may turn out too large to keep: it is told what has been read.
    const StreamPosition position(length ? nullptr : entry->chunks().get());
    std::optional<std::uint64_t> left = length;
    std::string_view bytes = first;
    while (!left || *left > 0) {
        if (left) bytes = bytes.substr(0, *left);
        if (!bytes.empty() && !co_await exchange_.write(bytes)) co_return false;
        offset += bytes.size();
        position.set(offset);
        if (left) *left -= bytes.size();
        if (left && *left == 0) break;
        const ChunkedBody::Read read = co_await await_bytes(demand, entry, offset, left);
        if (read.state == ChunkedBody::State::End) break;
        if (read.state != ChunkedBody::State::Bytes) {
            exchange_.close();  // cut off, so that the viewer does not take it for whole
            co_return false;
        }
        bytes = read.bytes;
    }
    co_return co_await exchange_.finish();
}

net::Task<> Session::send_pass(const Route& route, Obtained& obtained, Presentation presentation) {
    OriginAnswer& answer = obtained.pass;
    const http::ResponseHead& head = *answer.head;
    const int status = presentation.status != 0 ? presentation.status : head.status;
    const AnswerNotes notes{
        .reason = obtained.reason, .result = obtained.result, .forward_status = head.status};
    const bool is_sized = head.framing.kind == http::BodyFraming::Kind::Length ||
                          head.framing.kind == http::BodyFraming::Kind::None;
    std::optional<std::uint64_t> length;
    if (is_sized) length = head.framing.length;
    const bool without_body = has_no_body(request().method, head.status);
    if (without_body) {  // the length of the body that GET would have, if the origin states it
        const auto stated = head.fields.find("Content-Length");
        length = stated ? parse_uint(*stated) : std::nullopt;
    }
    const std::string lines = stored_lines(head.fields, {.behavior = *route.behavior, .now = now_});
    write_head(route, status, lines, notes);
    if (without_body) {
        exchange_.respond_without_body(length);
        co_await drain(*answer.exchange);
        finish(notes, status);
        co_return;
    }
    if (const auto body = answer.exchange->take_received_body()) {
        exchange_.respond(*body);
        finish(notes, status);
        co_return;
    }
    if (length && *length <= kWholePassBytes) {
        auto body = co_await read_whole(*answer.exchange, *length);
        if (!body) {
            send_error(502, default_explanation(502),
                       {.reason = Reason::OriginFailed, .result = CacheResult::Error});
            co_return;
        }
        exchange_.respond(*body);
        finish(notes, status);
        co_return;
    }
    co_await pipe_answer_body(*answer.exchange, length);
    finish(notes, status);
}

// The head is written.  Piece by piece: the origin is read no faster than the viewer reads.
net::Task<> Session::pipe_answer_body(net::ClientExchange& from,
                                      std::optional<std::uint64_t> length) {
    if (!co_await exchange_.start(length)) co_return;
    // An answer of unknown length may be slow (events, logs): its head does not wait for the body.
    if (!length && !co_await exchange_.write({})) co_return;
    const std::size_t size = std::min<std::uint64_t>(length.value_or(kPieceBytes), kPieceBytes);
    const auto storage = std::make_unique_for_overwrite<char[]>(size);
    while (true) {
        const auto count = co_await from.read_body({storage.get(), size});
        if (!count) {
            exchange_.close();  // cut off, so that the viewer does not take it for whole
            co_return;
        }
        if (*count == 0) break;
        if (!co_await exchange_.write({storage.get(), *count})) co_return;
    }
    co_await exchange_.finish();
}

}  // namespace tarn::edge
