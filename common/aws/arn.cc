#include "common/aws/arn.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>

namespace tarn::aws {

std::optional<Arn> parse_arn(std::string_view text) {
    // The sixth part is the rest, colons included.
    std::array<std::string_view, 6> parts;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts.back() = text;
    if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || parts[5].empty()) {
        return std::nullopt;
    }
    return Arn{.partition = std::string(parts[1]),
               .service = std::string(parts[2]),
               .region = std::string(parts[3]),
               .account = std::string(parts[4]),
               .resource = std::string(parts[5])};
}

std::string format_arn(const Arn& arn) {
    std::string text = "arn";
    for (const std::string* part :
         {&arn.partition, &arn.service, &arn.region, &arn.account, &arn.resource}) {
        text.append(":").append(*part);
    }
    return text;
}

std::string s3_arn(std::string_view bucket) {
    return std::string("arn:aws:s3:::").append(bucket);
}

std::string s3_arn(std::string_view bucket, std::string_view key) {
    return s3_arn(bucket).append("/").append(key);
}

std::string account_root_arn(std::string_view account_id) {
    return std::string("arn:aws:iam::").append(account_id).append(":root");
}

bool is_account_id(std::string_view text) {
    return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace tarn::aws
