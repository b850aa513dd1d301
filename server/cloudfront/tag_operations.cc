// TagResource, UntagResource and ListTagsForResource, for distributions.

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/distribution_record.h"
#include "server/cloudfront/handlers.h"
#include "server/cloudfront/signing_keys.h"
#include "server/cloudfront/tag_rules.h"

#include <algorithm>

namespace tarn::cloudfront {
namespace {

using xml::Node;

// The distribution that the parameter Resource names by its ARN.
Result<DistributionRow, Error> tagged_distribution(ControlContext& context, const Call& call) {
    const auto arn = query_value(call.query, "Resource");
    if (!arn || arn->empty()) {
        return fail(error(ErrorCode::InvalidArgument, "The parameter Resource is required."));
    }
    const std::size_t slash = arn->rfind('/');
    const std::string id = slash == std::string::npos ? std::string() : arn->substr(slash + 1);
    if (*arn != distribution_arn(call.account_id(), id)) {
        return fail(error(ErrorCode::NoSuchResource));
    }
    TARN_TRY(auto row, context.store.get_row<DistributionRow>(distribution_key(id)));
    if (!row || row->account_id != call.account_id()) {
        return fail(error(ErrorCode::NoSuchResource));
    }
    return *std::move(row);
}

// Changes the tags and tells the edges: a tag may choose the cache's mode.
ApiResult change_tags(ControlContext& context, const Call& call,
                      const std::function<Result<void, Error>(Tags& tags)>& change) {
    return context.store.transact([&](Transaction& transaction) -> ApiResult {
        TARN_TRY(DistributionRow row, tagged_distribution(context, call));
        if (auto changed = change(row.tags); !changed) return fail(std::move(changed).error());
        if (auto published = publish(context, transaction, row); !published) {
            return fail(std::move(published).error());
        }
        return no_content();
    });
}

}  // namespace

Result<Tags, Error> tags_of(const Node& node) {
    Tags tags;
    for (const Node& tag : cdn::items_at(node, "")) {
        std::string key(cdn::text_at(tag, "Key"));
        std::string value(cdn::text_at(tag, "Value"));
        const bool repeats = std::ranges::find(tags, key, &Tags::value_type::first) != tags.end();
        if (key.empty() || key.size() > kMaxTagKeyLength || value.size() > kMaxTagValueLength ||
            istarts_with(key, "aws:") || repeats) {
            return fail(error(ErrorCode::InvalidTagging));
        }
        tags.emplace_back(std::move(key), std::move(value));
    }
    if (tags.size() > kMaxTags) return fail(error(ErrorCode::InvalidTagging));
    return tags;
}

Node tags_node(const Tags& tags) {
    Node node{.name = "Tags"};
    Node& items = node.add("Items");
    for (const auto& [key, value] : tags) {
        Node& tag = items.add("Tag");
        tag.add("Key", key);
        tag.add("Value", value);
    }
    return node;
}

ApiResult tag_resource(ControlContext& context, const Call& call) {
    const auto document = cdn::read_document(call.request.body, cdn::kTagsShape);
    if (!document) return fail(to_error(document.error()));
    TARN_TRY(const Tags added, tags_of(*document));
    return change_tags(context, call, [&](Tags& tags) -> Result<void, Error> {
        for (const auto& [key, value] : added) {
            const auto found = std::ranges::find(tags, key, &Tags::value_type::first);
            if (found == tags.end()) {
                tags.emplace_back(key, value);
            } else {
                found->second = value;
            }
        }
        if (tags.size() > kMaxTags) return fail(error(ErrorCode::InvalidTagging));
        return {};
    });
}

ApiResult untag_resource(ControlContext& context, const Call& call) {
    const auto document = cdn::read_document(call.request.body, cdn::kTagKeysShape);
    if (!document) return fail(to_error(document.error()));
    return change_tags(context, call, [&](Tags& tags) -> Result<void, Error> {
        for (const Node& key : cdn::items_at(*document, ""))
            std::erase_if(tags, [&](const auto& tag) { return tag.first == key.text; });
        return {};
    });
}

ApiResult list_tags_for_resource(ControlContext& context, const Call& call) {
    TARN_TRY(const DistributionRow row, tagged_distribution(context, call));
    return answer(200, tags_node(row.tags));
}

}  // namespace tarn::cloudfront
