// Named points in the write path where a test makes the process fail (reliability.md 5.3).
//
//   if (failpoint("blob.after_fdatasync")) return fail(StoreError::Io);
//
// Armed by the environment, TARN_FAILPOINTS=name=action[,name=action]:
//
//   crash      SIGKILL to itself
//   error      the step reports Io
//   sleep:MS   the step takes MS milliseconds longer
//   skip       the step is left out; only for the steps that makes a write durable, so that the
//              power-loss test can prove that it notices (tests/faults/powerloss.py)
//
// action@N fires at the N-th pass only.  Costs one relaxed load when nothing is armed.
// `tarn-server --list-failpoints` prints every name.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::storage {

// Every name used with failpoint(); a test fails for one that no write ever passes.
inline constexpr std::string_view kFailpoints[] = {
    "blob.after_create",    "blob.after_append",  "blob.before_fdatasync", "blob.fdatasync",
    "blob.after_fdatasync", "blob.dirsync",       "blob.after_dirsync",    "commit.before_write",
    "commit.sync",          "commit.after_write", "commit.after_witness",  "trash.before_remove",
    "trash.after_remove",
};

enum class FailpointOutcome : std::uint8_t { GoOn, Error, Skip };

namespace detail {
extern std::atomic<bool> failpoints_armed;
FailpointOutcome pass_failpoint(std::string_view name);
}  // namespace detail

inline FailpointOutcome failpoint_outcome(std::string_view name) {
    if (!detail::failpoints_armed.load(std::memory_order_relaxed)) [[likely]] {
        return FailpointOutcome::GoOn;
    }
    return detail::pass_failpoint(name);
}
// True where the step must report an error.
inline bool failpoint(std::string_view name) {
    return failpoint_outcome(name) == FailpointOutcome::Error;
}

// Reads TARN_FAILPOINTS.  Returns the settings it does not understand.
std::vector<std::string> arm_failpoints_from_environment();
// As if TARN_FAILPOINTS were settings; replaces what was armed before.  Empty disarms all.
std::vector<std::string> arm_failpoints(std::string_view settings);
// How often the point was passed since failpoints were armed last.
std::uint64_t failpoint_passes(std::string_view name);

}  // namespace tarn::storage
