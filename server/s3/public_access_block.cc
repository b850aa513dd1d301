// PutPublicAccessBlock, GetPublicAccessBlock, DeletePublicAccessBlock.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
//
// Unlike S3, a new bucket has none, where S3 gives it all four flags: programs that were written
// for emulators make public buckets without taking the block away first.
//
// What the flags do: public ACLs are refused in make_acl() and ignored in access.cc, public
// policies refused in bucket_policy.cc, and strangers kept out of public buckets in authorize.cc.

#include "common/base/text.h"
#include "server/s3/bucket_update.h"
#include "server/s3/document_schema.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

#include <array>

namespace tarn::s3 {
namespace {

constexpr std::string_view kRoot = "PublicAccessBlockConfiguration";

Result<bool, Error> parse_flag(std::string_view text) {
    if (iequals(text, "true")) return true;
    if (iequals(text, "false")) return false;
    return fail(s3_error(ErrorCode::MalformedXML));
}

constexpr std::array<ElementRow, kPublicAccessBlockRows.size()> element_rows() {
    std::array<ElementRow, kPublicAccessBlockRows.size()> rows;
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].name = kPublicAccessBlockRows[i].element;
    return rows;
}
constexpr auto kElementRows = element_rows();
constexpr Shape kShape{kElementRows};

Result<PublicAccessBlock, Error> parse_block(std::string_view text) {
    TARN_TRY(const xml::Node document, parse_shaped(text, kRoot, kShape));
    if (document.children.empty()) {
        return fail(
            s3_error(ErrorCode::InvalidRequest, "Must specify at least one configuration."));
    }
    PublicAccessBlock block;
    for (const PublicAccessBlockRow& row : kPublicAccessBlockRows) {
        const xml::Node* const flag = document.find(row.element);
        if (!flag) continue;
        TARN_TRY(block.*row.flag, parse_flag(flag->text));
    }
    return block;
}

}  // namespace

net::Task<Outcome> put_public_access_block(Services& services, Request& request) {
    TARN_CO_TRY(const std::string text, co_await read_document(request, xml::kDefaultMaxBytes));
    TARN_CO_TRY(const PublicAccessBlock block, parse_block(text));
    auto updated = co_await update_bucket(
        services, *request.bucket, [&block](Bucket& bucket) -> Result<void, Error> {
            bucket.record.configurations.insert_or_assign(std::string(kPublicAccessBlock),
                                                          to_stored(block));
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_public_access_block(Services&, Request& request) {
    const Bucket& bucket = *request.bucket;
    if (!bucket.record.configurations.contains(kPublicAccessBlock)) {
        co_return fail(s3_error(ErrorCode::NoSuchPublicAccessBlockConfiguration, {},
                                {{"BucketName", bucket.name}}));
    }
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open(kRoot, {{"xmlns", kS3Xmlns}});
    for (const PublicAccessBlockRow& row : kPublicAccessBlockRows)
        writer.element(row.element, bucket.access.public_access.*row.flag);
    writer.close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Outcome> delete_public_access_block(Services& services, Request& request) {
    auto updated = co_await update_bucket(
        services, *request.bucket, [](Bucket& bucket) -> Result<void, Error> {
            const auto found = bucket.record.configurations.find(kPublicAccessBlock);
            if (found != bucket.record.configurations.end()) {
                bucket.record.configurations.erase(found);
            }
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, 204);
}

}  // namespace tarn::s3
