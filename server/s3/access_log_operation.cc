#include "server/s3/access_log_operation.h"

#include <algorithm>
#include <iterator>

namespace tarn::s3 {
namespace {

struct ResourceTypeRow {
    std::string_view subresource;
    std::string_view of_bucket;
    std::string_view of_object = of_bucket;
};

// In the order in which a row's selectors are looked for: a part has an upload as well.
constexpr ResourceTypeRow kResourceTypes[] = {
    {"partNumber", "PART"},
    {"uploadId", "UPLOAD"},
    {"uploads", "UPLOADS"},
    {"abac", "ABAC"},
    {"accelerate", "ACCELERATE"},
    {"acl", "ACL"},
    {"analytics", "ANALYTICS"},
    {"attributes", "OBJECT_ATTRIBUTES"},
    {"cors", "CORS"},
    {"delete", "MULTI_OBJECT_DELETE"},
    {"encryption", "ENCRYPTION"},
    {"intelligent-tiering", "INTELLIGENT_TIERING"},
    {"inventory", "INVENTORY"},
    {"legal-hold", "LEGAL_HOLD"},
    {"lifecycle", "LIFECYCLE"},
    {"location", "LOCATION"},
    {"logging", "LOGGING_STATUS"},
    {"metadataConfiguration", "METADATA_CONFIGURATION"},
    {"metadataInventoryTable", "METADATA_INVENTORY_TABLE"},
    {"metadataJournalTable", "METADATA_JOURNAL_TABLE"},
    {"metadataTable", "METADATA_TABLE"},
    {"metrics", "METRICS"},
    {"notification", "NOTIFICATION"},
    {"object-lock", "OBJECT_LOCK_CONFIGURATION"},
    {"ownershipControls", "OWNERSHIP_CONTROLS"},
    {"policy", "BUCKETPOLICY"},
    {"policyStatus", "POLICY_STATUS"},
    {"publicAccessBlock", "PUBLIC_ACCESS_BLOCK"},
    {"replication", "REPLICATION"},
    {"requestPayment", "REQUEST_PAYMENT"},
    {"restore", "RESTORE"},
    {"retention", "RETENTION"},
    {"select", "SELECT"},
    {"session", "SESSION"},
    {"tagging", "TAGGING", "OBJECT_TAGGING"},
    {"torrent", "TORRENT"},
    {"versioning", "VERSIONING"},
    {"versions", "BUCKETVERSIONS"},
    {"website", "WEBSITE"},
};

std::string_view resource_type(const OperationRow& row) {
    const auto* const found = std::ranges::find_if(kResourceTypes, [&](const auto& type) {
        return std::ranges::any_of(row.selectors, [&](const Selector& selector) {
            return selector.kind == Selector::Kind::Query && selector.name == type.subresource;
        });
    });
    if (found == std::end(kResourceTypes)) return to_text(row.resource);
    return row.resource == Resource::Object ? found->of_object : found->of_bucket;
}

}  // namespace

bool is_copy(const OperationRow& row) {
    return std::ranges::any_of(row.selectors, [](const Selector& selector) {
        return selector.kind == Selector::Kind::Header && selector.name == "x-amz-copy-source";
    });
}

std::string access_log_operation(const OperationRow* row, std::string_view method,
                                 Resource resource) {
    std::string name = "REST.";
    if (method == "OPTIONS") return name + "OPTIONS.PREFLIGHT";
    name.append(row && is_copy(*row) ? "COPY" : method).append(".");
    return name.append(row ? resource_type(*row) : to_text(resource));
}

}  // namespace tarn::s3
