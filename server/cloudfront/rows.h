// The rows in which the control plane keeps its state: Table::System, kSystemPartition, keys that
// start with "cf/".  Values are JSON objects.

#pragma once

#include "common/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cloudfront {

using Tags = std::vector<std::pair<std::string, std::string>>;

// A distribution.
struct DistributionRow {
    std::string id;
    std::string account_id;
    std::string etag;
    std::string caller_reference;
    WallTime modified;
    std::uint64_t sequence = 0;  // of its newest log record
    std::uint64_t deployed_sequence =
        0;  // the greatest one that was seen acknowledged by all edges
    std::uint64_t config_epoch = 0;
    std::string config_xml;
    // From the configuration, so that look-ups need not parse it.
    std::vector<std::string> aliases;     // lower case
    std::vector<std::string> references;  // "CachePolicy/<id>", …
    Tags tags;
};

// Who had applied an invalidation when it completed.
struct EdgeProof {
    std::string edge_id;
    std::string boot_id;
    std::string pop;
    WallTime acknowledged;
    bool lease_expired = false;  // counted because its lease had run out (--fence)
    std::uint64_t dropped = 0;   // cached entries dropped so far, as the edge says
};

struct InvalidationRow {
    std::string id;
    std::string distribution_id;
    std::string caller_reference;
    WallTime created;
    std::uint64_t sequence = 0;
    std::vector<std::string> paths;
    std::optional<WallTime> completed;
    std::vector<EdgeProof> proof;
};

// A policy, origin access control, public key or key group.
struct ResourceRow {
    std::string id;
    std::string account_id;
    std::string etag;
    WallTime created;
    WallTime modified;
    std::string config_xml;
};

// An edge that changes wait for, also after the server was restarted.
struct EdgeRow {
    std::string edge_id;
    std::string boot_id;
    std::string pop;
};

std::string write_row(const DistributionRow& row);
std::string write_row(const InvalidationRow& row);
std::string write_row(const ResourceRow& row);
std::string write_row(const EdgeRow& row);
// False where text is none of ours (a corrupt row).
bool read_row(std::string_view text, DistributionRow& row);
bool read_row(std::string_view text, InvalidationRow& row);
bool read_row(std::string_view text, ResourceRow& row);
bool read_row(std::string_view text, EdgeRow& row);

// ---- keys ----

inline constexpr std::string_view kDistributionPrefix = "cf/distribution/";
inline constexpr std::string_view kInvalidationPrefix = "cf/invalidation/";
inline constexpr std::string_view kInvalidationReferencePrefix = "cf/invalidation-reference/";
inline constexpr std::string_view kResourcePrefix = "cf/resource/";
inline constexpr std::string_view kEdgePrefix = "cf/edge/";
inline constexpr std::string_view kHeadKey = "cf/head";  // the log's newest sequence
inline constexpr std::string_view kLogNameKey = "cf/log-name";
inline constexpr std::string_view kTruncatedKey = "cf/truncated";  // up to which the log was cut
inline constexpr std::string_view kClockKey = "cf/clock";  // sequence of the newest ClockOffset

std::string distribution_key(std::string_view id);
std::string invalidation_prefix(std::string_view distribution_id);
std::string invalidation_key(std::string_view distribution_id, std::string_view id);
std::string invalidation_reference_prefix(std::string_view distribution_id);
std::string invalidation_reference_key(std::string_view distribution_id,
                                       std::string_view caller_reference);
std::string resource_prefix(std::string_view kind);
std::string resource_key(std::string_view kind, std::string_view id);
std::string edge_key(std::string_view edge_id);
// Of a log record, in Table::Log: eight bytes, big-endian, so that key order is sequence order.
std::string log_key(std::uint64_t sequence);
std::optional<std::uint64_t> sequence_of_log_key(std::string_view key);

}  // namespace tarn::cloudfront
