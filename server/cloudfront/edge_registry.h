// Which edges there are, what each has applied, and so which changes are everywhere.
//
// A change with sequence s is settled at the first moment when every registered edge has
// acknowledged s or more.  An edge whose lease has run out still holds it up, because it goes on
// answering from its cache (a CDN must); only under fence, where such an edge serves no hits, does
// it not (DESIGN 3.9, cloudfront.md 6.5).  Without edges a change is settled at once.  What was
// settled stays so: an edge that registers later applies the log before it serves.

#pragma once

#include "common/base/clock.h"
#include "common/cdn/log_record.h"
#include "server/cloudfront/rows.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

struct EdgeState {
    std::string edge_id;
    std::string boot_id;
    std::string pop;
    std::uint64_t applied = 0;
    std::uint64_t dropped = 0;
    WallTime acknowledged;  // when applied was last raised; the epoch: never
    SteadyTime heard;       // last sign of life
    SteadyTime lease_end;
    int stream_count = 0;
    bool lease_live = false;  // as of the call that returned this
};

struct RegistryOptions {
    bool fence = false;
    std::chrono::seconds forget_after{600};  // 0: never
};

// How and when a sequence was settled.
struct Settlement {
    std::uint64_t up_to = 0;
    WallTime time;
    std::vector<EdgeProof> edges;
};

// Thread-safe; never blocks for long.
class EdgeRegistry {
  public:
    EdgeRegistry(Clock& clock, const RegistryOptions& options) : clock_(clock), options_(options) {}

    // Called after anything that may have settled a change, on the caller's thread, unlocked.
    void on_change(std::function<void()> hook) { hook_ = std::move(hook); }

    // Edges known from before a restart: they are waited for until they come back, or are
    // forgotten.
    void restore(const std::vector<EdgeRow>& rows);
    // An edge opens its stream.  True where it, or its boot, is new and should be stored.
    bool connect(std::string_view edge_id, std::string_view boot_id, std::string_view pop,
                 std::uint64_t from);
    void disconnect(std::string_view edge_id, std::string_view boot_id);
    // A stream took bytes: a sign of life, but no renewal of the lease (log_record.h says why).
    // False where this edge and boot are not registered (any more).
    bool heard(std::string_view edge_id, std::string_view boot_id);
    // False where this edge and boot are not registered.
    bool acknowledge(std::string_view edge_id, std::string_view boot_id, std::uint64_t applied,
                     std::uint64_t dropped);
    // Removes an edge: it said goodbye, or an operator did so for it.  An empty boot_id means any.
    bool remove(std::string_view edge_id, std::string_view boot_id);
    // Removes edges that were silent too long; returns their ids.
    std::vector<std::string> forget_silent();

    // Whether every edge has the change; see above.
    bool settled(std::uint64_t sequence);
    // How it came about; nothing where it is not settled or too long ago (kHistory settlements).
    std::optional<Settlement> settlement(std::uint64_t sequence);
    std::vector<EdgeState> edges() const;
    // The smallest sequence that a registered edge has applied; nothing without edges.
    std::optional<std::uint64_t> smallest_applied() const;

  private:
    static constexpr std::size_t kHistory = 4096;

    // What all edges have now; nothing without (counting) edges.
    std::optional<std::uint64_t> level() const;
    bool lease_live(const EdgeState& edge) const;
    void note_settled(std::uint64_t sequence);
    void refresh();
    void notify();
    EdgeState* find(std::string_view edge_id, std::string_view boot_id);

    Clock& clock_;
    const RegistryOptions options_;
    std::function<void()> hook_;
    mutable std::mutex mutex_;
    std::map<std::string, EdgeState, std::less<>> edges_;
    std::uint64_t settled_ = 0;
    std::deque<Settlement> history_;
};

}  // namespace tarn::cloudfront
