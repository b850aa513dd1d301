// CreateDistribution and its family.

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/distribution_record.h"
#include "server/cloudfront/handlers.h"
#include "server/cloudfront/propagation.h"
#include "server/cloudfront/signing_keys.h"
#include "server/cloudfront/tag_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::items_at;
using cdn::text_at;
using xml::Node;

constexpr std::size_t kMaxDistributions = 500;

std::string domain_name(const DistributionRow& row) {
    return to_lower(row.id) + ".cloudfront.net";
}

Result<Node, Error> config_of(const DistributionRow& row) {
    auto tree = xml::parse_tree(row.config_xml, {.max_bytes = cdn::kMaxDocumentBytes});
    if (!tree) return fail(error(ErrorCode::InternalError));
    return *std::move(tree);
}

Result<DistributionRow, Error> find_distribution(ControlContext& context, const Call& call,
                                                 std::string_view id) {
    TARN_TRY(auto row, context.store.get_row<DistributionRow>(distribution_key(id)));
    if (!row || row->account_id != call.account_id()) {
        return fail(error(ErrorCode::NoSuchDistribution));
    }
    return *std::move(row);
}

// ---- answers ----

Node active_trusted_signers() {
    Node node{.name = "ActiveTrustedSigners"};
    node.add("Enabled", "false");
    node.add("Quantity", "0");
    return node;
}

// The keys of each trusted key group, as far as the group can be read.
Node active_key_groups(ControlContext& context, const Node& config) {
    std::vector<Node> items;
    for (const Reference& reference : references_of(config)) {
        if (reference.kind != &kKeyGroup) continue;
        Node item{.name = "KeyGroup"};
        item.add("KeyGroupId", reference.id);
        std::vector<Node> keys;
        const auto row =
            context.store.get_row<ResourceRow>(resource_key(kKeyGroup.name, reference.id))
                .value_or(std::nullopt);
        if (row) {
            if (const auto group =
                    xml::parse_tree(row->config_xml, {.max_bytes = cdn::kMaxDocumentBytes})) {
                for (const Node& key : items_at(*group, ""))
                    keys.push_back(cdn::leaf("KeyPairId", key.text));
            }
        }
        item.children.push_back(cdn::list_of("KeyPairIds", std::move(keys)));
        items.push_back(std::move(item));
    }
    Node node = cdn::list_of("ActiveTrustedKeyGroups", std::move(items));
    const bool enabled = node.find("Items") != nullptr;
    node.children.insert(node.children.begin(), cdn::leaf("Enabled", enabled ? "true" : "false"));
    return node;
}

Result<Node, Error> distribution_node(ControlContext& context, DistributionRow& row) {
    TARN_TRY(Node config, config_of(row));
    TARN_TRY(const bool deployed, is_deployed(context, row));
    TARN_TRY(const InProgress in_progress, invalidations_in_progress(context, row.id));
    Node node{.name = "Distribution"};
    node.add("Id", row.id);
    node.add("ARN", distribution_arn(row.account_id, row.id));
    node.add("Status", deployed ? "Deployed" : "InProgress");
    node.add("LastModifiedTime", timestamp(row.modified));
    node.add("InProgressInvalidationBatches", std::to_string(in_progress.batches));
    node.add("DomainName", domain_name(row));
    node.children.push_back(active_trusted_signers());
    node.children.push_back(active_key_groups(context, config));
    node.children.push_back(std::move(config));
    return node;
}

// The answer, which the front may render again once the edges have acknowledged the change.
ApiResult distribution_answer(ControlContext& context, int status, DistributionRow row,
                              std::string location = {}) {
    TARN_TRY(const Node node, distribution_node(context, row));
    ApiResponse response = answer(status, node, row.etag, std::move(location));
    if (text_at(node, "Status") == "Deployed") return response;
    response.pending =
        Pending{row.sequence, [context, row]() mutable -> Result<std::string, Error> {
                    TARN_TRY(const Node again, distribution_node(context, row));
                    return to_document(again);
                }};
    return response;
}

// Members of the configuration that a summary repeats, in the order of DistributionSummary.
constexpr std::string_view kSummaryMembers[] = {
    "Aliases",         "Origins",
    "OriginGroups",    "DefaultCacheBehavior",
    "CacheBehaviors",  "CustomErrorResponses",
    "Comment",         "PriceClass",
    "Enabled",         "ViewerCertificate",
    "Restrictions",    "WebACLId",
    "HttpVersion",     "IsIPV6Enabled",
    "Staging",         "ConnectionMode",
    "AnycastIpListId",
};

Result<Node, Error> summary_node(ControlContext& context, DistributionRow& row) {
    TARN_TRY(const Node config, config_of(row));
    TARN_TRY(const bool deployed, is_deployed(context, row));
    Node node{.name = "DistributionSummary"};
    node.add("Id", row.id);
    node.add("ARN", distribution_arn(row.account_id, row.id));
    node.add("ETag", row.etag);
    node.add("Status", deployed ? "Deployed" : "InProgress");
    node.add("LastModifiedTime", timestamp(row.modified));
    node.add("DomainName", domain_name(row));
    for (const std::string_view name : kSummaryMembers) {
        if (const Node* member = config.find(name)) node.children.push_back(*member);
    }
    return node;
}

// ---- changes ----

// Everything that a configuration names must exist and be the caller's; no alias may be another
// distribution's, in whatever account.
Result<void, Error> check_environment(ControlContext& context, const Call& call,
                                      const DistributionRow& row, const Node& config) {
    for (const Reference& reference : references_of(config)) {
        const ResourceKind& kind = *reference.kind;
        if (kind.managed && cdn::find_managed_policy(*kind.managed, reference.id)) continue;
        TARN_TRY(const auto found,
                 context.store.get_row<ResourceRow>(resource_key(kind.name, reference.id)));
        if (!found || found->account_id != call.account_id()) {
            return fail(error(missing_reference(kind)));
        }
    }
    TARN_TRY(const auto others, context.store.rows<DistributionRow>(kDistributionPrefix));
    for (const DistributionRow& other : others) {
        if (other.id == row.id) continue;
        const bool taken = std::ranges::any_of(row.aliases, [&](const std::string& alias) {
            return std::ranges::find(other.aliases, alias) != other.aliases.end();
        });
        if (taken) return fail(error(ErrorCode::CNAMEAlreadyExists));
    }
    return {};
}

void set_config(ControlContext& context, DistributionRow& row, const Node& config) {
    row.config_xml = to_document(config);
    row.aliases = aliases_of(config);
    row.references.clear();
    for (const Reference& reference : references_of(config))
        row.references.push_back(reference.text());
    row.etag = new_etag(context.random);
    row.modified = context.clock.now();
}

// "A new value creates a new distribution, whatever its content; a used one is an error."
Result<void, Error> check_quota_and_reference(ControlContext& context, const Call& call,
                                              std::string_view caller_reference) {
    TARN_TRY(const auto rows, context.store.rows<DistributionRow>(kDistributionPrefix));
    std::size_t count = 0;
    for (const DistributionRow& row : rows) {
        if (row.account_id != call.account_id()) continue;
        if (row.caller_reference == caller_reference) {
            return fail(error(ErrorCode::DistributionAlreadyExists));
        }
        ++count;
    }
    if (count >= kMaxDistributions) return fail(error(ErrorCode::TooManyDistributions));
    return {};
}

ApiResult create(ControlContext& context, const Call& call, const Node& config, Tags tags) {
    if (auto fault = check_distribution_config(config)) return fail(*std::move(fault));
    auto created =
        context.store.transact([&](Transaction& transaction) -> Result<DistributionRow, Error> {
            DistributionRow row{.id = "E" + random_upper_alnum(context.random, 13),
                                .account_id = call.account_id(),
                                .caller_reference = std::string(text_at(config, "CallerReference")),
                                .tags = tags};
            set_config(context, row, config);
            if (auto good = check_quota_and_reference(context, call, row.caller_reference); !good) {
                return fail(std::move(good).error());
            }
            if (auto good = check_environment(context, call, row, config); !good) {
                return fail(std::move(good).error());
            }
            if (auto published = publish(context, transaction, row); !published) {
                return fail(std::move(published).error());
            }
            return row;
        });
    if (!created) return fail(std::move(created).error());
    const std::string location = location_of(fmt::format("distribution/{}", created->id));
    return distribution_answer(context, 201, *std::move(created), location);
}

// AWS: CallerReference and Staging stay what they were created with.
Result<void, Error> check_immutable(const Node& before, const Node& after) {
    for (const std::string_view name : {"CallerReference", "Staging"}) {
        if (text_at(before, name) == text_at(after, name)) continue;
        return fail(error(ErrorCode::IllegalUpdate,
                          fmt::format("The value of {} cannot be changed.", name)));
    }
    return {};
}

}  // namespace

ApiResult create_distribution(ControlContext& context, const Call& call) {
    const auto config = cdn::read_document(call.request.body, cdn::kDistributionConfigShape);
    if (!config) return fail(to_error(config.error()));
    return create(context, call, *config, {});
}

ApiResult create_distribution_with_tags(ControlContext& context, const Call& call) {
    const auto document =
        cdn::read_document(call.request.body, cdn::kDistributionConfigWithTagsShape);
    if (!document) return fail(to_error(document.error()));
    TARN_TRY(Tags tags, tags_of(*document->find("Tags")));
    return create(context, call, *document->find("DistributionConfig"), std::move(tags));
}

ApiResult get_distribution(ControlContext& context, const Call& call) {
    TARN_TRY(DistributionRow row, find_distribution(context, call, call.id()));
    return distribution_answer(context, 200, std::move(row));
}

ApiResult get_distribution_config(ControlContext& context, const Call& call) {
    TARN_TRY(const DistributionRow row, find_distribution(context, call, call.id()));
    TARN_TRY(const Node config, config_of(row));
    return answer(200, config, row.etag);
}

ApiResult update_distribution(ControlContext& context, const Call& call) {
    const auto config = cdn::read_document(call.request.body, cdn::kDistributionConfigShape);
    if (!config) return fail(to_error(config.error()));
    auto updated =
        context.store.transact([&](Transaction& transaction) -> Result<DistributionRow, Error> {
            TARN_TRY(DistributionRow row, find_distribution(context, call, call.id()));
            if (auto good = check_if_match(call.request, row.etag); !good) {
                return fail(std::move(good).error());
            }
            if (auto fault = check_distribution_config(*config)) return fail(*std::move(fault));
            TARN_TRY(const Node before, config_of(row));
            if (auto good = check_immutable(before, *config); !good) {
                return fail(std::move(good).error());
            }
            set_config(context, row, *config);
            if (auto good = check_environment(context, call, row, *config); !good) {
                return fail(std::move(good).error());
            }
            if (auto published = publish(context, transaction, row); !published) {
                return fail(std::move(published).error());
            }
            return row;
        });
    if (!updated) return fail(std::move(updated).error());
    TARN_TRY(const Node node, distribution_node(context, *updated));
    return answer(200, node, updated->etag);
}

ApiResult delete_distribution(ControlContext& context, const Call& call) {
    TARN_TRY(DistributionRow seen, find_distribution(context, call, call.id()));
    if (auto good = check_if_match(call.request, seen.etag); !good) {
        return fail(std::move(good).error());
    }
    TARN_TRY(const bool deployed, is_deployed(context, seen));
    auto deleted = context.store.transact([&](Transaction& transaction) -> ApiResult {
        TARN_TRY(const DistributionRow row, find_distribution(context, call, call.id()));
        if (auto good = check_if_match(call.request, row.etag); !good) {
            return fail(std::move(good).error());
        }
        TARN_TRY(const Node config, config_of(row));
        if (cdn::flag_at(config, "Enabled")) return fail(error(ErrorCode::DistributionNotDisabled));
        if (!deployed) {
            return fail(error(ErrorCode::DistributionNotDisabled,
                              "The distribution is disabled, but not at every edge yet: delete it "
                              "when its Status is Deployed."));
        }
        transaction.erase(distribution_key(row.id));
        transaction.erase_prefix(invalidation_prefix(row.id));
        transaction.erase_prefix(invalidation_reference_prefix(row.id));
        transaction.append(
            {.type = cdn::LogRecord::Type::DistributionDeleted, .distribution_id = row.id});
        return no_content();
    });
    return deleted;
}

ApiResult list_distributions(ControlContext& context, const Call& call) {
    TARN_TRY(const PageRequest request, page_request(call.query));
    TARN_TRY(auto rows, context.store.rows<DistributionRow>(kDistributionPrefix));
    std::vector<Listed> all;
    for (DistributionRow& row : rows) {
        if (row.account_id != call.account_id()) continue;
        TARN_TRY(Node summary, summary_node(context, row));
        all.push_back({row.id, std::move(summary)});
    }
    return answer(200, page("DistributionList", ListForm::WithMarker, request, std::move(all)));
}

ApiResult list_users(ControlContext& context, const Call& call) {
    TARN_TRY(const PageRequest request, page_request(call.query));
    TARN_TRY(const auto rows, context.store.rows<DistributionRow>(kDistributionPrefix));
    std::vector<Listed> all;
    for (const DistributionRow& row : rows) {
        if (row.account_id != call.account_id() || !uses(row, call.kind(), call.id())) continue;
        all.push_back({row.id, cdn::leaf("DistributionId", row.id)});
    }
    return answer(200, page("DistributionIdList", ListForm::WithMarker, request, std::move(all)));
}

}  // namespace tarn::cloudfront
