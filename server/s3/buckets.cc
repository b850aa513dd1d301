// ListBuckets, CreateBucket, HeadBucket, GetBucketLocation.

#include "common/aws/arn.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/acl_codec.h"
#include "server/s3/acl_request.h"
#include "server/s3/attributes.h"
#include "server/s3/bucket_creation.h"
#include "server/s3/bucket_update.h"
#include "server/s3/configuration_shapes.h"
#include "server/s3/object_lock.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"
#include "server/s3/tags.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace tarn::s3 {
namespace {

using storage::Table;

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::uint64_t kMaxBuckets = 10'000;
constexpr std::size_t kMaxCreateBucketBytes = 64 * 1024;

// Headers of CreateBucket that ask for what is not there yet.
constexpr std::array<std::string_view, 1> kUnsupportedOnCreate = {"x-amz-bucket-namespace"};

Result<void, Error> check_create_headers(const Request& request) {
    for (const std::string_view name : kUnsupportedOnCreate) {
        const auto value = request.head.fields.find(name);
        if (value && !iequals(*value, "false")) return fail(header_not_implemented(name));
    }
    return {};
}

// The ownership controls and the ACL that CreateBucket's headers ask for, as they are stored.
Result<BucketConfigurations, Error> read_create_access(const Services& services,
                                                       const Request& request,
                                                       const std::string& owner_account_id) {
    constexpr std::string_view kHeader = "x-amz-object-ownership";
    BucketConfigurations configurations;
    bool acls_enabled = services.compat.acl_enabled_by_default;
    if (const auto name = request.header_or_parameter(kHeader)) {
        const auto ownership = parse_ownership(*name);
        if (!ownership) {
            return fail(invalid_argument("Invalid x-amz-object-ownership header", kHeader, *name));
        }
        acls_enabled = *ownership != ObjectOwnership::BucketOwnerEnforced;
        configurations.emplace(kOwnershipControls, *name);
    }
    if (!has_acl_headers(request)) return configurations;
    if (!acls_enabled) {
        // The one that says what holds anyway.
        if (request.header_or_parameter("x-amz-acl") == "private") return configurations;
        return fail(s3_error(ErrorCode::InvalidBucketAclWithObjectOwnership));
    }
    TARN_TRY(const auto requested, read_acl_headers(services, request, AclSubject::Bucket));
    Bucket bucket;
    bucket.record.owner_account_id = owner_account_id;
    TARN_TRY(const auth::Acl acl, make_acl(*requested, bucket, owner_account_id));
    configurations.emplace(kBucketAcl, encode_acl(acl));
    return configurations;
}

// Creating one's own bucket again gives it the ACL that is asked for now (s3.md 2).
net::Task<Outcome> reset_acl(Services& services, const Bucket& existing,
                             const BucketConfigurations& asked) {
    co_return co_await update_bucket(
        services, existing, [&asked](Bucket& bucket) -> Result<void, Error> {
            bucket.record.configurations.erase(std::string(kBucketAcl));
            const auto acl = asked.find(kBucketAcl);
            if (bucket.access.acls_enabled() && acl != asked.end()) {
                bucket.record.configurations.insert(*acl);
            }
            return {};
        });
}

// Whether what CreateBucket asks for is the ACL that the bucket has.
bool asks_for_acl_of(const Bucket& existing, const BucketConfigurations& asked) {
    const BucketRecord wanted{.owner_account_id = existing.record.owner_account_id,
                              .configurations = asked};
    return parse_bucket_access(wanted).acl == existing.access.acl;
}

// Of its LocationConstraint; empty or absent: us-east-1.
Result<std::string, Error> read_region(std::string_view constraint) {
    std::string region(constraint);
    if (region.empty()) return std::string(kDefaultRegion);
    const auto is_region_character = [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
    };
    // The constraint of the default region is the absence of one (recorded).
    const bool valid = region == "EU" || std::ranges::all_of(region, is_region_character);
    if (!valid || region == kDefaultRegion) {
        return fail(
            s3_error(ErrorCode::InvalidLocationConstraint, {}, {{"LocationConstraint", region}}));
    }
    return region;
}

// Of what is for directory buckets (Location, Bucket) there is nothing here.
constexpr ElementRow kCreateBucketRows[] = {
    {.name = "LocationConstraint"},
    {.name = "Tags", .kind = ElementKind::Group, .shape = &kTagSetShape},
};
constexpr Shape kCreateBucket{kCreateBucketRows};

// What CreateBucketConfiguration adds to the record: the region, the tags.
Result<void, Error> read_create_document(const std::string& document, BucketRecord& record) {
    record.region = kDefaultRegion;
    if (document.empty()) return {};
    TARN_TRY(const xml::Node parsed,
             parse_shaped(document, "CreateBucketConfiguration", kCreateBucket,
                          {.max_bytes = kMaxCreateBucketBytes}));
    TARN_TRY(record.region, read_region(parsed.text_of("LocationConstraint")));
    const xml::Node* const tag_set = parsed.find("Tags");
    if (!tag_set) return {};
    TARN_TRY(const TagSet tags, read_tag_set(*tag_set, TagOwner::NewBucket));
    if (!tags.empty()) record.configurations.emplace("tagging", tagging_document(tags));
    return {};
}

struct ListBucketsQuery {
    std::string_view prefix;
    std::string_view region;
    std::string after;  // name; empty: from the start
    std::uint64_t max = kMaxBuckets;
    bool paged = false;
};

Result<ListBucketsQuery, Error> read_list_buckets(const Request& request) {
    ListBucketsQuery query;
    query.prefix = request.parameter("prefix").value_or("");
    query.region = request.parameter("bucket-region").value_or("");
    query.after = request.parameter("continuation-token").value_or("");
    if (const auto max = request.parameter("max-buckets")) {
        const auto number = parse_uint(*max);
        if (!number || *number < 1 || *number > kMaxBuckets) {
            return fail(
                invalid_argument("Argument max-buckets must be an integer between 1 and 10000",
                                 "max-buckets", *max));
        }
        query.max = *number;
        query.paged = true;
    }
    query.paged = query.paged || !query.after.empty();
    return query;
}

}  // namespace

net::Task<Outcome> list_buckets(Services& services, Request& request) {
    if (request.auth.identity.kind != auth::PrincipalKind::Account) {
        co_return fail(s3_error(ErrorCode::AccessDenied));
    }
    TARN_CO_TRY(const ListBucketsQuery query, read_list_buckets(request));
    const std::string& account = request.auth.identity.account->id;
    std::string out;
    std::uint64_t count = 0;
    std::string last;
    bool truncated = false;
    xml::Writer writer(out);
    writer.declaration().open("ListAllMyBucketsResult", {{"xmlns", kS3Xmlns}});
    write_owner(writer, services, "Owner", account);
    writer.open("Buckets");
    services.buckets.for_each([&](const Bucket& bucket) {
        if (bucket.record.owner_account_id != account) return;
        if (!bucket.name.starts_with(query.prefix) || bucket.name <= query.after) return;
        if (!query.region.empty() && bucket.record.region != query.region) return;
        if (count == query.max) {
            truncated = true;
            return;
        }
        ++count;
        last = bucket.name;
        writer.open("Bucket").element("Name", bucket.name);
        writer.element("CreationDate", format_iso8601_ms(bucket.record.created));
        if (query.paged || !query.region.empty()) {
            writer.element("BucketRegion", bucket.record.region);
            writer.element("BucketArn", aws::s3_arn(bucket.name));
        }
        writer.close();
    });
    writer.close();
    if (truncated) writer.element("ContinuationToken", last);
    if (request.parameter("prefix")) writer.element("Prefix", query.prefix);
    writer.close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Result<BucketPtr, Error>> create_bucket_rows(Services& services, std::string name,
                                                       BucketRecord record,
                                                       std::optional<std::uint64_t> reset_count) {
    const std::uint64_t resets = reset_count.value_or(services.buckets.reset_count());
    const auto reset_guard = services.buckets.reset_guard(resets);
    if (!reset_guard) co_return fail(s3_error(ErrorCode::OperationAborted));
    auto bucket = std::make_shared<Bucket>();
    bucket->name = std::move(name);
    bucket->record = std::move(record);
    std::array<std::uint8_t, sizeof bucket->record.id> id{};
    services.random.fill(id);
    bucket->record.id = std::bit_cast<std::uint64_t>(id) | 1;  // never the system partition
    bucket->record.created = services.clock.now();
    if (services.compat.acl_enabled_by_default) {
        bucket->record.configurations.emplace(kOwnershipControls, kNoOwnershipControls);
    }
    parse_record(*bucket);

    // The partition first: a crash in between leaves a partition that nothing names.
    const auto state =
        co_await commit(services, {.partition = bucket->partition(),
                                   .mutations = {{.table = Table::System,
                                                  .key = std::string(kBucketStateKey),
                                                  .value = std::string(kBucketExists)}}});
    if (!state) co_return fail(store_failure(state.error(), "creating a bucket"));
    bucket->state_revision = *state;
    bucket->reset_count = resets;
    const std::string key = bucket_key(bucket->name);
    const auto created = co_await commit(
        services,
        {.partition = storage::kSystemPartition,
         .guards = {{Table::System, key, 0}, *reset_guard},
         .mutations = {{.table = Table::System, .key = key, .value = encode(bucket->record)}}});
    if (!created && created.error() == storage::StoreError::Conflict) {
        const bool was_reset = !services.buckets.reset_guard(resets);
        if (was_reset) co_return fail(s3_error(ErrorCode::OperationAborted));
        co_return fail(
            s3_error(ErrorCode::BucketAlreadyExists, {}, {{"BucketName", bucket->name}}));
    }
    if (!created) co_return fail(store_failure(created.error(), "creating a bucket"));
    bucket->record_revision = *created;
    if (!services.buckets.put_unless_reset(bucket, resets)) {
        co_return fail(s3_error(ErrorCode::OperationAborted));
    }
    co_return bucket;
}

net::Task<Outcome> create_bucket(Services& services, Request& request) {
    const std::string& name = request.address.bucket;
    if (request.auth.identity.kind != auth::PrincipalKind::Account) {
        co_return fail(s3_error(ErrorCode::AccessDenied));
    }
    if (!is_valid_bucket_name(name)) {
        co_return fail(s3_error(ErrorCode::InvalidBucketName, {}, {{"BucketName", name}}));
    }
    if (auto ok = check_create_headers(request); !ok) co_return ok;
    const std::string& account = request.auth.identity.account->id;
    TARN_CO_TRY(const BucketConfigurations access, read_create_access(services, request, account));
    TARN_CO_TRY(const std::string document, co_await read_document(request, kMaxCreateBucketBytes));
    BucketRecord record{.owner_account_id = account, .configurations = access};
    if (auto read = read_create_document(document, record); !read) co_return read;
    const std::string region = record.region;
    if (iequals(request.header("x-amz-bucket-object-lock-enabled"), "true")) {
        record.versioning = Versioning::Enabled;
        record.configurations.emplace(kObjectLockConfiguration, lock_rules_xml({}));
    }
    auto created =
        co_await create_bucket_rows(services, name, std::move(record), request.reset_count);
    if (!created && created.error().code == ErrorCode::BucketAlreadyExists) {
        const BucketPtr existing = services.buckets.find(name);
        const bool own = existing && existing->record.owner_account_id == account;
        // Creating one's own bucket again succeeds in us-east-1 only (recorded).
        if (own && (existing->record.region != kDefaultRegion || region != kDefaultRegion)) {
            co_return fail(
                s3_error(ErrorCode::BucketAlreadyOwnedByYou, {}, {{"BucketName", name}}));
        }
        const bool may_reset =
            own && (!services.compat.radosgw_recreate || asks_for_acl_of(*existing, access));
        if (!may_reset) co_return fail(std::move(created).error());
        if (auto reset = co_await reset_acl(services, *existing, access); !reset) co_return reset;
    } else if (!created) {
        co_return fail(std::move(created).error());
    }
    http::HeadBuilder& head = begin_response(request, 200);
    head.add("Location", "/" + name);
    head.add("x-amz-bucket-arn", aws::s3_arn(name));
    request.exchange.respond({});
    co_return Outcome{};
}

net::Task<Outcome> head_bucket(Services&, Request& request) {
    http::HeadBuilder& head = begin_response(request, 200);
    head.add("x-amz-bucket-region", request.bucket->record.region);
    head.add("x-amz-bucket-arn", aws::s3_arn(request.bucket->name));
    head.add("x-amz-access-point-alias", "false");
    head.add("Content-Type", "application/xml");
    request.exchange.respond_without_body(std::nullopt);
    co_return Outcome{};
}

net::Task<Outcome> get_bucket_location(Services&, Request& request) {
    const std::string& region = request.bucket->record.region;
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("LocationConstraint", {{"xmlns", kS3Xmlns}});
    if (region != kDefaultRegion) writer.text(region);
    writer.close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
