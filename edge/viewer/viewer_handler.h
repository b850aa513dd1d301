// Answers viewers.
//
// A fresh answer in memory goes out from handle_now(), without a coroutine, an allocation or a
// wait; everything else is a Session (session.h).

#pragma once

#include "common/base/random.h"
#include "common/net/exchange.h"
#include "edge/cache/engine.h"
#include "edge/control/edge_state.h"
#include "edge/viewer/admission.h"
#include "edge/viewer/metrics.h"
#include "edge/viewer/request_id.h"
#include "edge/viewer/trace.h"
#include "edge/viewer/viewer_response.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tarn::edge {

struct ViewerOptions {
    std::string pop = "FRA50-P1";
    std::string edge_id = "edge";
    std::uint16_t tls_port = 443;  // where redirects to https lead
};

// What a loop keeps from one request to the next.
struct alignas(64) ViewerLoop {
    ViewerLoop(std::uint64_t mask, std::uint16_t index, std::size_t trace_count, Random& random)
        : ids(mask, index, random), traces(trace_count) {}

    RequestIdSource ids;
    TraceRing traces;
    LoopMetrics metrics;
    std::string key;  // storage that is reused
};

class ViewerHandler final : public net::Handler {
  public:
    // All must outlive the handler.
    ViewerHandler(const ViewerOptions& options, net::Loops& loops, EdgeState& state, Engine& engine,
                  Random& random);

    bool handle_now(net::Exchange& exchange) override;
    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError error) override;

    const ViewerOptions& options() const { return options_; }
    const EdgeIdentity& identity() const { return identity_; }
    EdgeState& state() { return state_; }
    Engine& engine() { return engine_; }
    ViewerLoop& loop(std::size_t index) { return *loops_[index]; }
    std::size_t loop_count() const { return loops_.size(); }
    std::uint64_t id_mask() const { return mask_; }

    // Starts the record of a request; number is that of its id.
    TraceRecord& begin_trace(net::Exchange& exchange, const RequestId& id, std::uint64_t number,
                             WallTime now, const Route* route, const HeaderScan* scan);
    // Ends it, and counts.
    void end_trace(TraceRecord& record, std::size_t loop, const AnswerNotes& notes, int status,
                   std::uint64_t body_bytes);

  private:
    // Sends a stored answer that lies in memory as a whole; false if it does not.
    bool answer_from_memory(net::Exchange& exchange, const Route& route, const HeaderScan& scan,
                            const EntryPtr& entry, WallTime now);

    const ViewerOptions options_;
    const EdgeIdentity identity_;
    EdgeState& state_;
    Engine& engine_;
    const std::uint64_t mask_;
    std::vector<std::unique_ptr<ViewerLoop>> loops_;
};

// How the viewer reached us; views into exchange.
ViewerFacts facts_of(const net::Exchange& exchange, const HeaderScan& scan);

// Notes on an answer out of a stored entry.
AnswerNotes notes_of(const Entry& entry, Reason reason, CacheResult result, WallTime now);

}  // namespace tarn::edge
