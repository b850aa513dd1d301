#include "server/front/initial_buckets.h"

#include "server/s3/bucket_creation.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

namespace tarn::front {
namespace {

constexpr std::string_view kPublicRead = "public-read";

std::string public_read_policy(std::string_view bucket) {
    return fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Sid":"PublicRead","Effect":"Allow",)"
        R"("Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}/*"}}]}})",
        bucket);
}

std::optional<std::string> create_one(s3::Services& services, net::Loops& loops,
                                      const std::string& specification,
                                      const std::string& owner_account_id) {
    const std::size_t colon = specification.find(':');
    const std::string name = specification.substr(0, colon);
    const std::string access =
        colon == std::string::npos ? std::string{} : specification.substr(colon + 1);
    if (!s3::is_valid_bucket_name(name)) {
        return fmt::format("--bucket {}: not a valid bucket name", specification);
    }
    if (!access.empty() && access != kPublicRead && access != "private") {
        return fmt::format("--bucket {}: say NAME, NAME:private or NAME:public-read",
                           specification);
    }
    if (services.buckets.find(name)) return std::nullopt;
    const auto created = boost::asio::co_spawn(
                             loops.loop(0),
                             s3::create_bucket_rows(
                                 services, name,
                                 {.owner_account_id = owner_account_id,
                                  .region = "us-east-1",
                                  .policy = access == kPublicRead ? public_read_policy(name) : ""}),
                             boost::asio::use_future)
                             .get();
    if (!created) return fmt::format("--bucket {}: could not be created", specification);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> create_initial_buckets(s3::Services& services, net::Loops& loops,
                                                  const std::vector<std::string>& specifications,
                                                  const std::string& owner_account_id) {
    for (const std::string& specification : specifications) {
        if (auto fault = create_one(services, loops, specification, owner_account_id)) return fault;
    }
    return std::nullopt;
}

}  // namespace tarn::front
