#include "tests/unit/server/cloudfront/control_fixture.h"

#include <set>

namespace tarn::cloudfront {
namespace {

class InvalidationTest : public ControlTest {
  protected:
    InvalidationTest() : id_(create_distribution().text("Id")) {}

    std::string path() const { return "/distribution/" + id_ + "/invalidation"; }
    Answer invalidate(std::string_view reference, const std::vector<std::string>& paths) {
        return call("POST", path(), invalidation_batch(reference, paths));
    }

    std::string id_;
};

TEST_F(InvalidationTest, CreateAnswersTheBatchAndGetTheSame) {
    const Answer created = invalidate("x", {"/*", "#tag:a"});
    ASSERT_EQ(created.status(), 201) << created.response.body;
    const std::string id = created.text("Id");
    EXPECT_EQ(created.root.name, "Invalidation");
    EXPECT_EQ(created.text("Status"), "Completed");
    EXPECT_EQ(created.text("InvalidationBatch/CallerReference"), "x");
    EXPECT_EQ(created.text("InvalidationBatch/Paths/Quantity"), "2");
    EXPECT_EQ(
        created.header("Location"),
        "https://cloudfront.amazonaws.com/2020-05-31/distribution/" + id_ + "/invalidation/" + id);
    EXPECT_EQ(call("GET", path() + "/" + id).root, created.root);
    EXPECT_EQ(call("GET", path() + "/I0").code(), "NoSuchInvalidation");
    EXPECT_EQ(call("GET", "/distribution/E0/invalidation/" + id).code(), "NoSuchDistribution");
}

TEST_F(InvalidationTest, ACallerReferenceWithTheSamePathsReturnsTheEarlierOne) {
    const Answer first = invalidate("x", {"/a"});
    const Answer again = invalidate("x", {"/a"});
    EXPECT_EQ(again.status(), 201);
    EXPECT_EQ(again.text("Id"), first.text("Id"));
    EXPECT_EQ(log_from(1).size(), 1u);
    EXPECT_EQ(invalidate("x", {"/b"}).code(), "InvalidationBatchAlreadyExists");
    EXPECT_NE(invalidate("y", {"/a"}).text("Id"), first.text("Id"));
    // References are a distribution's own.
    const std::string other = create_distribution("r2").text("Id");
    EXPECT_EQ(
        call("POST", "/distribution/" + other + "/invalidation", invalidation_batch("x", {"/b"}))
            .status(),
        201);
}

TEST_F(InvalidationTest, BadBatchesAreRefused) {
    struct Case {
        std::vector<std::string> paths;
        const char* code;
    };
    const Case cases[] = {
        {{}, "InvalidArgument"},
        {{"a"}, "InvalidArgument"},
        {{"/ok", "no"}, "InvalidArgument"},
        {{"/" + std::string(4000, 'a')}, "InvalidArgument"},
        {{"#a,b"}, "InvalidArgument"},
        {std::vector<std::string>(3001, "/a"), "BatchTooLarge"},
        {std::vector<std::string>(16, "/a*"), "TooManyInvalidationsInProgress"},
    };
    for (const Case& test : cases)
        EXPECT_EQ(invalidate("x", test.paths).code(), test.code);
    EXPECT_EQ(call("POST", path()).code(), "MissingBody");
    EXPECT_EQ(invalidate("", {"/a"}).code(), "InvalidArgument");
    EXPECT_EQ(call("POST", path(),
                   replaced(invalidation_batch("x", {"/a"}), "<Quantity>1<", "<Quantity>2<"))
                  .code(),
              "InconsistentQuantities");
    EXPECT_EQ(log_from(1).size(), 0u);
}

TEST_F(InvalidationTest, ListsAreNewestFirstAndPage) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.insert(ids.begin(), invalidate("r" + std::to_string(i), {"/a"}).text("Id"));
    std::vector<std::string> listed;
    std::string marker;
    for (int page = 0; page < 3; ++page) {
        const Answer answer = call("GET", path() + "?MaxItems=2&Marker=" + marker);
        EXPECT_EQ(answer.root.name, "InvalidationList");
        for (const xml::Node& item : answer.root.find("Items")->children) {
            EXPECT_EQ(item.name, "InvalidationSummary");
            EXPECT_EQ(item.text_of("Status"), "Completed");
            listed.emplace_back(item.text_of("Id"));
        }
        marker = answer.text("NextMarker");
    }
    EXPECT_EQ(listed, ids);
    EXPECT_TRUE(marker.empty());
}

TEST_F(InvalidationTest, StaysInProgressUntilEveryEdgeHasAcknowledged) {
    EdgeRegistry& edges = api_->edges();
    edges.connect("a", "boot", "FRA", 1);
    edges.connect("b", "boot", "NRT", 1);
    const Answer created = invalidate("x", {"/a"});
    const std::string get = path() + "/" + created.text("Id");
    EXPECT_EQ(created.text("Status"), "InProgress");
    ASSERT_TRUE(created.response.pending);
    EXPECT_EQ(created.response.pending->sequence, 2u);
    EXPECT_EQ(call("GET", "/distribution/" + id_).text("InProgressInvalidationBatches"), "1");

    edges.acknowledge("a", "boot", 2, 0);
    EXPECT_EQ(call("GET", get).text("Status"), "InProgress");
    edges.acknowledge("b", "boot", 1, 0);
    EXPECT_EQ(call("GET", get).text("Status"), "InProgress");
    edges.acknowledge("b", "boot", 2, 0);
    const auto again = created.response.pending->render_again();
    ASSERT_TRUE(again);
    EXPECT_NE(again->find("<Status>Completed</Status>"), std::string::npos);
    EXPECT_EQ(call("GET", get).text("Status"), "Completed");
    EXPECT_FALSE(call("GET", get).response.pending);
    EXPECT_EQ(call("GET", "/distribution/" + id_).text("InProgressInvalidationBatches"), "0");
}

TEST_F(InvalidationTest, CompletedStaysCompletedAcrossARestart) {
    api_->edges().connect("a", "boot", "FRA", 1);
    const std::string first = path() + "/" + invalidate("x", {"/a"}).text("Id");
    api_->edges().acknowledge("a", "boot", 2, 0);
    EXPECT_EQ(call("GET", first).text("Status"), "Completed");
    const std::string second = path() + "/" + invalidate("y", {"/b"}).text("Id");
    restart();
    // The edge has not come back yet, and is waited for.
    api_->edges().restore({{"a", "boot", "FRA"}});
    EXPECT_EQ(call("GET", first).text("Status"), "Completed");
    EXPECT_EQ(call("GET", second).text("Status"), "InProgress");
    api_->edges().connect("a", "boot", "FRA", 3);
    EXPECT_EQ(call("GET", second).text("Status"), "Completed");
}

TEST_F(InvalidationTest, AtMostThreeThousandPathsAndFifteenWildcardsAreInProgress) {
    api_->edges().connect("a", "boot", "FRA", 1);
    EXPECT_EQ(invalidate("w", std::vector<std::string>(15, "/w*")).status(), 201);
    EXPECT_EQ(invalidate("w2", {"/w*"}).code(), "TooManyInvalidationsInProgress");
    EXPECT_EQ(invalidate("p", std::vector<std::string>(2999, "/p")).status(), 201);
    EXPECT_EQ(invalidate("p2", {"/p", "/q"}).code(), "TooManyInvalidationsInProgress");
    EXPECT_EQ(invalidate("p3", {"#t"}).status(), 201);
    api_->edges().acknowledge("a", "boot", 4, 0);
    EXPECT_EQ(invalidate("w3", {"/w*"}).status(), 201);
}

TEST_F(InvalidationTest, GoesWithItsDistribution) {
    const std::string get = path() + "/" + invalidate("x", {"/a"}).text("Id");
    const Answer disabled = disable(id_);
    ASSERT_EQ(call("DELETE", "/distribution/" + id_, {}, disabled.etag()).status(), 204);
    EXPECT_EQ(call("GET", get).code(), "NoSuchDistribution");
    const auto cursor = store_.scan(storage::Table::System, 0, "cf/invalidation");
    EXPECT_FALSE(cursor->valid() && cursor->key().starts_with("cf/invalidation"));
}

TEST_F(InvalidationTest, APropagationDelayPassesOnTheVirtualClock) {
    ControlOptions slow = default_options();
    slow.propagation_delay = std::chrono::minutes(5);
    restart(slow);
    const Answer created = invalidate("x", {"/a"});
    EXPECT_EQ(created.text("Status"), "InProgress");
    clock_.advance(std::chrono::minutes(4));
    EXPECT_EQ(call("GET", path() + "/" + created.text("Id")).text("Status"), "InProgress");
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(call("GET", path() + "/" + created.text("Id")).text("Status"), "Completed");
}

}  // namespace
}  // namespace tarn::cloudfront
