#include "server/s3/bucket_registry.h"

#include "common/base/text.h"
#include "server/s3/bucket_creation.h"
#include "server/s3/logging_rules.h"
#include "server/s3/object_lock.h"

#include <algorithm>
#include <array>
#include <mutex>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMinBucketNameBytes = 3;
constexpr std::size_t kMaxBucketNameBytes = 63;
constexpr std::array<std::string_view, 3> kReservedPrefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
constexpr std::array<std::string_view, 5> kReservedSuffixes = {"-s3alias", "--ol-s3", ".mrap",
                                                               "--x-s3", "--table-s3"};

bool is_ipv4_form(std::string_view name) {
    const auto numbers = split(name, '.');
    return numbers.size() == 4 && std::ranges::all_of(numbers, [](std::string_view number) {
               return !number.empty() && number.size() <= 3 &&
                      std::ranges::all_of(number, is_digit);
           });
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-';
}

// The revision of the bucket's state row.  One that does not say that the bucket exists belongs to
// a deletion that a crash cut short, and is put back.
Result<storage::Revision, storage::StoreError> ensure_state(storage::MetadataStore& store,
                                                            storage::Partition partition) {
    const auto row = store.get(storage::Table::System, partition, kBucketStateKey);
    if (row && row->value == kBucketExists) return row->revision;
    if (!row && row.error() != storage::StoreError::NotFound) return fail(row.error());
    return storage::commit_and_wait(store, {.partition = partition,
                                            .mutations = {{.table = storage::Table::System,
                                                           .key = std::string(kBucketStateKey),
                                                           .value = std::string(kBucketExists)}}});
}

}  // namespace

namespace {

std::shared_ptr<const aws::Policy> parse_stored_policy(const std::string& text) {
    if (text.empty()) return nullptr;
    auto policy = aws::parse_policy(text, aws::PolicyKind::Bucket);
    // A policy that no longer parses must not open the bucket: it denies by allowing nothing.
    if (!policy) return std::make_shared<const aws::Policy>();
    return std::make_shared<const aws::Policy>(*std::move(policy));
}

// Fails closed: a document that no longer parses still locks.
std::optional<ObjectLockRules> parse_stored_lock(const BucketRecord& record) {
    const auto found = record.configurations.find(kObjectLockConfiguration);
    if (found == record.configurations.end()) return std::nullopt;
    return parse_lock_rules(found->second).value_or(ObjectLockRules{});
}

}  // namespace

void parse_record(Bucket& bucket) {
    bucket.policy = parse_stored_policy(bucket.record.policy);
    bucket.access = parse_bucket_access(bucket.record);
    bucket.object_lock = parse_stored_lock(bucket.record);
    bucket.cors = parse_cors(stored_document(bucket.record, "cors"));
    bucket.logging = parse_logging(stored_document(bucket.record, "logging"));
    bucket.encryption = parse_bucket_encryption(stored_document(bucket.record, "encryption"));
    bucket.requester_pays =
        stored_document(bucket.record, "requestPayment").find("<Payer>Requester</Payer>") !=
        std::string_view::npos;
}

Result<void, storage::StoreError> BucketRegistry::load(storage::MetadataStore& store) {
    const auto reset = store.get(storage::Table::System, storage::kSystemPartition, kResetKey);
    if (!reset && reset.error() != storage::StoreError::NotFound) return fail(reset.error());
    {
        const std::unique_lock lock(mutex_);
        reset_revision_ = reset ? reset->revision : 0;
    }
    auto cursor = store.scan(storage::Table::System, storage::kSystemPartition, kBucketPrefix);
    for (; cursor->valid() && cursor->key().starts_with(kBucketPrefix); cursor->next()) {
        auto record = decode_bucket(cursor->value());
        if (!record) return fail(storage::StoreError::Corrupt);
        auto bucket = std::make_shared<Bucket>();
        bucket->name = cursor->key().substr(kBucketPrefix.size());
        TARN_TRY(bucket->state_revision, ensure_state(store, record->id));
        bucket->record = *std::move(record);
        parse_record(*bucket);
        bucket->record_revision = cursor->revision();
        bucket->reset_count = reset_count();
        put(std::move(bucket));
    }
    if (const auto error = cursor->error()) return fail(*error);
    return {};
}

BucketPtr BucketRegistry::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = buckets_.find(name);
    return found == buckets_.end() ? nullptr : found->second;
}

void BucketRegistry::put(BucketPtr bucket) {
    const std::unique_lock lock(mutex_);
    std::string name = bucket->name;
    buckets_.insert_or_assign(std::move(name), std::move(bucket));
}

bool BucketRegistry::change(std::string_view name, std::uint64_t id,
                            const std::function<void(Bucket&)>& change) {
    const std::unique_lock lock(mutex_);
    const auto found = buckets_.find(name);
    if (found == buckets_.end() || found->second->record.id != id) return false;
    auto changed = std::make_shared<Bucket>(*found->second);
    change(*changed);
    found->second = std::move(changed);
    return true;
}

void BucketRegistry::erase(std::string_view name, std::uint64_t id) {
    const std::unique_lock lock(mutex_);
    const auto found = buckets_.find(name);
    if (found != buckets_.end() && found->second->record.id == id) buckets_.erase(found);
}

void BucketRegistry::for_each(const std::function<void(const Bucket&)>& visit) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, bucket] : buckets_)
        visit(*bucket);
}

bool BucketRegistry::is_of_before(std::uint64_t reset_count) const {
    return is_resetting_ || reset_count != this->reset_count();
}

std::optional<storage::Guard> BucketRegistry::reset_guard(std::uint64_t reset_count) const {
    const std::shared_lock lock(mutex_);
    if (is_of_before(reset_count)) return std::nullopt;
    return storage::Guard{storage::Table::System, std::string(kResetKey), reset_revision_};
}

bool BucketRegistry::put_unless_reset(BucketPtr bucket, std::uint64_t reset_count) {
    const std::unique_lock lock(mutex_);
    if (is_of_before(reset_count)) return false;
    std::string name = bucket->name;
    buckets_.insert_or_assign(std::move(name), std::move(bucket));
    return true;
}

void BucketRegistry::begin_reset() {
    const std::unique_lock lock(mutex_);
    is_resetting_ = true;
    reset_count_.fetch_add(1, std::memory_order_relaxed);
    buckets_.clear();
}

void BucketRegistry::end_reset() {
    const std::unique_lock lock(mutex_);
    is_resetting_ = false;
}

bool is_valid_bucket_name(std::string_view name) {
    if (name.size() < kMinBucketNameBytes || name.size() > kMaxBucketNameBytes) return false;
    if (!std::ranges::all_of(name, is_name_character)) return false;
    const auto is_edge = [](char c) { return c != '.' && c != '-'; };
    if (!is_edge(name.front()) || !is_edge(name.back())) return false;
    if (name.find("..") != std::string_view::npos || is_ipv4_form(name)) return false;
    const auto starts = [&](std::string_view prefix) { return name.starts_with(prefix); };
    const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
    return std::ranges::none_of(kReservedPrefixes, starts) &&
           std::ranges::none_of(kReservedSuffixes, ends);
}

}  // namespace tarn::s3
