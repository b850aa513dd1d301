// The strict gate before Boost.JSON: what two JSON readers might understand differently is refused.

#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::aws {

struct JsonLimits {
    std::size_t bytes = 20 * 1024;
    int depth = 32;
};

enum class JsonFault : std::uint8_t {
    TooLarge,
    NotAnObject,  // the first byte is not '{'
    Malformed,    // RFC 8259, or ill-formed UTF-8, or bytes after the end
    TooDeep,
    DuplicateKey,  // in one object, after unescaping
};

// The text is one JSON object within the limits, no object in it has a key twice.
Result<void, JsonFault> check_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace tarn::aws
