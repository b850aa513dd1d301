// X-Amz-Cf-Id: a unique name for each request, 54 characters of base64 and "==".
//
// The id leads back to the request's trace without an index: its first bytes are the loop and the
// place in the loop's ring, hidden by a random mask of the process.

#pragma once

#include "common/base/random.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::edge {

struct RequestId {
    static constexpr std::size_t kLength = 56;
    std::array<char, kLength> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

// One per loop.
class RequestIdSource {
  public:
    // mask is the process's.
    RequestIdSource(std::uint64_t mask, std::uint16_t loop, Random& random);
    RequestId next();
    // The number of the id that next() made last: 0, 1, 2, …
    std::uint64_t last_number() const { return number_ - 1; }

  private:
    std::uint64_t random_word();

    const std::uint64_t mask_;
    const std::uint16_t loop_;
    std::uint64_t number_ = 0;
    std::array<std::uint64_t, 2> state_{};
};

struct RequestPlace {
    std::uint16_t loop = 0;
    std::uint64_t number = 0;
};
// Where an id comes from; nothing if it is none of ours (as far as its form tells).
std::optional<RequestPlace> place_of(std::string_view id, std::uint64_t mask);

}  // namespace tarn::edge
