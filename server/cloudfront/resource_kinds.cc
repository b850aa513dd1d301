#include "server/cloudfront/resource_kinds.h"

namespace tarn::cloudfront {

using enum ErrorCode;

constinit const ResourceKind kCachePolicy{
    .name = "CachePolicy",
    .path = "cache-policy",
    .config_shape = &cdn::kCachePolicyConfigShape,
    .managed = cdn::PolicyKind::Cache,
    .id_form = IdForm::Uuid,
    .time_member = "LastModifiedTime",
    .summary = SummaryForm::Typed,
    .list_has_marker = false,
    .no_such = NoSuchCachePolicy,
    .already_exists = CachePolicyAlreadyExists,
    .in_use = CachePolicyInUse,
    .too_many = TooManyCachePolicies,
    .limit = 20,
};
constinit const ResourceKind kOriginRequestPolicy{
    .name = "OriginRequestPolicy",
    .path = "origin-request-policy",
    .config_shape = &cdn::kOriginRequestPolicyConfigShape,
    .managed = cdn::PolicyKind::OriginRequest,
    .id_form = IdForm::Uuid,
    .time_member = "LastModifiedTime",
    .summary = SummaryForm::Typed,
    .list_has_marker = false,
    .no_such = NoSuchOriginRequestPolicy,
    .already_exists = OriginRequestPolicyAlreadyExists,
    .in_use = OriginRequestPolicyInUse,
    .too_many = TooManyOriginRequestPolicies,
    .limit = 20,
};
constinit const ResourceKind kResponseHeadersPolicy{
    .name = "ResponseHeadersPolicy",
    .path = "response-headers-policy",
    .config_shape = &cdn::kResponseHeadersPolicyConfigShape,
    .managed = cdn::PolicyKind::ResponseHeaders,
    .id_form = IdForm::Uuid,
    .time_member = "LastModifiedTime",
    .summary = SummaryForm::Typed,
    .list_has_marker = false,
    .no_such = NoSuchResponseHeadersPolicy,
    .already_exists = ResponseHeadersPolicyAlreadyExists,
    .in_use = ResponseHeadersPolicyInUse,
    .too_many = TooManyResponseHeadersPolicies,
    .limit = 20,
};
constinit const ResourceKind kOriginAccessControl{
    .name = "OriginAccessControl",
    .path = "origin-access-control",
    .config_shape = &cdn::kOriginAccessControlConfigShape,
    .managed = std::nullopt,
    .id_form = IdForm::LetterE,
    .time_member = "",
    .summary = SummaryForm::Flat,
    .list_has_marker = true,
    .no_such = NoSuchOriginAccessControl,
    .already_exists = OriginAccessControlAlreadyExists,
    .in_use = OriginAccessControlInUse,
    .too_many = TooManyOriginAccessControls,
    .limit = 100,
};
constinit const ResourceKind kPublicKey{
    .name = "PublicKey",
    .path = "public-key",
    .config_shape = &cdn::kPublicKeyConfigShape,
    .managed = std::nullopt,
    .id_form = IdForm::LetterK,
    .time_member = "CreatedTime",
    .summary = SummaryForm::Flat,
    .list_has_marker = false,
    .no_such = NoSuchPublicKey,
    .already_exists = PublicKeyAlreadyExists,
    .in_use = PublicKeyInUse,
    .too_many = TooManyPublicKeys,
    .limit = 100,
};
constinit const ResourceKind kKeyGroup{
    .name = "KeyGroup",
    .path = "key-group",
    .config_shape = &cdn::kKeyGroupConfigShape,
    .managed = std::nullopt,
    .id_form = IdForm::Uuid,
    .time_member = "LastModifiedTime",
    .summary = SummaryForm::Wrapped,
    .list_has_marker = false,
    .no_such = NoSuchResource,
    .already_exists = KeyGroupAlreadyExists,
    .in_use = ResourceInUse,
    .too_many = TooManyKeyGroups,
    .limit = 10,
};

}  // namespace tarn::cloudfront
