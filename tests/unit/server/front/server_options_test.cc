#include "server/front/server_options.h"

#include <sstream>

#include <gtest/gtest.h>

namespace tarn::front {
namespace {

struct Parsed {
    ParsedOptions result;
    std::string errors;
};

Parsed parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tarn-server");
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    std::ostringstream out;
    std::ostringstream err;
    auto result = parse_server_options(static_cast<int>(argv.size()), argv.data(), out, err);
    return {std::move(result), err.str()};
}

TEST(ServerOptions, CompatTakesTheNamesOfItsSwitches) {
    EXPECT_FALSE(parse({}).result.exit_status);
    EXPECT_FALSE(parse({"--compat=classic"}).result.exit_status);
    const Parsed two = parse({"--compat=owner-display-name,acl-groups-first"});
    EXPECT_FALSE(two.result.exit_status) << two.errors;
    EXPECT_EQ(two.result.options.compat, "owner-display-name,acl-groups-first");
}

TEST(ServerOptions, AnUnknownCompatSwitchIsAFaultThatNamesTheKnownOnes) {
    const Parsed parsed = parse({"--compat=classical"});
    EXPECT_EQ(parsed.result.exit_status, 3);
    EXPECT_NE(parsed.errors.find("--compat classical: say classic, or of acl-enabled-by-default"),
              std::string::npos)
        << parsed.errors;
    EXPECT_NE(parsed.errors.find("owner-display-name"), std::string::npos);
}

TEST(ServerOptions, LogsAreDeliveredWithinADay) {
    EXPECT_EQ(parse({}).result.options.log_delivery_seconds, 60u);
    EXPECT_EQ(parse({"--log-delivery-seconds=1"}).result.options.log_delivery_seconds, 1u);
    for (const char* value : {"0", "86401"}) {
        const Parsed parsed = parse({std::string("--log-delivery-seconds=") + value});
        EXPECT_EQ(parsed.result.exit_status, 3);
        EXPECT_NE(parsed.errors.find("say a number from 1 to 86400"), std::string::npos)
            << parsed.errors;
    }
    EXPECT_EQ(parse({"--log-delivery-seconds=soon"}).result.exit_status, 2);
}

TEST(ServerOptions, ACredentialMayNameAnEmailAddress) {
    EXPECT_FALSE(parse({"--credential", "alice:secret:111111111111:Alice:a@example.com"})
                     .result.exit_status);
    const Parsed parsed = parse({"--credential", "alice:secret:1"});
    EXPECT_EQ(parsed.result.exit_status, 3);
    EXPECT_EQ(parsed.errors.find("secret"), std::string::npos) << parsed.errors;
}

}  // namespace
}  // namespace tarn::front
