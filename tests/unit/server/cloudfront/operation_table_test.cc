#include "server/cloudfront/operation_table.h"

#include "tests/unit/server/cloudfront/control_fixture.h"

#include <algorithm>
#include <map>

namespace tarn::cloudfront {
namespace {

struct RouteCase {
    std::string_view method;
    std::string_view target;
    std::string_view name;  // empty: no operation
    std::vector<std::string> parameters;
};

const RouteCase kRoutes[] = {
    {"GET", "/2020-05-31/distribution", "ListDistributions", {}},
    {"GET", "/2020-05-31/distribution/", "ListDistributions", {}},
    {"POST", "/2020-05-31/distribution", "CreateDistribution", {}},
    {"POST", "/2020-05-31/distribution?WithTags", "CreateDistributionWithTags", {}},
    {"POST", "/2020-05-31/distribution?WithTags=", "CreateDistributionWithTags", {}},
    {"POST", "/2020-05-31/distribution?Other", "CreateDistribution", {}},
    {"GET", "/2020-05-31/distribution/E1", "GetDistribution", {"E1"}},
    {"GET", "/2020-05-31/distribution/E%31", "GetDistribution", {"E1"}},
    {"GET", "/2020-05-31/distribution/E1/config", "GetDistributionConfig", {"E1"}},
    {"PUT", "/2020-05-31/distribution/E1/config", "UpdateDistribution", {"E1"}},
    {"PUT", "/2020-05-31/cache-policy/p", "UpdateCachePolicy", {"p"}},
    {"PUT", "/2020-05-31/origin-access-control/E1/config", "UpdateOriginAccessControl", {"E1"}},
    {"GET", "/2020-05-31/distribution/E1/invalidation/I1", "GetInvalidation", {"E1", "I1"}},
    {"POST", "/2020-05-31/tagging?Operation=Tag&Resource=x", "TagResource", {}},
    {"POST", "/2020-05-31/tagging?Resource=x&Operation=Untag", "UntagResource", {}},
    {"GET", "/2020-05-31/tagging?Resource=x", "ListTagsForResource", {}},
    {"GET", "/2020-05-31/distributionsByKeyGroupId/k", "ListDistributionsByKeyGroup", {"k"}},
    {"POST", "/2020-05-31/tagging?Operation=Other", "", {}},
    {"PATCH", "/2020-05-31/distribution", "", {}},
    {"GET", "/2020-05-31/distribution//config", "", {}},
    {"GET", "/2020-05-31/distribution/E1/other", "", {}},
    {"GET", "/2020-05-31/distribution/E%zz", "", {}},
    {"GET", "/2020-05-30/distribution", "", {}},
    {"GET", "/2020-05-31", "", {}},
};

TEST(OperationTableTest, FindsTheOperationOfARequest) {
    for (const RouteCase& test : kRoutes) {
        const std::size_t mark = test.target.find('?');
        const auto match = find_operation(
            test.method, test.target.substr(0, mark),
            mark == std::string_view::npos ? std::string_view{} : test.target.substr(mark + 1));
        EXPECT_EQ(match ? match->row->name : std::string_view{}, test.name) << test.target;
        if (match) EXPECT_EQ(match->parameters, test.parameters) << test.target;
    }
}

TEST(OperationTableTest, EveryRowIsReachedByItsOwnRequest) {
    for (const OperationRow& row : operations()) {
        std::string path(row.path);
        for (std::size_t at; (at = path.find("{}")) != std::string::npos;)
            path.replace(at, 2, "x");
        const auto match = find_operation(row.method, "/2020-05-31" + path, row.selector);
        ASSERT_TRUE(match) << row.name;
        EXPECT_EQ(match->row, &row) << row.name << " is shadowed by " << match->row->name;
    }
}

TEST(OperationTableTest, AllOperationsOfTheFirstClassHaveHandlers) {
    const auto count = std::ranges::count_if(
        operations(), [](const OperationRow& row) { return row.handler != nullptr; });
    EXPECT_EQ(count, 49 + 4);
    for (const OperationRow& row : operations()) {
        // A handler that serves several kinds needs to know which.
        const bool generic = row.handler == create_resource || row.handler == get_resource ||
                             row.handler == get_resource_config || row.handler == update_resource ||
                             row.handler == delete_resource || row.handler == list_resources ||
                             row.handler == list_users;
        EXPECT_EQ(row.kind != nullptr, generic) << row.name;
    }
}

TEST(OperationTableTest, ActionsAreNamedAfterOperations) {
    EXPECT_EQ(action_of("DELETE", "/2020-05-31/key-group/k"), "cloudfront:DeleteKeyGroup");
    EXPECT_EQ(action_of("GET", "/nothing"), std::nullopt);
}

using UnimplementedTest = ControlTest;

TEST_F(UnimplementedTest, ListsAreEmptyAndWellFormed) {
    const Answer functions = call("GET", "/function");
    EXPECT_EQ(functions.status(), 200);
    EXPECT_EQ(functions.root.name, "FunctionList");
    EXPECT_EQ(functions.text("Quantity"), "0");
    EXPECT_EQ(functions.text("MaxItems"), "100");
    EXPECT_FALSE(functions.root.find("Marker"));
    const Answer identities = call("GET", "/origin-access-identity/cloudfront");
    EXPECT_EQ(identities.root.name, "CloudFrontOriginAccessIdentityList");
    EXPECT_TRUE(identities.root.find("Marker"));
    EXPECT_EQ(identities.text("IsTruncated"), "false");
}

TEST_F(UnimplementedTest, TheRestAnswersModelledErrors) {
    EXPECT_EQ(call("GET", "/function/f").code(), "NoSuchFunctionExists");
    EXPECT_EQ(call("GET", "/streaming-distribution/E1").status(), 404);
    const Answer create = call("POST", "/function", "<CreateFunctionRequest/>");
    EXPECT_EQ(create.status(), 400);
    EXPECT_EQ(create.code(), "UnsupportedOperation");
    EXPECT_EQ(create.text("Error/Message"), "CreateFunction is not implemented here.");
    EXPECT_EQ(call("GET", "/no-such-thing").status(), 405);
}

TEST_F(UnimplementedTest, ErrorsHaveAwsForm) {
    const Answer answer = call("GET", "/distribution/E1");
    EXPECT_EQ(answer.response.body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<ErrorResponse xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Error>"
              "<Type>Sender</Type><Code>NoSuchDistribution</Code><Message>The specified "
              "distribution does not exist.</Message></Error><RequestId>request-1</RequestId>"
              "</ErrorResponse>");
}

}  // namespace
}  // namespace tarn::cloudfront
