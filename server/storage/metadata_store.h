// Ordered, durable rows with guarded commits: all the metadata of the server.
//
// A row lives in a table and a partition and is named by a key of bytes.  A commit changes rows of
// one partition, all or none, durable when it reports success (unless the store was opened with
// relaxed durability).  Every commit of a partition gets the partition's next sequence number,
// which never repeats or goes back, also across restarts and after the rows are gone; each row
// carries the number of the commit that wrote it (its revision).  Guards compare revisions, so
// conditional writes are decided where commits are serial, in the store.
//
// The interface fits RADOS omap as well (DESIGN 3.6, 3.14): implementations pass
// tests/contract/metadata_store_test.cc.

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::storage {

enum class StoreError : std::uint8_t { NotFound, AlreadyExists, Conflict, NoSpace, Corrupt, Io };
std::string_view to_text(StoreError error);

// Tables are separate key spaces (column families in RocksDB), so that a scan of one never reads
// the values of another: bodies are not in the table that listings scan.
enum class Table : std::uint8_t { System, Objects, Bodies, Uploads, Log, BlobTrash, Versions };
inline constexpr std::size_t kTableCount = 7;

// 0 is the system partition (buckets, distributions, the edges' log); a bucket's partition is its
// bucket id.
using Partition = std::uint64_t;
inline constexpr Partition kSystemPartition = 0;
// Sequence number of a commit within its partition, from 1.  0: no such row.
using Revision = std::uint64_t;

struct Row {
    std::string value;
    Revision revision = 0;
};

struct Guard {
    Table table = Table::System;
    std::string key;
    Revision revision = 0;  // what the row's must be; 0: there must be no such row
};

struct Mutation {
    enum class Kind : std::uint8_t { Put, Delete, DeletePrefix };
    Kind kind = Kind::Put;
    Table table = Table::System;
    std::string key;    // for DeletePrefix: every row whose key starts with it
    std::string value;  // for Put
};

struct Batch {
    Partition partition = kSystemPartition;
    std::vector<Guard> guards;
    std::vector<Mutation> mutations;
};

// Conflict: a guard did not hold and nothing was changed.  On success the commit's revision.
using CommitResult = Result<Revision, StoreError>;

// Walks rows in key order (bytes compare unsigned).  Not thread-safe.  Sees the state of the moment
// it was made.  Blocks.
class RowCursor {
  public:
    virtual ~RowCursor() = default;
    virtual bool valid() const = 0;            // false at the end, and after an error
    virtual std::string_view key() const = 0;  // without table and partition
    virtual std::string_view value() const = 0;
    virtual Revision revision() const = 0;
    virtual void next() = 0;
    virtual void seek(std::string_view key) = 0;  // to the first row with a key >= this
    virtual std::optional<StoreError> error() const = 0;
};

// Thread-safe.
class MetadataStore {
  public:
    virtual ~MetadataStore() = default;

    // Blocks (may read the disk).  NotFound, Corrupt, Io.
    virtual Result<Row, StoreError> get(Table table, Partition partition, std::string_view key) = 0;
    // As get(), but never touches the disk: nothing where it would have to.  For I/O threads.
    virtual std::optional<Result<Row, StoreError>> get_cached(Table table, Partition partition,
                                                              std::string_view key) = 0;
    // A cursor on the first row with a key >= from.  Blocks.
    virtual std::unique_ptr<RowCursor> scan(Table table, Partition partition,
                                            std::string_view from) = 0;
    // A cursor for each of the tables, in their order, on the partition's first row.  All see the
    // state of one moment: what a commit moves from one table to another is in exactly one of them.
    // Blocks.
    virtual std::vector<std::unique_ptr<RowCursor>> scan_together(std::span<const Table> tables,
                                                                  Partition partition) = 0;
    // Hands batch to the committer, which calls done once, on its own thread, when the batch is
    // durable or refused.  Does not block; done must not block either.
    virtual void commit(Batch batch, std::function<void(CommitResult)> done) = 0;
    // The last sequence number given out in the partition; 0 if none.  Blocks.
    virtual Revision last_revision(Partition partition) = 0;
    // The partitions that have a row in the table, in order.  Blocks.
    virtual Result<std::vector<Partition>, StoreError> partitions(Table table) = 0;
    // False after an error that makes further writes unsafe: readiness turns red.
    virtual bool healthy() const = 0;
};

// commit() and wait; for start-up, tests and tools.  Blocks.
CommitResult commit_and_wait(MetadataStore& store, Batch batch);

}  // namespace tarn::storage
