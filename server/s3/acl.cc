// GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html

#include "server/s3/access.h"
#include "server/s3/acl_codec.h"
#include "server/s3/acl_request.h"
#include "server/s3/bucket_update.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"

namespace tarn::s3 {
namespace {

Result<void, Error> check_acls_enabled(const Bucket& bucket) {
    if (bucket.access.acls_enabled()) return {};
    return fail(s3_error(ErrorCode::AccessControlListNotSupported));
}

// Without ACLs an object's can only be set to what holds anyway: s3cmd does so with every copy.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
net::Task<Outcome> put_what_holds(Services& services, Request& request,
                                  const RequestedAcl& requested) {
    const auth::Acl holds = auth::owner_acl(request.bucket->record.owner_account_id);
    const bool says_so = requested.canned.empty() ? requested.grants == holds
                                                  : requested.canned == kBucketOwnerFullControl;
    if (!says_so) co_return fail(s3_error(ErrorCode::AccessControlListNotSupported));
    auto object = co_await load_requested_object(services, request);
    if (!object) co_return fail(std::move(object).error());
    co_return respond_empty(request, 200);
}

}  // namespace

net::Task<Outcome> get_bucket_acl(Services& services, Request& request) {
    const Bucket& bucket = *request.bucket;
    const std::string& owner = bucket.record.owner_account_id;
    co_return respond_xml(request, acl_xml(services, owner,
                                           bucket.access.acls_enabled() ? bucket.access.acl
                                                                        : auth::owner_acl(owner)));
}

net::Task<Outcome> put_bucket_acl(Services& services, Request& request) {
    if (auto ok = check_acls_enabled(*request.bucket); !ok) co_return ok;
    TARN_CO_TRY(const RequestedAcl requested,
                co_await read_acl_request(services, request, AclSubject::Bucket));
    auto updated = co_await update_bucket(
        services, *request.bucket, [&requested](Bucket& bucket) -> Result<void, Error> {
            if (auto ok = check_acls_enabled(bucket); !ok) return ok;
            TARN_TRY(const auth::Acl acl,
                     make_acl(requested, bucket, bucket.record.owner_account_id));
            bucket.record.configurations.insert_or_assign(std::string(kBucketAcl), encode_acl(acl));
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_object_acl(Services& services, Request& request) {
    TARN_CO_TRY(const ObjectVersion object, co_await load_requested_object(services, request));
    if (auto ok = check_access(request, &object.record); !ok) co_return ok;
    const std::string_view owner = owner_of(*request.bucket, object.record);
    const auto& acl = object.record.attributes.acl;
    const bool counts = request.bucket->access.acls_enabled() && acl;
    co_return respond_xml(request,
                          acl_xml(services, owner, counts ? *acl : auth::owner_acl(owner)));
}

net::Task<Outcome> put_object_acl(Services& services, Request& request) {
    TARN_CO_TRY(const RequestedAcl requested,
                co_await read_acl_request(services, request, AclSubject::Object));
    if (!request.bucket->access.acls_enabled()) {
        co_return co_await put_what_holds(services, request, requested);
    }
    auto updated =
        co_await update_object(services, request, [&](ObjectRecord& object) -> Result<void, Error> {
            if (auto ok = check_access(request, &object); !ok) return ok;
            TARN_TRY(object.attributes.acl,
                     make_acl(requested, *request.bucket, object.owner_account_id));
            return {};
        });
    if (!updated) co_return fail(std::move(updated).error());
    co_return respond_empty(request, 200);
}

}  // namespace tarn::s3
