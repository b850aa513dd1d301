// Reads and writes the control plane's rows and appends to the log that edges follow.
//
// Every change goes through transact().  All of them guard and rewrite one row, the head, which
// holds the log's newest sequence number: so changes are serial, every check made inside one
// (names, references, "in use") still holds when it commits, and the log's numbers have no gaps and
// become visible in order: record n + 1 cannot be committed before record n, since its guard needs
// the head that n wrote.  A record and the change that it describes are one commit.

#pragma once

#include "common/cdn/log_record.h"
#include "server/cloudfront/error.h"
#include "server/cloudfront/rows.h"
#include "server/storage/metadata_store.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cloudfront {

class ControlStore;

// The changes of one transaction.  Reads see the state before it.
class Transaction {
  public:
    void put(std::string key, std::string value);
    void erase(std::string key);
    void erase_prefix(std::string prefix);
    // Gives record the log's next sequence number, which it returns, and appends it.
    std::uint64_t append(cdn::LogRecord record);
    // The number that the next append() gives.
    std::uint64_t next_sequence() const { return sequence_ + 1; }

  private:
    friend class ControlStore;
    storage::Batch batch_;
    std::uint64_t sequence_ = 0;
};

// Thread-safe.  Every call blocks, but for newest_sequence().
class ControlStore {
  public:
    explicit ControlStore(storage::MetadataStore& store) : store_(store) {}

    // Reads the head; makes the log's name (of the given random text) on first use.
    Result<void, Error> open(std::string fresh_log_name);
    const std::string& log_name() const { return log_name_; }
    // Called after each commit that appended to the log, on the thread of the transaction.
    void on_append(std::function<void(std::uint64_t newest)> hook) { hook_ = std::move(hook); }
    // The newest committed record; 0 if there is none.
    std::uint64_t newest_sequence() const { return newest_.load(std::memory_order_acquire); }

    // Nothing where there is no such row.
    Result<std::optional<std::string>, Error> get(std::string_view key);
    template <class Row>
    Result<std::optional<Row>, Error> get_row(std::string_view key) {
        TARN_TRY(const auto text, get(key));
        if (!text) return std::nullopt;
        Row row;
        if (!read_row(*text, row)) return fail(error(ErrorCode::InternalError));
        return row;
    }
    // Visits the rows whose keys start with prefix, in key order, until visit returns false.
    Result<void, Error> for_each(
        std::string_view prefix, std::string_view from,
        const std::function<bool(std::string_view key, std::string_view value)>& visit);
    template <class Row>
    Result<std::vector<Row>, Error> rows(std::string_view prefix) {
        std::vector<Row> list;
        bool corrupt = false;
        auto read = for_each(prefix, prefix, [&](std::string_view, std::string_view value) {
            corrupt = !read_row(value, list.emplace_back());
            return !corrupt;
        });
        if (!read) return fail(std::move(read).error());
        if (corrupt) return fail(error(ErrorCode::InternalError));
        return list;
    }

    // Runs body(Transaction&), which returns a Result<T, Error>, and commits its changes unless it
    // failed.  body runs again where another server changed the state in between.
    template <class Body>
    std::invoke_result_t<Body&, Transaction&> transact(Body body) {
        const std::scoped_lock lock(writing_);
        for (int attempt = 0; attempt < kAttempts; ++attempt) {
            TARN_TRY(Head head, read_head());
            Transaction transaction;
            transaction.sequence_ = head.sequence;
            auto result = body(transaction);
            if (!result || transaction.batch_.mutations.empty()) return result;
            TARN_TRY(const bool committed, commit(transaction, head));
            if (committed) return result;
        }
        return fail(error(ErrorCode::ServiceUnavailable));
    }

    // ---- the log ----

    // Lines of the records with a sequence above from, in order: as many as there are, but no more
    // than about max_bytes (at least one).  last is the sequence of the last of them.  Fails where
    // the log was cut after from.
    struct LogLines {
        std::string text;
        std::uint64_t last = 0;
    };
    Result<LogLines, Error> log_lines(std::uint64_t from, std::size_t max_bytes);
    // What a follower that knows nothing gets: the newest record of every distribution and of the
    // clock, up to a sequence (last) after which log_lines() continues.
    Result<LogLines, Error> snapshot();
    // The newest ClockOffset record; nothing if there is none.
    Result<std::optional<cdn::LogRecord>, Error> clock_record();
    // Sequences up to this may be missing in the log.
    Result<std::uint64_t, Error> truncated_up_to();
    // Drops records up to bound, except the newest of each distribution and of the clock.
    Result<void, Error> truncate(std::uint64_t bound);

  private:
    static constexpr int kAttempts = 16;

    struct Head {
        storage::Revision revision = 0;
        std::uint64_t sequence = 0;
    };
    Result<Head, Error> read_head();
    // False where the head has changed meanwhile.
    Result<bool, Error> commit(Transaction& transaction, const Head& head);
    Result<std::vector<std::uint64_t>, Error> kept_sequences();
    Result<std::uint64_t, Error> number(std::string_view key);

    storage::MetadataStore& store_;
    std::string log_name_;
    std::function<void(std::uint64_t)> hook_;
    std::mutex writing_;
    std::atomic<std::uint64_t> newest_{0};
};

}  // namespace tarn::cloudfront
