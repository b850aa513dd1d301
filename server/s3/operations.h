// The operations that are implemented, one function each, by family.
//
// Each answers the request, or returns the error to answer with.  Authentication, authorization and
// (but for CreateBucket and ListBuckets) the bucket's existence were checked before.

#pragma once

#include "server/s3/request.h"
#include "server/s3/services.h"

namespace tarn::s3 {

using OperationHandler = net::Task<Outcome> (*)(Services&, Request&);

// The handler of a row of operations(); null: not implemented.
OperationHandler handler_of(const OperationRow& row);

// buckets.cc
net::Task<Outcome> list_buckets(Services& services, Request& request);
net::Task<Outcome> create_bucket(Services& services, Request& request);
net::Task<Outcome> head_bucket(Services& services, Request& request);
net::Task<Outcome> get_bucket_location(Services& services, Request& request);
// delete_bucket.cc
net::Task<Outcome> delete_bucket(Services& services, Request& request);
// bucket_policy.cc
net::Task<Outcome> put_bucket_policy(Services& services, Request& request);
net::Task<Outcome> get_bucket_policy(Services& services, Request& request);
net::Task<Outcome> delete_bucket_policy(Services& services, Request& request);
// bucket_versioning.cc
net::Task<Outcome> put_bucket_versioning(Services& services, Request& request);
net::Task<Outcome> get_bucket_versioning(Services& services, Request& request);
// object_lock_operations.cc
net::Task<Outcome> put_object_lock_configuration(Services& services, Request& request);
net::Task<Outcome> get_object_lock_configuration(Services& services, Request& request);
net::Task<Outcome> put_object_retention(Services& services, Request& request);
net::Task<Outcome> get_object_retention(Services& services, Request& request);
net::Task<Outcome> put_object_legal_hold(Services& services, Request& request);
net::Task<Outcome> get_object_legal_hold(Services& services, Request& request);
// list_versions.cc
net::Task<Outcome> list_object_versions(Services& services, Request& request);
net::Task<Outcome> get_bucket_policy_status(Services& services, Request& request);
// acl.cc
net::Task<Outcome> get_bucket_acl(Services& services, Request& request);
net::Task<Outcome> put_bucket_acl(Services& services, Request& request);
net::Task<Outcome> get_object_acl(Services& services, Request& request);
net::Task<Outcome> put_object_acl(Services& services, Request& request);
// bucket_ownership.cc
net::Task<Outcome> put_bucket_ownership_controls(Services& services, Request& request);
net::Task<Outcome> get_bucket_ownership_controls(Services& services, Request& request);
net::Task<Outcome> delete_bucket_ownership_controls(Services& services, Request& request);
// public_access_block.cc
net::Task<Outcome> put_public_access_block(Services& services, Request& request);
net::Task<Outcome> get_public_access_block(Services& services, Request& request);
net::Task<Outcome> delete_public_access_block(Services& services, Request& request);
// list_objects.cc
net::Task<Outcome> list_objects(Services& services, Request& request);
net::Task<Outcome> list_objects_v2(Services& services, Request& request);
// get_object.cc
net::Task<Outcome> get_object(Services& services, Request& request);
net::Task<Outcome> head_object(Services& services, Request& request);
// object_attributes.cc
net::Task<Outcome> get_object_attributes(Services& services, Request& request);
// object_tagging.cc
net::Task<Outcome> get_object_tagging(Services& services, Request& request);
// put_object.cc
net::Task<Outcome> put_object(Services& services, Request& request);
// post_object.cc
net::Task<Outcome> post_object(Services& services, Request& request);
// delete_objects.cc
net::Task<Outcome> delete_object(Services& services, Request& request);
net::Task<Outcome> delete_objects(Services& services, Request& request);
// copy_object.cc
net::Task<Outcome> copy_object(Services& services, Request& request);
net::Task<Outcome> upload_part_copy(Services& services, Request& request);
// multipart_upload.cc
net::Task<Outcome> create_multipart_upload(Services& services, Request& request);
net::Task<Outcome> upload_part(Services& services, Request& request);
net::Task<Outcome> abort_multipart_upload(Services& services, Request& request);
// complete_upload.cc
net::Task<Outcome> complete_multipart_upload(Services& services, Request& request);
// list_uploads.cc
net::Task<Outcome> list_multipart_uploads(Services& services, Request& request);
net::Task<Outcome> list_parts(Services& services, Request& request);

}  // namespace tarn::s3
