#include "server/cloudfront/signing_keys.h"

#include "common/base/encoding.h"
#include "common/crypto/digest.h"

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {
constexpr std::string_view kPrefix = "TARNEDGE";
}

std::string edge_access_key_id(std::string_view distribution_id) {
    return fmt::format("{}{}", kPrefix, distribution_id);
}

std::string edge_secret(std::string_view master_secret, std::string_view distribution_id) {
    return to_hex(std::string_view(crypto::hmac_sha256(master_secret, distribution_id)));
}

std::optional<std::string_view> distribution_of_edge_key(std::string_view access_key_id) {
    if (!access_key_id.starts_with(kPrefix) || access_key_id.size() == kPrefix.size()) {
        return std::nullopt;
    }
    return access_key_id.substr(kPrefix.size());
}

std::string distribution_arn(std::string_view account_id, std::string_view distribution_id) {
    return fmt::format("arn:aws:cloudfront::{}:distribution/{}", account_id, distribution_id);
}

}  // namespace tarn::cloudfront
