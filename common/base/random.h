// Randomness is injected, so that a test can repeat a run from its seed.

#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace tarn {

// Thread-safe.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The kernel's generator (getrandom), buffered per thread.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
};

// Repeatable; for tests.  Not thread-safe.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    std::mt19937_64 engine_;
};

// length characters drawn from A-Z and 0-9 (request ids, distribution ids).
std::string random_upper_alnum(Random& random, std::size_t length);
// byte_count random bytes as lower-case hex.
std::string random_hex(Random& random, std::size_t byte_count);

}  // namespace tarn
