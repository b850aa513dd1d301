// Time is injected, so that tests never sleep and `tarn clock advance` moves origin and edge alike.

#pragma once

#include <atomic>
#include <chrono>

namespace tarn {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    // Virtual wall time: TTLs, expiries, Last-Modified.
    virtual WallTime now() const = 0;
    // Real wall time: a signature's skew is judged by it, whatever the virtual clock says.
    virtual WallTime real_now() const = 0;
    // Monotonic, for deadlines and durations; not moved by the virtual clock.
    virtual SteadyTime steady_now() const = 0;
};

// The machine's clock plus an offset that `tarn clock` sets.
class SystemClock final : public Clock {
  public:
    WallTime now() const override { return real_now() + std::chrono::milliseconds(offset_.load()); }
    WallTime real_now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
    void advance(std::chrono::milliseconds by) { offset_ += by.count(); }

  private:
    std::atomic<std::int64_t> offset_{0};
};

// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(WallTime start = WallTime(std::chrono::seconds(1'700'000'000)))
        : wall_ms_(start.time_since_epoch().count()) {}
    WallTime now() const override { return WallTime(std::chrono::milliseconds(wall_ms_.load())); }
    WallTime real_now() const override { return now(); }
    SteadyTime steady_now() const override {
        return SteadyTime(std::chrono::milliseconds(steady_ms_.load()));
    }
    void advance(std::chrono::milliseconds by) {
        wall_ms_ += by.count();
        steady_ms_ += by.count();
    }

  private:
    std::atomic<std::int64_t> wall_ms_;
    std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace tarn
