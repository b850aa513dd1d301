#include "common/base/clock.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

using namespace std::chrono_literals;

TEST(ManualClockTest, MovesOnlyWhenTold) {
    ManualClock clock;
    const WallTime start = clock.now();
    const SteadyTime steady_start = clock.steady_now();
    EXPECT_EQ(clock.now(), start);
    clock.advance(1500ms);
    EXPECT_EQ(clock.now() - start, 1500ms);
    EXPECT_EQ(clock.real_now(), clock.now());
    EXPECT_EQ(clock.steady_now() - steady_start, 1500ms);
}

TEST(SystemClockTest, MovesVirtualTimeOnly) {
    SystemClock clock;
    clock.advance(24h);
    const auto ahead = clock.now() - clock.real_now();
    EXPECT_GT(ahead, 23h);
    EXPECT_LT(ahead, 25h);
}

}  // namespace
}  // namespace tarn
