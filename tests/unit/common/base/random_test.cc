#include "common/base/random.h"

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <array>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarn {
namespace {

TEST(SystemRandomTest, NeverRepeatsAcrossSizesAndThreads) {
    std::array<std::set<std::string>, 3> drawn;
    std::array<std::thread, 3> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        threads[i] = std::thread([&, i] {
            SystemRandom random;
            for (std::size_t size = 16; size < 600; size += 7) {
                std::vector<std::uint8_t> bytes(size);
                random.fill(bytes);
                drawn[i].insert(to_hex(std::span(bytes).first(16)));
                drawn[i].insert(to_hex(std::span(bytes).last(16)));
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    std::set<std::string> all;
    for (auto& set : drawn)
        all.merge(set);
    // The first size has one 16-byte piece that is both its first and its last.
    std::size_t expected = 0;
    for (std::size_t size = 16; size < 600; size += 7)
        expected += size == 16 ? 1 : 2;
    EXPECT_EQ(all.size(), 3 * expected);
}

TEST(SystemRandomTest, AForkedChildDrawsOtherBytes) {
    SystemRandom random;
    (void)random_hex(random, 1);  // fills the buffer before the fork
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const std::string text = random_hex(random, 16);
        ::_exit(::write(pipe_ends[1], text.data(), text.size()) == 32 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    std::string childs(32, '\0');
    ASSERT_EQ(::read(pipe_ends[0], childs.data(), childs.size()), 32);
    EXPECT_NE(childs, random_hex(random, 16));
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST(SeededRandomTest, RepeatsFromItsSeed) {
    SeededRandom first(7);
    SeededRandom same(7);
    SeededRandom other(8);
    const std::string text = random_hex(first, 33);
    EXPECT_EQ(text, random_hex(same, 33));
    EXPECT_NE(text, random_hex(other, 33));
    EXPECT_NE(text, random_hex(first, 33));
}

TEST(RandomTextTest, UsesEveryLetterAboutEquallyOften) {
    SeededRandom random(1);
    constexpr int kDraws = 36 * 4000;
    std::map<char, int> counts;
    for (const char c : random_upper_alnum(random, kDraws))
        ++counts[c];
    EXPECT_EQ(counts.size(), 36u);
    for (const auto& [c, count] : counts) {
        EXPECT_TRUE(is_digit(c) || (c >= 'A' && c <= 'Z')) << c;
        // Without the redraw the first four letters would come up 14 % too often.
        EXPECT_NEAR(count, 4000, 300) << c;
    }
}

TEST(RandomTextTest, HasTheLengthAskedFor) {
    SystemRandom random;
    for (std::size_t length = 0; length < 200; ++length) {
        EXPECT_EQ(random_upper_alnum(random, length).size(), length);
        EXPECT_EQ(random_hex(random, length).size(), 2 * length);
    }
}

}  // namespace
}  // namespace tarn
