#include "server/cloudfront/operation_table.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "server/cloudfront/handlers.h"

#include <algorithm>
#include <iterator>

namespace tarn::cloudfront {
namespace {

using enum ErrorCode;

constexpr std::string_view kVersionPrefix = "/2020-05-31";
constexpr std::string_view kGet = "GET";
constexpr std::string_view kPost = "POST";
constexpr std::string_view kPut = "PUT";
constexpr std::string_view kDelete = "DELETE";

// An operation on things that cannot be made here.
constexpr OperationRow absent(std::string_view name, std::string_view method, std::string_view path,
                              ErrorCode otherwise, std::string_view selector = {}) {
    return {
        .name = name, .method = method, .path = path, .selector = selector, .otherwise = otherwise};
}
constexpr OperationRow empty_list(std::string_view name, std::string_view method,
                                  std::string_view path, std::string_view root,
                                  std::string_view members) {
    return {
        .name = name, .method = method, .path = path, .empty_list = root, .list_members = members};
}

// All operations of AWS's model, in its order (cloudfront.md, appendix B).
// clang-format off
constexpr OperationRow kOperations[] = {
    absent("AssociateAlias", kPut, "/distribution/{}/associate-alias", UnsupportedOperation),
    absent("AssociateDistributionTenantWebACL", kPut, "/distribution-tenant/{}/associate-web-acl", EntityNotFound),
    absent("AssociateDistributionWebACL", kPut, "/distribution/{}/associate-web-acl", UnsupportedOperation),
    absent("CopyDistribution", kPost, "/distribution/{}/copy", UnsupportedOperation),
    absent("CreateAnycastIpList", kPost, "/anycast-ip-list", UnsupportedOperation),
    {"CreateCachePolicy", kPost, "/cache-policy", "", create_resource, &kCachePolicy},
    absent("CreateCloudFrontOriginAccessIdentity", kPost, "/origin-access-identity/cloudfront", UnsupportedOperation),
    absent("CreateConnectionFunction", kPost, "/connection-function", UnsupportedOperation),
    absent("CreateConnectionGroup", kPost, "/connection-group", UnsupportedOperation),
    absent("CreateContinuousDeploymentPolicy", kPost, "/continuous-deployment-policy", UnsupportedOperation),
    {"CreateDistribution", kPost, "/distribution", "", create_distribution},
    absent("CreateDistributionTenant", kPost, "/distribution-tenant", UnsupportedOperation),
    {"CreateDistributionWithTags", kPost, "/distribution", "WithTags", create_distribution_with_tags},
    absent("CreateFieldLevelEncryptionConfig", kPost, "/field-level-encryption", UnsupportedOperation),
    absent("CreateFieldLevelEncryptionProfile", kPost, "/field-level-encryption-profile", UnsupportedOperation),
    absent("CreateFunction", kPost, "/function", UnsupportedOperation),
    {"CreateInvalidation", kPost, "/distribution/{}/invalidation", "", create_invalidation},
    absent("CreateInvalidationForDistributionTenant", kPost, "/distribution-tenant/{}/invalidation", UnsupportedOperation),
    {"CreateKeyGroup", kPost, "/key-group", "", create_resource, &kKeyGroup},
    absent("CreateKeyValueStore", kPost, "/key-value-store", UnsupportedOperation),
    absent("CreateMonitoringSubscription", kPost, "/distributions/{}/monitoring-subscription", UnsupportedOperation),
    {"CreateOriginAccessControl", kPost, "/origin-access-control", "", create_resource, &kOriginAccessControl},
    {"CreateOriginRequestPolicy", kPost, "/origin-request-policy", "", create_resource, &kOriginRequestPolicy},
    {"CreatePublicKey", kPost, "/public-key", "", create_resource, &kPublicKey},
    absent("CreateRealtimeLogConfig", kPost, "/realtime-log-config", UnsupportedOperation),
    {"CreateResponseHeadersPolicy", kPost, "/response-headers-policy", "", create_resource, &kResponseHeadersPolicy},
    absent("CreateStreamingDistribution", kPost, "/streaming-distribution", UnsupportedOperation),
    absent("CreateStreamingDistributionWithTags", kPost, "/streaming-distribution", UnsupportedOperation, "WithTags"),
    absent("CreateTrustStore", kPost, "/trust-store", UnsupportedOperation),
    absent("CreateVpcOrigin", kPost, "/vpc-origin", UnsupportedOperation),
    absent("DeleteAnycastIpList", kDelete, "/anycast-ip-list/{}", EntityNotFound),
    {"DeleteCachePolicy", kDelete, "/cache-policy/{}", "", delete_resource, &kCachePolicy},
    absent("DeleteCloudFrontOriginAccessIdentity", kDelete, "/origin-access-identity/cloudfront/{}", NoSuchCloudFrontOriginAccessIdentity),
    absent("DeleteConnectionFunction", kDelete, "/connection-function/{}", EntityNotFound),
    absent("DeleteConnectionGroup", kDelete, "/connection-group/{}", EntityNotFound),
    absent("DeleteContinuousDeploymentPolicy", kDelete, "/continuous-deployment-policy/{}", NoSuchContinuousDeploymentPolicy),
    {"DeleteDistribution", kDelete, "/distribution/{}", "", delete_distribution},
    absent("DeleteDistributionTenant", kDelete, "/distribution-tenant/{}", EntityNotFound),
    absent("DeleteFieldLevelEncryptionConfig", kDelete, "/field-level-encryption/{}", NoSuchFieldLevelEncryptionConfig),
    absent("DeleteFieldLevelEncryptionProfile", kDelete, "/field-level-encryption-profile/{}", NoSuchFieldLevelEncryptionProfile),
    absent("DeleteFunction", kDelete, "/function/{}", NoSuchFunctionExists),
    {"DeleteKeyGroup", kDelete, "/key-group/{}", "", delete_resource, &kKeyGroup},
    absent("DeleteKeyValueStore", kDelete, "/key-value-store/{}", EntityNotFound),
    absent("DeleteMonitoringSubscription", kDelete, "/distributions/{}/monitoring-subscription", NoSuchMonitoringSubscription),
    {"DeleteOriginAccessControl", kDelete, "/origin-access-control/{}", "", delete_resource, &kOriginAccessControl},
    {"DeleteOriginRequestPolicy", kDelete, "/origin-request-policy/{}", "", delete_resource, &kOriginRequestPolicy},
    {"DeletePublicKey", kDelete, "/public-key/{}", "", delete_resource, &kPublicKey},
    absent("DeleteRealtimeLogConfig", kPost, "/delete-realtime-log-config", NoSuchRealtimeLogConfig),
    absent("DeleteResourcePolicy", kPost, "/delete-resource-policy", EntityNotFound),
    {"DeleteResponseHeadersPolicy", kDelete, "/response-headers-policy/{}", "", delete_resource, &kResponseHeadersPolicy},
    absent("DeleteStreamingDistribution", kDelete, "/streaming-distribution/{}", NoSuchStreamingDistribution),
    absent("DeleteTrustStore", kDelete, "/trust-store/{}", EntityNotFound),
    absent("DeleteVpcOrigin", kDelete, "/vpc-origin/{}", EntityNotFound),
    absent("DescribeConnectionFunction", kGet, "/connection-function/{}/describe", EntityNotFound),
    absent("DescribeFunction", kGet, "/function/{}/describe", NoSuchFunctionExists),
    absent("DescribeKeyValueStore", kGet, "/key-value-store/{}", EntityNotFound),
    absent("DisassociateDistributionTenantWebACL", kPut, "/distribution-tenant/{}/disassociate-web-acl", EntityNotFound),
    absent("DisassociateDistributionWebACL", kPut, "/distribution/{}/disassociate-web-acl", UnsupportedOperation),
    absent("GetAnycastIpList", kGet, "/anycast-ip-list/{}", EntityNotFound),
    {"GetCachePolicy", kGet, "/cache-policy/{}", "", get_resource, &kCachePolicy},
    {"GetCachePolicyConfig", kGet, "/cache-policy/{}/config", "", get_resource_config, &kCachePolicy},
    absent("GetCloudFrontOriginAccessIdentity", kGet, "/origin-access-identity/cloudfront/{}", NoSuchCloudFrontOriginAccessIdentity),
    absent("GetCloudFrontOriginAccessIdentityConfig", kGet, "/origin-access-identity/cloudfront/{}/config", NoSuchCloudFrontOriginAccessIdentity),
    absent("GetConnectionFunction", kGet, "/connection-function/{}", EntityNotFound),
    absent("GetConnectionGroup", kGet, "/connection-group/{}", EntityNotFound),
    absent("GetConnectionGroupByRoutingEndpoint", kGet, "/connection-group", EntityNotFound),
    absent("GetContinuousDeploymentPolicy", kGet, "/continuous-deployment-policy/{}", NoSuchContinuousDeploymentPolicy),
    absent("GetContinuousDeploymentPolicyConfig", kGet, "/continuous-deployment-policy/{}/config", NoSuchContinuousDeploymentPolicy),
    {"GetDistribution", kGet, "/distribution/{}", "", get_distribution},
    {"GetDistributionConfig", kGet, "/distribution/{}/config", "", get_distribution_config},
    absent("GetDistributionTenant", kGet, "/distribution-tenant/{}", EntityNotFound),
    absent("GetDistributionTenantByDomain", kGet, "/distribution-tenant", EntityNotFound),
    absent("GetFieldLevelEncryption", kGet, "/field-level-encryption/{}", NoSuchFieldLevelEncryptionConfig),
    absent("GetFieldLevelEncryptionConfig", kGet, "/field-level-encryption/{}/config", NoSuchFieldLevelEncryptionConfig),
    absent("GetFieldLevelEncryptionProfile", kGet, "/field-level-encryption-profile/{}", NoSuchFieldLevelEncryptionProfile),
    absent("GetFieldLevelEncryptionProfileConfig", kGet, "/field-level-encryption-profile/{}/config", NoSuchFieldLevelEncryptionProfile),
    absent("GetFunction", kGet, "/function/{}", NoSuchFunctionExists),
    {"GetInvalidation", kGet, "/distribution/{}/invalidation/{}", "", get_invalidation},
    absent("GetInvalidationForDistributionTenant", kGet, "/distribution-tenant/{}/invalidation/{}", EntityNotFound),
    {"GetKeyGroup", kGet, "/key-group/{}", "", get_resource, &kKeyGroup},
    {"GetKeyGroupConfig", kGet, "/key-group/{}/config", "", get_resource_config, &kKeyGroup},
    absent("GetManagedCertificateDetails", kGet, "/managed-certificate/{}", EntityNotFound),
    absent("GetMonitoringSubscription", kGet, "/distributions/{}/monitoring-subscription", NoSuchMonitoringSubscription),
    {"GetOriginAccessControl", kGet, "/origin-access-control/{}", "", get_resource, &kOriginAccessControl},
    {"GetOriginAccessControlConfig", kGet, "/origin-access-control/{}/config", "", get_resource_config, &kOriginAccessControl},
    {"GetOriginRequestPolicy", kGet, "/origin-request-policy/{}", "", get_resource, &kOriginRequestPolicy},
    {"GetOriginRequestPolicyConfig", kGet, "/origin-request-policy/{}/config", "", get_resource_config, &kOriginRequestPolicy},
    {"GetPublicKey", kGet, "/public-key/{}", "", get_resource, &kPublicKey},
    {"GetPublicKeyConfig", kGet, "/public-key/{}/config", "", get_resource_config, &kPublicKey},
    absent("GetRealtimeLogConfig", kPost, "/get-realtime-log-config", NoSuchRealtimeLogConfig),
    absent("GetResourcePolicy", kPost, "/get-resource-policy", EntityNotFound),
    {"GetResponseHeadersPolicy", kGet, "/response-headers-policy/{}", "", get_resource, &kResponseHeadersPolicy},
    {"GetResponseHeadersPolicyConfig", kGet, "/response-headers-policy/{}/config", "", get_resource_config, &kResponseHeadersPolicy},
    absent("GetStreamingDistribution", kGet, "/streaming-distribution/{}", NoSuchStreamingDistribution),
    absent("GetStreamingDistributionConfig", kGet, "/streaming-distribution/{}/config", NoSuchStreamingDistribution),
    absent("GetTrustStore", kGet, "/trust-store/{}", EntityNotFound),
    absent("GetVpcOrigin", kGet, "/vpc-origin/{}", EntityNotFound),
    empty_list("ListAnycastIpLists", kGet, "/anycast-ip-list", "AnycastIpListCollection", "MXTQ"),
    {"ListCachePolicies", kGet, "/cache-policy", "", list_resources, &kCachePolicy},
    empty_list("ListCloudFrontOriginAccessIdentities", kGet, "/origin-access-identity/cloudfront", "CloudFrontOriginAccessIdentityList", "MXTQ"),
    empty_list("ListConflictingAliases", kGet, "/conflicting-alias", "ConflictingAliasesList", "XQ"),
    empty_list("ListConnectionFunctions", kPost, "/connection-functions", "ListConnectionFunctionsResult", ""),
    empty_list("ListConnectionGroups", kPost, "/connection-groups", "ListConnectionGroupsResult", ""),
    empty_list("ListContinuousDeploymentPolicies", kGet, "/continuous-deployment-policy", "ContinuousDeploymentPolicyList", "XQ"),
    empty_list("ListDistributionTenants", kPost, "/distribution-tenants", "ListDistributionTenantsResult", ""),
    empty_list("ListDistributionTenantsByCustomization", kPost, "/distribution-tenants-by-customization", "ListDistributionTenantsByCustomizationResult", ""),
    {"ListDistributions", kGet, "/distribution", "", list_distributions},
    empty_list("ListDistributionsByAnycastIpListId", kGet, "/distributionsByAnycastIpListId/{}", "DistributionList", "MXTQ"),
    {"ListDistributionsByCachePolicyId", kGet, "/distributionsByCachePolicyId/{}", "", list_users, &kCachePolicy},
    empty_list("ListDistributionsByConnectionFunction", kGet, "/distributionsByConnectionFunction", "DistributionList", "MXTQ"),
    empty_list("ListDistributionsByConnectionMode", kGet, "/distributionsByConnectionMode/{}", "DistributionList", "MXTQ"),
    {"ListDistributionsByKeyGroup", kGet, "/distributionsByKeyGroupId/{}", "", list_users, &kKeyGroup},
    {"ListDistributionsByOriginRequestPolicyId", kGet, "/distributionsByOriginRequestPolicyId/{}", "", list_users, &kOriginRequestPolicy},
    empty_list("ListDistributionsByOwnedResource", kGet, "/distributionsByOwnedResource/{}", "DistributionIdOwnerList", "MXTQ"),
    empty_list("ListDistributionsByRealtimeLogConfig", kPost, "/distributionsByRealtimeLogConfig", "DistributionList", "MXTQ"),
    {"ListDistributionsByResponseHeadersPolicyId", kGet, "/distributionsByResponseHeadersPolicyId/{}", "", list_users, &kResponseHeadersPolicy},
    empty_list("ListDistributionsByTrustStore", kGet, "/distributionsByTrustStore", "DistributionList", "MXTQ"),
    empty_list("ListDistributionsByVpcOriginId", kGet, "/distributionsByVpcOriginId/{}", "DistributionIdList", "MXTQ"),
    empty_list("ListDistributionsByWebACLId", kGet, "/distributionsByWebACLId/{}", "DistributionList", "MXTQ"),
    empty_list("ListDomainConflicts", kPost, "/domain-conflicts", "ListDomainConflictsResult", ""),
    empty_list("ListFieldLevelEncryptionConfigs", kGet, "/field-level-encryption", "FieldLevelEncryptionList", "XQ"),
    empty_list("ListFieldLevelEncryptionProfiles", kGet, "/field-level-encryption-profile", "FieldLevelEncryptionProfileList", "XQ"),
    empty_list("ListFunctions", kGet, "/function", "FunctionList", "XQ"),
    {"ListInvalidations", kGet, "/distribution/{}/invalidation", "", list_invalidations},
    empty_list("ListInvalidationsForDistributionTenant", kGet, "/distribution-tenant/{}/invalidation", "InvalidationList", "MXTQ"),
    {"ListKeyGroups", kGet, "/key-group", "", list_resources, &kKeyGroup},
    empty_list("ListKeyValueStores", kGet, "/key-value-store", "KeyValueStoreList", "XQ"),
    {"ListOriginAccessControls", kGet, "/origin-access-control", "", list_resources, &kOriginAccessControl},
    {"ListOriginRequestPolicies", kGet, "/origin-request-policy", "", list_resources, &kOriginRequestPolicy},
    {"ListPublicKeys", kGet, "/public-key", "", list_resources, &kPublicKey},
    empty_list("ListRealtimeLogConfigs", kGet, "/realtime-log-config", "RealtimeLogConfigs", "MXT"),
    {"ListResponseHeadersPolicies", kGet, "/response-headers-policy", "", list_resources, &kResponseHeadersPolicy},
    empty_list("ListStreamingDistributions", kGet, "/streaming-distribution", "StreamingDistributionList", "MXTQ"),
    {"ListTagsForResource", kGet, "/tagging", "", list_tags_for_resource},
    empty_list("ListTrustStores", kPost, "/trust-stores", "ListTrustStoresResult", ""),
    empty_list("ListVpcOrigins", kGet, "/vpc-origin", "VpcOriginList", "MXTQ"),
    absent("PublishConnectionFunction", kPost, "/connection-function/{}/publish", EntityNotFound),
    absent("PublishFunction", kPost, "/function/{}/publish", NoSuchFunctionExists),
    absent("PutResourcePolicy", kPost, "/put-resource-policy", UnsupportedOperation),
    {"TagResource", kPost, "/tagging", "Operation=Tag", tag_resource},
    absent("TestConnectionFunction", kPost, "/connection-function/{}/test", EntityNotFound),
    absent("TestFunction", kPost, "/function/{}/test", NoSuchFunctionExists),
    {"UntagResource", kPost, "/tagging", "Operation=Untag", untag_resource},
    absent("UpdateAnycastIpList", kPut, "/anycast-ip-list/{}", EntityNotFound),
    {"UpdateCachePolicy", kPut, "/cache-policy/{}", "", update_resource, &kCachePolicy},
    absent("UpdateCloudFrontOriginAccessIdentity", kPut, "/origin-access-identity/cloudfront/{}/config", NoSuchCloudFrontOriginAccessIdentity),
    absent("UpdateConnectionFunction", kPut, "/connection-function/{}", EntityNotFound),
    absent("UpdateConnectionGroup", kPut, "/connection-group/{}", EntityNotFound),
    absent("UpdateContinuousDeploymentPolicy", kPut, "/continuous-deployment-policy/{}", NoSuchContinuousDeploymentPolicy),
    {"UpdateDistribution", kPut, "/distribution/{}/config", "", update_distribution},
    absent("UpdateDistributionTenant", kPut, "/distribution-tenant/{}", EntityNotFound),
    absent("UpdateDistributionWithStagingConfig", kPut, "/distribution/{}/promote-staging-config", UnsupportedOperation),
    absent("UpdateDomainAssociation", kPost, "/domain-association", UnsupportedOperation),
    absent("UpdateFieldLevelEncryptionConfig", kPut, "/field-level-encryption/{}/config", NoSuchFieldLevelEncryptionConfig),
    absent("UpdateFieldLevelEncryptionProfile", kPut, "/field-level-encryption-profile/{}/config", NoSuchFieldLevelEncryptionProfile),
    absent("UpdateFunction", kPut, "/function/{}", NoSuchFunctionExists),
    {"UpdateKeyGroup", kPut, "/key-group/{}", "", update_resource, &kKeyGroup},
    absent("UpdateKeyValueStore", kPut, "/key-value-store/{}", EntityNotFound),
    {"UpdateOriginAccessControl", kPut, "/origin-access-control/{}/config", "", update_resource, &kOriginAccessControl},
    {"UpdateOriginRequestPolicy", kPut, "/origin-request-policy/{}", "", update_resource, &kOriginRequestPolicy},
    {"UpdatePublicKey", kPut, "/public-key/{}/config", "", update_resource, &kPublicKey},
    absent("UpdateRealtimeLogConfig", kPut, "/realtime-log-config", NoSuchRealtimeLogConfig),
    {"UpdateResponseHeadersPolicy", kPut, "/response-headers-policy/{}", "", update_resource, &kResponseHeadersPolicy},
    absent("UpdateStreamingDistribution", kPut, "/streaming-distribution/{}/config", NoSuchStreamingDistribution),
    absent("UpdateTrustStore", kPut, "/trust-store/{}", EntityNotFound),
    absent("UpdateVpcOrigin", kPut, "/vpc-origin/{}", EntityNotFound),
    absent("VerifyDnsConfiguration", kPost, "/verify-dns-configuration", UnsupportedOperation),
};
// clang-format on

// Two rows with one condition would make the second unreachable.
constexpr bool all_rows_are_distinct() {
    for (std::size_t i = 0; i < std::size(kOperations); ++i) {
        const OperationRow& a = kOperations[i];
        for (std::size_t j = i + 1; j < std::size(kOperations); ++j) {
            const OperationRow& b = kOperations[j];
            if (a.name == b.name) return false;
            if (a.method == b.method && a.path == b.path && a.selector == b.selector) return false;
        }
    }
    return true;
}
static_assert(all_rows_are_distinct());
static_assert(std::size(kOperations) == 167, "AWS models 167 operations");

// The segments of path that the template's {} stand for; nothing where they do not match.
std::optional<std::vector<std::string>> match_path(std::string_view pattern,
                                                   std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] != "{}") {
            if (wanted[i] != given[i]) return std::nullopt;
            continue;
        }
        auto decoded = percent_decode(given[i]);
        if (!decoded || decoded->empty()) return std::nullopt;
        parameters.push_back(*std::move(decoded));
    }
    return parameters;
}

bool query_has(std::string_view query, std::string_view selector) {
    return std::ranges::any_of(split(query, '&'), [&](std::string_view part) {
        // "WithTags" may come as "WithTags=".
        if (part.ends_with('=')) part.remove_suffix(1);
        return part == selector;
    });
}

}  // namespace

std::span<const OperationRow> operations() {
    return kOperations;
}

std::optional<Match> find_operation(std::string_view method, std::string_view raw_path,
                                    std::string_view raw_query) {
    if (!raw_path.starts_with(kVersionPrefix)) return std::nullopt;
    std::string_view path = raw_path.substr(kVersionPrefix.size());
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    std::optional<Match> best;
    for (const OperationRow& row : kOperations) {
        if (row.method != method) continue;
        if (!row.selector.empty() && !query_has(raw_query, row.selector)) continue;
        if (best && row.selector.size() < best->row->selector.size()) continue;
        if (auto parameters = match_path(row.path, path)) {
            best = Match{&row, *std::move(parameters)};
        }
    }
    return best;
}

}  // namespace tarn::cloudfront
