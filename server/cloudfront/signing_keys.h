// The access keys with which edges sign their requests to S3 origins (origin access control).
//
// There is one per distribution; its secret is derived from a master secret, so nothing is stored
// and an edge that leaks its keys leaks those of its distributions only.  The bucket policy sees
// the service principal cloudfront.amazonaws.com with aws:SourceArn (cloudfront.md 2.11, 6.11).

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::cloudfront {

inline constexpr std::string_view kEdgeServicePrincipal = "cloudfront.amazonaws.com";

std::string edge_access_key_id(std::string_view distribution_id);
std::string edge_secret(std::string_view master_secret, std::string_view distribution_id);
// The distribution whose key this is; nothing for other access keys.
std::optional<std::string_view> distribution_of_edge_key(std::string_view access_key_id);

std::string distribution_arn(std::string_view account_id, std::string_view distribution_id);

}  // namespace tarn::cloudfront
