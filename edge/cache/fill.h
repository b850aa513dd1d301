// Bringing bodies from the origin into the cache.

#pragma once

#include "common/net/client.h"
#include "common/net/task.h"
#include "edge/cache/compression.h"
#include "edge/cache/engine.h"
#include "edge/cache/stored_head.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tarn::edge {

// Bodies of a known length up to this are read whole before the first byte goes out.
inline constexpr std::uint64_t kWholeReadBytes = 256 * 1024;

// Reads a body to its end, at most limit bytes.
net::Task<Result<std::string, net::ClientError>> read_whole(net::ClientExchange& exchange,
                                                            std::uint64_t limit);
// Reads what is left, so that the connection can be used again; gives up beyond 64 KiB.
net::Task<> drain(net::ClientExchange& exchange);

// An entry with its whole body at hand.
EntryPtr make_whole_entry(EntryParts parts, std::string_view body);

// Streams an answer's body into the entry that the flight was settled with, then stores the entry
// and finishes the flight.  Gives up when no viewer is left, unless the engine finishes fills; a
// body that breaks off is not stored.
struct StreamFill {
    Engine& engine;
    FlightPtr flight;
    EntryPtr entry;
    std::unique_ptr<net::ClientExchange> exchange;
    Coding coding = Coding::Identity;
    bool finish_fills = false;
};
net::Task<> stream_fill(StreamFill fill);

// Fills claimed chunks from a 206 whose bytes begin at offset (before or at the run's fill start)
// and end at end, as its Content-Range says.  A connection that breaks off leaves the chunks to be
// asked for again; a body that is shorter or longer than stated cannot be trusted in any of its
// bytes, and the entry goes.
struct RunFill {
    Engine& engine;
    EntryPtr entry;
    ChunkRun run;
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    std::unique_ptr<net::ClientExchange> exchange;
};
// Whether an answer's framing agrees with its Content-Range, as far as the framing says.
bool frames_range(const http::ResponseHead& head, const ContentRange& range);
net::Task<> run_fill(RunFill fill);

}  // namespace tarn::edge
