// PutBucketOwnershipControls, GetBucketOwnershipControls, DeleteBucketOwnershipControls.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html

#include "server/s3/bucket_update.h"
#include "server/s3/document_schema.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

namespace tarn::s3 {
namespace {

constexpr ElementRow kRuleRows[] = {{.name = "ObjectOwnership", .count = Count::One}};
constexpr Shape kRule{kRuleRows};
// S3 takes exactly one rule.
constexpr ElementRow kControlsRows[] = {
    {.name = "Rule", .count = Count::One, .kind = ElementKind::Group, .shape = &kRule}};
constexpr Shape kControls{kControlsRows};

Result<ObjectOwnership, Error> parse_controls(std::string_view text) {
    TARN_TRY(const xml::Node controls, parse_shaped(text, "OwnershipControls", kControls));
    const auto ownership = parse_ownership(controls.children.front().text_of("ObjectOwnership"));
    if (!ownership) return fail(s3_error(ErrorCode::MalformedXML));
    return *ownership;
}

net::Task<Outcome> store_controls(Services& services, Request& request, std::string stored,
                                  int status) {
    auto updated = co_await update_bucket(
        services, *request.bucket, [&stored](Bucket& bucket) -> Result<void, Error> {
            bucket.record.configurations.insert_or_assign(std::string(kOwnershipControls), stored);
            const BucketAccess access = parse_bucket_access(bucket.record);
            // What the ACL grants would silently go away.
            if (!access.acls_enabled() &&
                auth::grants_to_others(access.acl, bucket.record.owner_account_id)) {
                return fail(s3_error(ErrorCode::InvalidBucketAclWithObjectOwnership));
            }
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, status);
}

}  // namespace

net::Task<Outcome> put_bucket_ownership_controls(Services& services, Request& request) {
    TARN_CO_TRY(const std::string text, co_await read_document(request, xml::kDefaultMaxBytes));
    TARN_CO_TRY(const ObjectOwnership ownership, parse_controls(text));
    co_return co_await store_controls(services, request, std::string(to_text(ownership)), 200);
}

net::Task<Outcome> get_bucket_ownership_controls(Services&, Request& request) {
    const auto& configurations = request.bucket->record.configurations;
    const auto stored = configurations.find(kOwnershipControls);
    if (stored != configurations.end() && stored->second == kNoOwnershipControls) {
        co_return fail(s3_error(ErrorCode::OwnershipControlsNotFoundError, {},
                                {{"BucketName", request.bucket->name}}));
    }
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("OwnershipControls", {{"xmlns", kS3Xmlns}}).open("Rule");
    writer.element("ObjectOwnership", to_text(request.bucket->access.ownership));
    writer.close().close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Outcome> delete_bucket_ownership_controls(Services& services, Request& request) {
    co_return co_await store_controls(services, request, std::string(kNoOwnershipControls), 204);
}

}  // namespace tarn::s3
