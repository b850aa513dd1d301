// What the control plane can be told.

#pragma once

#include <chrono>
#include <string>

namespace tarn::cloudfront {

struct ControlOptions {
    // From which the edges' signing secrets are derived; kept in the data directory.
    std::string master_secret;
    // The bearer token of edges (keys/edge-token).  Empty: no edge is let in.
    std::string edge_token;
    // An edge whose lease has run out does not hold up Completed: it serves no hits then (--fence).
    bool fence = false;
    // At least this long between a change and Deployed or Completed, by the virtual clock: for
    // lessons.
    std::chrono::milliseconds propagation_delay{0};
    // How long Create and Get answers wait for acknowledgements.
    std::chrono::milliseconds acknowledgement_wait{1000};
    // Between records that say nothing new; the protocol promises one a second.
    std::chrono::milliseconds heartbeat_interval{900};
    // An edge that was silent for so long counts as gone for good and no longer holds up changes.
    // 0: only a goodbye or an operator removes an edge.
    std::chrono::seconds edge_forget_after{600};
    // Records older than this are dropped once every edge has them.
    std::chrono::hours log_retention{24};
};

}  // namespace tarn::cloudfront
