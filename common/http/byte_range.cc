#include "common/http/byte_range.h"

#include "common/base/text.h"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace tarn::http {
namespace {

constexpr std::string_view kUnit = "bytes";

// Parses 1*DIGIT; a number above UINT64_MAX is read as UINT64_MAX.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
        return std::nullopt;
    }
    std::uint64_t position = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (error == std::errc::result_out_of_range) return UINT64_MAX;
    assert(error == std::errc{});
    assert(end == digits.data() + digits.size());
    return position;
}

Result<ByteRange, RangeError> resolve(const OffsetRange& range, std::uint64_t object_size) {
    assert(range.first <= range.last);
    if (range.first >= object_size) return fail(RangeError::Unsatisfiable);

    const std::uint64_t last = std::min(range.last, object_size - 1);
    return ByteRange{.offset = range.first, .length = last - range.first + 1};
}

Result<ByteRange, RangeError> resolve(const SuffixRange& range, std::uint64_t object_size) {
    const std::uint64_t length = std::min(range.length, object_size);
    if (length == 0) return fail(RangeError::Unsatisfiable);

    return ByteRange{.offset = object_size - length, .length = length};
}

}  // namespace

std::optional<RangeSpec> parse_range_header(std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) return std::nullopt;

    // Range units are case-insensitive (RFC 9110, section 14.1).
    if (!iequals(value.substr(0, equals), kUnit)) return std::nullopt;

    const std::string_view range = value.substr(equals + 1);
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;

    const std::string_view first_text = range.substr(0, dash);
    const std::string_view last_text = range.substr(dash + 1);

    if (first_text.empty()) {
        const auto length = parse_position(last_text);
        if (!length) return std::nullopt;
        return SuffixRange{.length = *length};
    }

    const auto first = parse_position(first_text);
    if (!first) return std::nullopt;
    if (last_text.empty()) return OffsetRange{.first = *first};

    const auto last = parse_position(last_text);
    if (!last || *last < *first) return std::nullopt;
    return OffsetRange{.first = *first, .last = *last};
}

Result<ByteRange, RangeError> resolve_range(const RangeSpec& spec, std::uint64_t object_size) {
    return std::visit([&](const auto& range) { return resolve(range, object_size); }, spec);
}

std::string format_content_range(const ByteRange& range, std::uint64_t object_size) {
    assert(range.length > 0);
    assert(range.offset + range.length <= object_size);
    const std::uint64_t last = range.offset + range.length - 1;
    return "bytes " + std::to_string(range.offset) + "-" + std::to_string(last) + "/" +
           std::to_string(object_size);
}

std::string format_unsatisfied_content_range(std::uint64_t object_size) {
    return "bytes */" + std::to_string(object_size);
}

}  // namespace tarn::http
