#include "server/cloudfront/distribution_record.h"

#include "common/cdn/config_document.h"
#include "common/cdn/config_epoch.h"
#include "common/cdn/resolve.h"
#include "server/cloudfront/signing_keys.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using xml::Node;

// The configurations of referenced resources, changed ones as they will be.
class Documents {
  public:
    Documents(ControlStore& store, const ChangedResource* changed)
        : store_(store), changed_(changed) {}

    Result<std::optional<Node>, Error> config_of(const ResourceKind& kind, std::string_view id) {
        if (changed_ && changed_->kind == &kind && changed_->row.id == id) {
            return parse(changed_->row.config_xml);
        }
        TARN_TRY(const auto row, store_.get_row<ResourceRow>(resource_key(kind.name, id)));
        if (!row) return std::optional<Node>{};
        return parse(row->config_xml);
    }

    // Adds <Kind><Id/>config</Kind>, and the keys of a key group.
    Result<void, Error> add(const ResourceKind& kind, std::string_view id,
                            std::vector<std::string>& documents) {
        if (kind.managed && cdn::find_managed_policy(*kind.managed, id)) return {};
        TARN_TRY(auto config, config_of(kind, id));
        if (!config) return fail(error(missing_reference(kind)));
        if (&kind == &kKeyGroup) {
            for (const Node& key : cdn::items_at(*config, "")) {
                if (auto added = add(kPublicKey, key.text, documents); !added) return added;
            }
        }
        Node document{.name = std::string(kind.name)};
        document.add("Id", id);
        document.children.push_back(*std::move(config));
        documents.push_back(xml::write_tree(document, {}));
        return {};
    }

  private:
    static Result<std::optional<Node>, Error> parse(std::string_view text) {
        auto tree = xml::parse_tree(text, {.max_bytes = cdn::kMaxDocumentBytes});
        if (!tree) return fail(error(ErrorCode::InternalError));
        return std::optional(*std::move(tree));
    }

    ControlStore& store_;
    const ChangedResource* changed_;
};

std::vector<Reference> references_of_row(const DistributionRow& row) {
    constexpr const ResourceKind* kKinds[] = {
        &kCachePolicy,         &kOriginRequestPolicy, &kResponseHeadersPolicy,
        &kOriginAccessControl, &kPublicKey,           &kKeyGroup};
    std::vector<Reference> references;
    for (const std::string& text : row.references) {
        for (const ResourceKind* kind : kKinds) {
            const std::string prefix = fmt::format("{}/", kind->name);
            if (text.starts_with(prefix)) {
                references.push_back({kind, text.substr(prefix.size())});
            }
        }
    }
    return references;
}

}  // namespace

Result<void, Error> publish(ControlContext& context, Transaction& transaction, DistributionRow& row,
                            const ChangedResource* changed) {
    cdn::LogRecord record{
        .type = cdn::LogRecord::Type::Distribution,
        .distribution_id = row.id,
        .config_xml = row.config_xml,
        .signing_key_id = edge_access_key_id(row.id),
        .signing_secret = edge_secret(context.options.master_secret, row.id),
    };
    record.arn = distribution_arn(row.account_id, row.id);
    record.tags = row.tags;
    Documents documents(context.store, changed);
    for (const Reference& reference : references_of_row(row)) {
        if (auto added = documents.add(*reference.kind, reference.id, record.policy_xml); !added) {
            return added;
        }
    }
    const auto distribution = cdn::resolve(record);
    if (!distribution) {
        return fail(error(ErrorCode::InvalidArgument, distribution.error().message));
    }
    row.config_epoch = cdn::config_epoch_of(*distribution);
    record.config_epoch = row.config_epoch;
    row.sequence = transaction.append(std::move(record));
    transaction.put(distribution_key(row.id), write_row(row));
    return {};
}

bool uses(const DistributionRow& row, const ResourceKind& kind, std::string_view id) {
    const std::string text = Reference{&kind, std::string(id)}.text();
    return std::ranges::find(row.references, text) != row.references.end();
}

namespace {

// The key groups that hold a public key.
Result<std::vector<std::string>, Error> groups_of_key(ControlStore& store,
                                                      std::string_view key_id) {
    TARN_TRY(const auto groups, store.rows<ResourceRow>(resource_prefix(kKeyGroup.name)));
    std::vector<std::string> ids;
    for (const ResourceRow& group : groups) {
        const auto config =
            xml::parse_tree(group.config_xml, {.max_bytes = cdn::kMaxDocumentBytes});
        if (!config) return fail(error(ErrorCode::InternalError));
        const auto& keys = cdn::items_at(*config, "");
        if (std::ranges::find(keys, key_id, &Node::text) != keys.end()) ids.push_back(group.id);
    }
    return ids;
}

}  // namespace

Result<void, Error> publish_users(ControlContext& context, Transaction& transaction,
                                  const ChangedResource& changed) {
    std::vector<Reference> wanted{{changed.kind, changed.row.id}};
    if (changed.kind == &kPublicKey) {
        TARN_TRY(const auto groups, groups_of_key(context.store, changed.row.id));
        for (const std::string& group : groups)
            wanted.push_back({&kKeyGroup, group});
    }
    TARN_TRY(auto rows, context.store.rows<DistributionRow>(kDistributionPrefix));
    for (DistributionRow& row : rows) {
        const bool affected = std::ranges::any_of(
            wanted, [&](const Reference& one) { return uses(row, *one.kind, one.id); });
        if (!affected) continue;
        if (auto published = publish(context, transaction, row, &changed); !published) {
            return published;
        }
    }
    return {};
}

}  // namespace tarn::cloudfront
