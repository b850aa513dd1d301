// Keeps blobs in place while requests read them.
//
// A GET reads a row, then opens the blobs that the row names, one after the other, perhaps for
// hours. It holds a pin from before it reads the row; a blob that was dropped meanwhile stays until
// every pin from before the drop is gone.  Pins name no blobs, so that they cost next to nothing.

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace tarn::storage {

// Thread-safe.
class ReadPins {
  public:
    class Pin {
      public:
        Pin() = default;
        Pin(Pin&& other) noexcept
            : pins_(std::exchange(other.pins_, nullptr)), period_(other.period_) {}
        Pin& operator=(Pin&& other) noexcept {
            std::swap(pins_, other.pins_);
            std::swap(period_, other.period_);
            return *this;
        }
        ~Pin() {
            if (pins_ != nullptr) pins_->release(period_);
        }

      private:
        friend class ReadPins;
        Pin(ReadPins* pins, std::uint64_t period) : pins_(pins), period_(period) {}

        ReadPins* pins_ = nullptr;
        std::uint64_t period_ = 0;
    };

    // What rows read from now on refer to stays while the pin lives.  The pins must outlive it.
    Pin pin() {
        const std::lock_guard lock(mutex_);
        ++counts_[period_];
        return {this, period_};
    }

    // For the collector: ends a period, and returns its number.
    std::uint64_t end_period() {
        const std::lock_guard lock(mutex_);
        return period_++;
    }
    // Whether a pin of that period or an earlier one lives.
    bool held(std::uint64_t period) const {
        const std::lock_guard lock(mutex_);
        return !counts_.empty() && counts_.begin()->first <= period;
    }

  private:
    void release(std::uint64_t period) {
        const std::lock_guard lock(mutex_);
        const auto count = counts_.find(period);
        if (--count->second == 0) counts_.erase(count);
    }

    mutable std::mutex mutex_;
    std::uint64_t period_ = 0;
    std::map<std::uint64_t, std::uint64_t> counts_;  // living pins by period
};

}  // namespace tarn::storage
