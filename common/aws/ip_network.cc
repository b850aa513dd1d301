#include "common/aws/policy_conditions.h"
#include "common/base/text.h"

#include <algorithm>

#include <arpa/inet.h>

namespace tarn::aws {
namespace {

constexpr int kIpv4Bits = 32;
constexpr int kIpv6Bits = 128;
constexpr int kMappedBits = kIpv6Bits - kIpv4Bits;  // of ::ffff:0:0/96

}  // namespace

bool IpNetwork::contains(const IpNetwork& single) const {
    if (single.prefix_bits < prefix_bits) return false;
    const auto whole_bytes = static_cast<std::size_t>(prefix_bits / 8);
    if (!std::equal(address.begin(), address.begin() + prefix_bits / 8, single.address.begin())) {
        return false;
    }
    const int rest = prefix_bits % 8;
    if (rest == 0) return true;
    const int difference = address[whole_bytes] ^ single.address[whole_bytes];
    return (difference >> (8 - rest)) == 0;
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    if (address.find('\0') != std::string::npos) return std::nullopt;

    IpNetwork network;
    const bool is_ipv4 = address.find(':') == std::string::npos;
    if (is_ipv4) {
        network.address[10] = network.address[11] = 0xff;
        if (inet_pton(AF_INET, address.c_str(), &network.address[12]) != 1) return std::nullopt;
    } else if (inet_pton(AF_INET6, address.c_str(), network.address.data()) != 1) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) return network;

    const auto bits = parse_uint(text.substr(slash + 1));
    if (!bits || *bits > static_cast<std::uint64_t>(is_ipv4 ? kIpv4Bits : kIpv6Bits)) {
        return std::nullopt;
    }
    network.prefix_bits = static_cast<int>(*bits) + (is_ipv4 ? kMappedBits : 0);
    return network;
}

}  // namespace tarn::aws
