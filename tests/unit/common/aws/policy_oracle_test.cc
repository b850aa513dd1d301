// Random policies: the evaluator against the plainest reading of the rules.

#include "common/aws/policy.h"

#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using Texts = std::vector<std::string>;

struct NaiveCondition {
    std::string op, key;
    Texts values;
};
struct NaiveStatement {
    bool allow = false;
    bool not_principal = false, not_action = false, not_resource = false;
    Texts principals, actions, resources;  // principals: "*" or account ids
    std::vector<NaiveCondition> conditions;
};
struct NaiveRequest {
    std::string account, action, resource;
    std::vector<std::pair<std::string, Texts>> context;
};

bool naive_glob(const char* pattern, const char* text) {
    if (*pattern == 0) return *text == 0;
    if (*pattern == '*') {
        return naive_glob(pattern + 1, text) || (*text != 0 && naive_glob(pattern, text + 1));
    }
    return *text != 0 && (*pattern == '?' || *pattern == *text) &&
           naive_glob(pattern + 1, text + 1);
}

bool naive_compare(const std::string& base, const std::string& value, const std::string& stated) {
    if (base == "StringEquals") return value == stated;
    if (base == "StringLike") return naive_glob(stated.c_str(), value.c_str());
    return std::strtod(value.c_str(), nullptr) < std::strtod(stated.c_str(), nullptr);
}

bool naive_condition(const NaiveCondition& condition, const NaiveRequest& request) {
    std::string op = condition.op;
    const auto take = [&op](const std::string& word) {
        const std::size_t at = op.find(word);
        if (at == std::string::npos) return false;
        op.erase(at, word.size());
        return true;
    };
    const bool for_all = take("ForAllValues:");
    const bool for_any = take("ForAnyValue:");
    const bool if_exists = take("IfExists");
    const bool negated = take("Not");
    const Texts* values = nullptr;
    for (const auto& [key, texts] : request.context) {
        if (key == condition.key) values = &texts;
    }
    if (!values) return if_exists || for_all || (negated && !for_any);
    std::size_t matching = 0;
    for (const std::string& value : *values) {
        bool matches = false;
        for (const std::string& stated : condition.values)
            matches = matches || naive_compare(op, value, stated);
        matching += matches;
    }
    const std::size_t accepted = negated ? values->size() - matching : matching;
    if (for_all) return accepted == values->size();
    if (for_any) return accepted > 0;
    return negated ? matching == 0 : matching > 0;
}

bool naive_any(const Texts& patterns, const std::string& text) {
    for (const std::string& pattern : patterns) {
        if (naive_glob(pattern.c_str(), text.c_str())) return true;
    }
    return false;
}

Verdict naive_evaluate(const std::vector<NaiveStatement>& policy, const NaiveRequest& request) {
    Verdict verdict = Verdict::NoMatch;
    for (const NaiveStatement& statement : policy) {
        bool named = false;
        for (const std::string& principal : statement.principals)
            named = named || principal == "*" || principal == request.account;
        bool matches = named != statement.not_principal &&
                       naive_any(statement.actions, request.action) != statement.not_action &&
                       naive_any(statement.resources, request.resource) != statement.not_resource;
        for (const NaiveCondition& condition : statement.conditions)
            matches = matches && naive_condition(condition, request);
        if (!matches) continue;
        if (!statement.allow) return Verdict::Deny;
        verdict = Verdict::Allow;
    }
    return verdict;
}

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    NaiveStatement statement() {
        NaiveStatement result;
        result.allow = chance(60);
        result.not_principal = chance(15);
        result.not_action = chance(15);
        result.not_resource = chance(15);
        result.principals = some({"*", "111111111111", "222222222222"});
        result.actions = some({"s3:*", "s3:Get*", "s3:GetObject", "s3:?etObject", "*", "s3:Put*"});
        result.resources = some({"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b", "arn:aws:s3:::b/a?",
                                 "arn:aws:s3:::b/*b*", "arn:aws:s3:::c*"});
        for (int i = pick(3); i > 0; --i)
            result.conditions.push_back(condition());
        return result;
    }

    NaiveRequest request() {
        NaiveRequest result;
        result.account = one({"", "111111111111", "222222222222", "333333333333"});
        result.action = one({"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:SetObject"});
        result.resource = one({"arn:aws:s3:::b", "arn:aws:s3:::b/ab", "arn:aws:s3:::b/a",
                               "arn:aws:s3:::c/ab", "arn:aws:s3:::b/xby"});
        for (const char* key : {"k1", "k2"}) {
            if (!chance(60)) continue;
            Texts values = some({"1", "2", "12", "a", "ab"});
            // k2 is the key that is compared as a number: strtod would read letters as 0.
            if (std::string(key) == "k2") values = some({"1", "2", "12"});
            result.context.emplace_back(key, values);
        }
        return result;
    }

    int pick(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  private:
    bool chance(int percent) { return pick(100) < percent; }
    std::string one(const Texts& from) {
        return from[static_cast<std::size_t>(pick(static_cast<int>(from.size())))];
    }
    Texts some(const Texts& from) {
        Texts result;
        for (int i = 1 + pick(2); i > 0; --i)
            result.push_back(one(from));
        return result;
    }
    NaiveCondition condition() {
        NaiveCondition result;
        const std::string prefix = one({"", "", "ForAllValues:", "ForAnyValue:"});
        const std::string suffix = one({"", "", "IfExists"});
        if (chance(30)) {
            result.op = prefix + "NumericLessThan" + suffix;
            result.key = "k2";
            result.values = some({"1", "2", "5", "100"});
        } else {
            result.op = prefix +
                        one({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike"}) +
                        suffix;
            result.key = one({"k1", "k2"});
            result.values = some({"1", "2", "a", "a*", "?", "*2"});
        }
        return result;
    }

    std::mt19937 random_;
};

std::string json_list(const Texts& texts) {
    std::string list;
    for (const std::string& text : texts)
        list += (list.empty() ? "[\"" : ",\"") + text + "\"";
    return list + "]";
}

std::string json_of(const NaiveStatement& statement) {
    std::string text = statement.allow ? R"({"Effect":"Allow",)" : R"({"Effect":"Deny",)";
    text += statement.not_principal ? R"("NotPrincipal":{"AWS":)" : R"("Principal":{"AWS":)";
    text += json_list(statement.principals) + "},";
    text +=
        (statement.not_action ? "\"NotAction\":" : "\"Action\":") + json_list(statement.actions);
    text += (statement.not_resource ? ",\"NotResource\":" : ",\"Resource\":") +
            json_list(statement.resources);
    std::string conditions;
    for (const NaiveCondition& condition : statement.conditions) {
        if (!conditions.empty()) conditions += ",";
        conditions += "\"" + condition.op + "\":{\"" + condition.key +
                      "\":" + json_list(condition.values) + "}";
    }
    if (!conditions.empty()) text += ",\"Condition\":{" + conditions + "}";
    return text + "}";
}

// JSON could not name one operator twice in a block.
bool has_equal_operators(const NaiveStatement& statement) {
    return statement.conditions.size() == 2 &&
           statement.conditions[0].op == statement.conditions[1].op;
}

TEST(PolicyOracleTest, RandomPoliciesAreJudgedAsTheRulesRead) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* from_environment = std::getenv("TARN_TEST_SEED");
    const unsigned seed =
        from_environment ? static_cast<unsigned>(std::strtoul(from_environment, nullptr, 10)) : 7;
    SCOPED_TRACE("TARN_TEST_SEED=" + std::to_string(seed));
    Generator generator(seed);
    std::size_t counts[3] = {};
    for (int round = 0; round < 4000; ++round) {
        std::vector<NaiveStatement> naive;
        std::string text;
        for (int i = 1 + generator.pick(3); i > 0; --i) {
            NaiveStatement statement = generator.statement();
            if (has_equal_operators(statement)) statement.conditions.pop_back();
            text.append(text.empty() ? "" : ",").append(json_of(statement));
            naive.push_back(std::move(statement));
        }
        text.insert(0, R"({"Version":"2012-10-17","Statement":[)").append("]}");
        const auto policy = parse_policy(text, PolicyKind::Bucket);
        ASSERT_TRUE(policy) << text << policy.error().message;
        for (int i = 0; i < 10; ++i) {
            const NaiveRequest request = generator.request();
            ConditionContext context;
            for (const auto& [key, values] : request.context) {
                for (const std::string& value : values)
                    context.add(key, value);
            }
            const Verdict expected = naive_evaluate(naive, request);
            ASSERT_EQ(evaluate(*policy, {.principal = {.account_id = request.account},
                                         .action = request.action,
                                         .resource = request.resource,
                                         .context = context})
                          .verdict,
                      expected)
                << text << " " << request.action << " " << request.resource << " by "
                << request.account;
            ++counts[static_cast<std::size_t>(expected)];
        }
    }
    for (const std::size_t count : counts)
        EXPECT_GT(count, 1000u);  // the generator reaches every verdict
}

}  // namespace
}  // namespace tarn::aws
