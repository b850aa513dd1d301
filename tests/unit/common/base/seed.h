// The seed of a random test: TARN_TEST_SEED if set, else a new one each run.  Print it on failure:
//
//   const std::uint64_t seed = test_seed();
//   SCOPED_TRACE(seed_message(seed));

#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace tarn {

inline std::uint64_t test_seed() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    if (const char* text = std::getenv("TARN_TEST_SEED")) return std::strtoull(text, nullptr, 10);
    return std::random_device{}();
}

inline std::string seed_message(std::uint64_t seed) {
    return "TARN_TEST_SEED=" + std::to_string(seed);
}

}  // namespace tarn
