// Numbers as bytes, most significant byte first, so that they sort as the numbers do.

#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

namespace tarn {

static_assert(std::endian::native == std::endian::little);

// Writes sizeof(Number) bytes.
template <std::unsigned_integral Number>
void write_big_endian(char* out, Number number) {
    const Number swapped = std::byteswap(number);
    std::memcpy(out, &swapped, sizeof swapped);
}

// bytes has at least sizeof(Number) of them; the others are not looked at.
template <std::unsigned_integral Number>
Number read_big_endian(std::string_view bytes) {
    Number swapped = 0;
    bytes.copy(reinterpret_cast<char*>(&swapped), sizeof swapped);
    return std::byteswap(swapped);
}

template <std::unsigned_integral Number>
void append_big_endian(std::string& out, Number number) {
    const std::size_t size = out.size();
    out.resize(size + sizeof number);
    write_big_endian(out.data() + size, number);
}

template <std::unsigned_integral Number>
std::string big_endian(Number number) {
    std::string bytes;
    append_big_endian(bytes, number);
    return bytes;
}

}  // namespace tarn
