// PutBucketVersioning and GetBucketVersioning.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html

#include "common/xml/writer.h"
#include "server/s3/bucket_update.h"
#include "server/s3/document_schema.h"
#include "server/s3/object_lock.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

namespace tarn::s3 {
namespace {

constexpr ElementRow kVersioningRows[] = {
    {.name = "Status", .choices = "Enabled|Suspended"},
    {.name = "MfaDelete", .choices = "Enabled|Disabled"},
};
constexpr Shape kVersioning{kVersioningRows};

Result<Versioning, Error> read_versioning(const std::string& text) {
    TARN_TRY(const xml::Node document, parse_shaped(text, "VersioningConfiguration", kVersioning));
    // MFA delete needs a device of the root user, which nobody has here.
    if (document.text_of("MfaDelete") == "Enabled")
        return fail(header_not_implemented("x-amz-mfa"));
    const xml::Node* const status = document.find("Status");
    if (!status) return fail(s3_error(ErrorCode::IllegalVersioningConfigurationException));
    return status->text == "Enabled" ? Versioning::Enabled : Versioning::Suspended;
}

Result<void, Error> set_versioning(BucketRecord& record, Versioning versioning) {
    if (versioning != Versioning::Enabled &&
        record.configurations.contains(kObjectLockConfiguration)) {
        return fail(s3_error(ErrorCode::InvalidBucketState,
                             "An Object Lock configuration is present on this bucket, so the "
                             "versioning state cannot be changed."));
    }
    record.versioning = versioning;
    return {};
}

}  // namespace

net::Task<Outcome> put_bucket_versioning(Services& services, Request& request) {
    TARN_CO_TRY(const std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    if (text.empty()) co_return fail(s3_error(ErrorCode::MissingRequestBodyError));
    TARN_CO_TRY(const Versioning versioning, read_versioning(text));
    auto updated = co_await update_bucket(services, *request.bucket,
                                          [versioning](Bucket& bucket) -> Result<void, Error> {
                                              return set_versioning(bucket.record, versioning);
                                          });
    if (!updated) co_return updated;
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_bucket_versioning(Services&, Request& request) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("VersioningConfiguration", {{"xmlns", kS3Xmlns}});
    const Versioning versioning = request.bucket->record.versioning;
    if (versioning != Versioning::Unset) {
        writer.element("Status", versioning == Versioning::Enabled ? "Enabled" : "Suspended");
    }
    writer.close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
