#include "common/base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace tarn {
namespace {

Result<int, std::string> half(int value) {
    if (value % 2 != 0) return fail(std::string("odd"));
    return value / 2;
}

Result<int, std::string> quarter(int value) {
    TARN_TRY(const int once, half(value));
    TARN_TRY(const int twice, half(once));
    return twice;
}

Result<std::unique_ptr<int>, int> boxed(bool succeeds) {
    if (!succeeds) return fail(5);
    return std::make_unique<int>(1);
}

Result<int, int> unboxed(bool succeeds) {
    TARN_TRY(const auto box, boxed(succeeds));  // moves the value out
    return *box;
}

TEST(ResultTest, TryUnwrapsOrReturnsTheError) {
    EXPECT_EQ(quarter(12), 3);
    EXPECT_EQ(quarter(6).error(), "odd");
    EXPECT_EQ(quarter(3).error(), "odd");
    EXPECT_EQ(unboxed(true), 1);
    EXPECT_EQ(unboxed(false).error(), 5);
}

}  // namespace
}  // namespace tarn
