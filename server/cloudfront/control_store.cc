#include "server/cloudfront/control_store.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::cloudfront {

using storage::kSystemPartition;
using storage::Mutation;
using storage::StoreError;
using storage::Table;

void Transaction::put(std::string key, std::string value) {
    batch_.mutations.push_back(
        {Mutation::Kind::Put, Table::System, std::move(key), std::move(value)});
}

void Transaction::erase(std::string key) {
    batch_.mutations.push_back({Mutation::Kind::Delete, Table::System, std::move(key), {}});
}

void Transaction::erase_prefix(std::string prefix) {
    batch_.mutations.push_back(
        {Mutation::Kind::DeletePrefix, Table::System, std::move(prefix), {}});
}

std::uint64_t Transaction::append(cdn::LogRecord record) {
    record.sequence = ++sequence_;
    batch_.mutations.push_back(
        {Mutation::Kind::Put, Table::Log, log_key(record.sequence), cdn::write_log_record(record)});
    return record.sequence;
}

Result<void, Error> ControlStore::open(std::string fresh_log_name) {
    TARN_TRY(const Head head, read_head());
    newest_.store(head.sequence, std::memory_order_release);
    TARN_TRY(const auto name, get(kLogNameKey));
    if (name) {
        log_name_ = *name;
        return {};
    }
    log_name_ = std::move(fresh_log_name);
    return transact([&](Transaction& transaction) -> Result<void, Error> {
        transaction.put(std::string(kLogNameKey), log_name_);
        return {};
    });
}

Result<std::optional<std::string>, Error> ControlStore::get(std::string_view key) {
    auto row = store_.get(Table::System, kSystemPartition, key);
    if (row) return std::optional(std::move(row->value));
    if (row.error() == StoreError::NotFound) return std::optional<std::string>{};
    return fail(to_error(row.error()));
}

Result<void, Error> ControlStore::for_each(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) {
    const auto cursor = store_.scan(Table::System, kSystemPartition, from);
    for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
        if (!visit(cursor->key(), cursor->value())) return {};
    }
    if (const auto fault = cursor->error()) return fail(to_error(*fault));
    return {};
}

Result<std::uint64_t, Error> ControlStore::number(std::string_view key) {
    TARN_TRY(const auto text, get(key));
    if (!text) return 0;
    const auto value = parse_uint(*text);
    if (!value) return fail(error(ErrorCode::InternalError));
    return *value;
}

Result<ControlStore::Head, Error> ControlStore::read_head() {
    const auto row = store_.get(Table::System, kSystemPartition, kHeadKey);
    if (!row) {
        if (row.error() == StoreError::NotFound) return Head{};
        return fail(to_error(row.error()));
    }
    const auto sequence = parse_uint(row->value);
    if (!sequence) return fail(error(ErrorCode::InternalError));
    return Head{row->revision, *sequence};
}

Result<bool, Error> ControlStore::commit(Transaction& transaction, const Head& head) {
    transaction.put(std::string(kHeadKey), std::to_string(transaction.sequence_));
    storage::Batch batch = std::move(transaction.batch_);
    batch.partition = kSystemPartition;
    batch.guards.push_back({Table::System, std::string(kHeadKey), head.revision});
    const auto committed = storage::commit_and_wait(store_, std::move(batch));
    if (!committed) {
        if (committed.error() == StoreError::Conflict) return false;
        return fail(to_error(committed.error()));
    }
    if (transaction.sequence_ != head.sequence) {
        newest_.store(transaction.sequence_, std::memory_order_release);
        if (hook_) hook_(transaction.sequence_);
    }
    return true;
}

Result<ControlStore::LogLines, Error> ControlStore::log_lines(std::uint64_t from,
                                                              std::size_t max_bytes) {
    LogLines lines{.last = from};
    const auto cursor = store_.scan(Table::Log, kSystemPartition, log_key(from + 1));
    for (; cursor->valid() && lines.text.size() < max_bytes; cursor->next()) {
        const auto sequence = sequence_of_log_key(cursor->key());
        // The log was cut between what the follower has and what is left.
        if (sequence != lines.last + 1) return fail(error(ErrorCode::InternalError));
        lines.text += cursor->value();
        ++lines.last;
    }
    if (const auto fault = cursor->error()) return fail(to_error(*fault));
    return lines;
}

// The records that a snapshot needs: each is the newest of its subject.
Result<std::vector<std::uint64_t>, Error> ControlStore::kept_sequences() {
    TARN_TRY(const auto distributions, rows<DistributionRow>(kDistributionPrefix));
    TARN_TRY(const std::uint64_t clock, number(kClockKey));
    std::vector<std::uint64_t> sequences;
    sequences.reserve(distributions.size() + 1);
    for (const DistributionRow& row : distributions)
        sequences.push_back(row.sequence);
    if (clock != 0) sequences.push_back(clock);
    std::ranges::sort(sequences);
    return sequences;
}

Result<ControlStore::LogLines, Error> ControlStore::snapshot() {
    // Read before the rows: what changes after this is in the log after it.
    TARN_TRY(const Head head, read_head());
    TARN_TRY(const auto sequences, kept_sequences());
    LogLines lines{.last = head.sequence};
    for (const std::uint64_t sequence : sequences) {
        if (sequence > head.sequence) continue;
        const auto record = store_.get(Table::Log, kSystemPartition, log_key(sequence));
        if (record) {
            lines.text += record->value;
        } else if (record.error() != StoreError::NotFound) {
            return fail(to_error(record.error()));
        }
    }
    return lines;
}

Result<std::optional<cdn::LogRecord>, Error> ControlStore::clock_record() {
    TARN_TRY(const std::uint64_t sequence, number(kClockKey));
    if (sequence == 0) return std::optional<cdn::LogRecord>{};
    const auto row = store_.get(Table::Log, kSystemPartition, log_key(sequence));
    if (!row) return fail(to_error(row.error()));
    auto record = cdn::read_log_record(row->value);
    if (!record) return fail(error(ErrorCode::InternalError));
    return std::optional(*std::move(record));
}

Result<std::uint64_t, Error> ControlStore::truncated_up_to() {
    return number(kTruncatedKey);
}

Result<void, Error> ControlStore::truncate(std::uint64_t bound) {
    return transact([&](Transaction& transaction) -> Result<void, Error> {
        TARN_TRY(const std::uint64_t before, truncated_up_to());
        TARN_TRY(const auto kept, kept_sequences());
        std::uint64_t highest = before;
        const auto cursor = store_.scan(Table::Log, kSystemPartition, log_key(0));
        for (; cursor->valid(); cursor->next()) {
            const auto sequence = sequence_of_log_key(cursor->key());
            if (!sequence) continue;
            if (*sequence > bound) break;
            if (std::ranges::binary_search(kept, *sequence)) continue;
            highest = std::max(highest, *sequence);
            transaction.batch_.mutations.push_back(
                {Mutation::Kind::Delete, Table::Log, std::string(cursor->key()), {}});
        }
        if (const auto fault = cursor->error()) return fail(to_error(*fault));
        if (highest > before) {
            transaction.put(std::string(kTruncatedKey), std::to_string(highest));
        }
        return {};
    });
}

}  // namespace tarn::cloudfront
