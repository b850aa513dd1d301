// Create, Get, GetConfig, Update, Delete and List of everything in resource_kinds.h.

#include "common/cdn/config_document.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/distribution_record.h"
#include "server/cloudfront/handlers.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::text_at;
using xml::Node;
using enum ErrorCode;

// The managed policies are older than any server.
constexpr WallTime kManagedTime = std::chrono::sys_days(std::chrono::year{2020} / 1 / 1);
// They change with the program only, so their ETags can be constant.
std::string managed_etag(std::string_view id) {
    std::string etag = "E";
    for (const char c : id.substr(0, 8))
        etag += static_cast<char>(c >= 'a' ? c - 32 : c);
    return etag + "TARN0";
}

struct Resource {
    ResourceRow row;
    Node config;
    bool managed = false;
};

Result<Resource, Error> with_config(ResourceRow row) {
    auto config = xml::parse_tree(row.config_xml, {.max_bytes = cdn::kMaxDocumentBytes});
    if (!config) return fail(error(InternalError));
    return Resource{std::move(row), *std::move(config), false};
}

Resource from_managed(const cdn::ManagedPolicy& policy) {
    ResourceRow row{.id = std::string(policy.id),
                    .etag = managed_etag(policy.id),
                    .created = kManagedTime,
                    .modified = kManagedTime};
    return {std::move(row), policy.config, true};
}

Result<Resource, Error> find_resource(ControlContext& context, const Call& call) {
    const ResourceKind& kind = call.kind();
    if (kind.managed) {
        if (const auto* policy = cdn::find_managed_policy(*kind.managed, call.id())) {
            return from_managed(*policy);
        }
    }
    TARN_TRY(auto row, context.store.get_row<ResourceRow>(resource_key(kind.name, call.id())));
    if (!row || row->account_id != call.account_id()) return fail(error(kind.no_such));
    return with_config(*std::move(row));
}

Result<std::vector<Resource>, Error> own_resources(ControlContext& context, const Call& call) {
    TARN_TRY(auto rows, context.store.rows<ResourceRow>(resource_prefix(call.kind().name)));
    std::vector<Resource> own;
    for (ResourceRow& row : rows) {
        if (row.account_id != call.account_id()) continue;
        TARN_TRY(Resource resource, with_config(std::move(row)));
        own.push_back(std::move(resource));
    }
    return own;
}

// ---- answers ----

void add_time(Node& node, const ResourceKind& kind, const ResourceRow& row) {
    if (kind.time_member.empty()) return;
    node.add(kind.time_member,
             timestamp(kind.time_member == "CreatedTime" ? row.created : row.modified));
}

Node resource_node(const ResourceKind& kind, const Resource& resource) {
    Node node{.name = std::string(kind.name)};
    node.add("Id", resource.row.id);
    add_time(node, kind, resource.row);
    node.children.push_back(resource.config);
    return node;
}

// The members of a flat summary, in the order of its shape; others of the configuration are left
// out.
Node flat_summary(const ResourceKind& kind, const Resource& resource) {
    constexpr std::string_view kAccessControl[] = {"Description", "Name", "SigningProtocol",
                                                   "SigningBehavior",
                                                   "OriginAccessControlOriginType"};
    constexpr std::string_view kKey[] = {"Name", "CreatedTime", "EncodedKey", "Comment"};
    const auto members = &kind == &kPublicKey ? std::span<const std::string_view>(kKey)
                                              : std::span<const std::string_view>(kAccessControl);
    Node node{.name = fmt::format("{}Summary", kind.name)};
    node.add("Id", resource.row.id);
    for (const std::string_view member : members) {
        if (member == kind.time_member) {
            add_time(node, kind, resource.row);
        } else {
            node.add(member, text_at(resource.config, member));
        }
    }
    return node;
}

Node summary_node(const ResourceKind& kind, const Resource& resource) {
    if (kind.summary == SummaryForm::Flat) return flat_summary(kind, resource);
    Node node{.name = fmt::format("{}Summary", kind.name)};
    if (kind.summary == SummaryForm::Typed) {
        node.add("Type", resource.managed ? "managed" : "custom");
    }
    node.children.push_back(resource_node(kind, resource));
    return node;
}

// ---- changes ----

std::string new_uuid(Random& random) {
    std::string hex = random_hex(random, 16);
    hex[12] = '4';  // RFC 9562, section 5.4
    hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

std::string new_id(const ResourceKind& kind, Random& random) {
    switch (kind.id_form) {
        case IdForm::Uuid:
            return new_uuid(random);
        case IdForm::LetterE:
            return "E" + random_upper_alnum(random, 13);
        case IdForm::LetterK:
            return "K" + random_upper_alnum(random, 13);
    }
    return {};
}

// Names are unique in an account, also against the managed ones; a public key's caller reference
// as well.
bool is_taken(const ResourceKind& kind, const Resource& other, const Node& config) {
    if (text_at(other.config, "Name") == text_at(config, "Name")) return true;
    return &kind == &kPublicKey &&
           text_at(other.config, "CallerReference") == text_at(config, "CallerReference");
}

// id: of the resource that is updated; empty on creation.
Result<void, Error> check_unique(ControlContext& context, const Call& call, const Node& config,
                                 std::string_view id) {
    const ResourceKind& kind = call.kind();
    TARN_TRY(const auto others, own_resources(context, call));
    for (const Resource& other : others) {
        if (other.row.id != id && is_taken(kind, other, config)) {
            return fail(error(kind.already_exists));
        }
    }
    if (kind.managed) {
        const auto policies = cdn::managed_policies(*kind.managed);
        if (std::ranges::find(policies, text_at(config, "Name"), &cdn::ManagedPolicy::name) !=
            policies.end()) {
            return fail(error(kind.already_exists));
        }
    }
    if (id.empty() && others.size() >= kind.limit) return fail(error(kind.too_many));
    return {};
}

// The public keys of a key group must be there.
Result<void, Error> check_members(ControlContext& context, const Call& call, const Node& config) {
    if (&call.kind() != &kKeyGroup) return {};
    for (const Node& key : cdn::items_at(config, "")) {
        TARN_TRY(const auto row,
                 context.store.get_row<ResourceRow>(resource_key(kPublicKey.name, key.text)));
        if (row && row->account_id == call.account_id()) continue;
        return fail(
            error(InvalidArgument, fmt::format("The public key {} does not exist.", key.text)));
    }
    return {};
}

// AWS: only the comment of a public key may change.
Result<void, Error> check_immutable(const ResourceKind& kind, const Node& before,
                                    const Node& after) {
    if (&kind != &kPublicKey) return {};
    for (const std::string_view name : {"CallerReference", "Name", "EncodedKey"}) {
        if (text_at(before, name) != text_at(after, name)) {
            return fail(error(CannotChangeImmutablePublicKeyFields));
        }
    }
    return {};
}

Result<void, Error> check_unused(ControlContext& context, const Call& call) {
    const ResourceKind& kind = call.kind();
    TARN_TRY(const auto distributions, context.store.rows<DistributionRow>(kDistributionPrefix));
    for (const DistributionRow& row : distributions)
        if (uses(row, kind, call.id())) return fail(error(kind.in_use));
    if (&kind != &kPublicKey) return {};
    TARN_TRY(const auto groups, context.store.rows<ResourceRow>(resource_prefix(kKeyGroup.name)));
    for (const ResourceRow& row : groups) {
        TARN_TRY(const Resource group, with_config(row));
        const auto& keys = cdn::items_at(group.config, "");
        if (std::ranges::find(keys, call.id(), &Node::text) != keys.end()) {
            return fail(error(kind.in_use));
        }
    }
    return {};
}

Result<Node, Error> read_config(const Call& call) {
    auto config = cdn::read_document(call.request.body, *call.kind().config_shape);
    if (!config) return fail(to_error(std::move(config).error()));
    if (auto fault = check_resource_config(call.kind(), *config)) return fail(*std::move(fault));
    return *std::move(config);
}

Result<Resource, Error> create_in(ControlContext& context, const Call& call,
                                  Transaction& transaction, const Node& config) {
    if (auto good = check_unique(context, call, config, {}); !good) {
        return fail(std::move(good).error());
    }
    if (auto good = check_members(context, call, config); !good) {
        return fail(std::move(good).error());
    }
    const WallTime now = context.clock.now();
    ResourceRow row{.id = new_id(call.kind(), context.random),
                    .account_id = call.account_id(),
                    .etag = new_etag(context.random),
                    .created = now,
                    .modified = now,
                    .config_xml = to_document(config)};
    transaction.put(resource_key(call.kind().name, row.id), write_row(row));
    return Resource{std::move(row), config, false};
}

Result<Resource, Error> update_in(ControlContext& context, const Call& call,
                                  Transaction& transaction, const Node& config) {
    TARN_TRY(Resource resource, find_resource(context, call));
    if (resource.managed) {
        return fail(error(IllegalUpdate, "You cannot update a managed policy."));
    }
    if (auto good = check_if_match(call.request, resource.row.etag); !good) {
        return fail(std::move(good).error());
    }
    if (auto good = check_immutable(call.kind(), resource.config, config); !good) {
        return fail(std::move(good).error());
    }
    if (auto good = check_unique(context, call, config, resource.row.id); !good) {
        return fail(std::move(good).error());
    }
    if (auto good = check_members(context, call, config); !good) {
        return fail(std::move(good).error());
    }
    resource.config = config;
    resource.row.config_xml = to_document(config);
    resource.row.etag = new_etag(context.random);
    resource.row.modified = context.clock.now();
    transaction.put(resource_key(call.kind().name, resource.row.id), write_row(resource.row));
    // The distributions that use it change with it, at every edge.
    if (auto published = publish_users(context, transaction, {&call.kind(), resource.row});
        !published) {
        return fail(std::move(published).error());
    }
    return resource;
}

}  // namespace

ApiResult create_resource(ControlContext& context, const Call& call) {
    TARN_TRY(const Node config, read_config(call));
    auto created = context.store.transact(
        [&](Transaction& transaction) { return create_in(context, call, transaction, config); });
    if (!created) return fail(std::move(created).error());
    return answer(201, resource_node(call.kind(), *created), created->row.etag,
                  location_of(fmt::format("{}/{}", call.kind().path, created->row.id)));
}

ApiResult get_resource(ControlContext& context, const Call& call) {
    TARN_TRY(const Resource resource, find_resource(context, call));
    return answer(200, resource_node(call.kind(), resource), resource.row.etag);
}

ApiResult get_resource_config(ControlContext& context, const Call& call) {
    TARN_TRY(const Resource resource, find_resource(context, call));
    return answer(200, resource.config, resource.row.etag);
}

ApiResult update_resource(ControlContext& context, const Call& call) {
    TARN_TRY(const Node config, read_config(call));
    auto updated = context.store.transact(
        [&](Transaction& transaction) { return update_in(context, call, transaction, config); });
    if (!updated) return fail(std::move(updated).error());
    return answer(200, resource_node(call.kind(), *updated), updated->row.etag);
}

ApiResult delete_resource(ControlContext& context, const Call& call) {
    return context.store.transact([&](Transaction& transaction) -> ApiResult {
        TARN_TRY(const Resource resource, find_resource(context, call));
        if (resource.managed) return fail(error(IllegalDelete));
        if (auto good = check_if_match(call.request, resource.row.etag); !good) {
            return fail(std::move(good).error());
        }
        if (auto unused = check_unused(context, call); !unused) {
            return fail(std::move(unused).error());
        }
        transaction.erase(resource_key(call.kind().name, resource.row.id));
        return no_content();
    });
}

ApiResult list_resources(ControlContext& context, const Call& call) {
    const ResourceKind& kind = call.kind();
    TARN_TRY(const PageRequest request, page_request(call.query));
    const std::string type = query_value(call.query, "Type").value_or("");
    if (kind.managed && !type.empty() && type != "managed" && type != "custom") {
        return fail(error(InvalidArgument, "The parameter Type must be managed or custom."));
    }
    std::vector<Listed> all;
    if (kind.managed && type != "custom") {
        for (const cdn::ManagedPolicy& policy : cdn::managed_policies(*kind.managed))
            all.push_back({std::string(policy.id), summary_node(kind, from_managed(policy))});
    }
    if (type != "managed") {
        TARN_TRY(const auto own, own_resources(context, call));
        for (const Resource& resource : own)
            all.push_back({resource.row.id, summary_node(kind, resource)});
    }
    const ListForm form = kind.list_has_marker ? ListForm::WithMarker : ListForm::Plain;
    return answer(200, page(fmt::format("{}List", kind.name), form, request, std::move(all)));
}

}  // namespace tarn::cloudfront
