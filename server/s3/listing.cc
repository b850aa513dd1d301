#include "server/s3/listing.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

// The common prefix that key rolls up into; empty if none.
std::string_view common_prefix_of(std::string_view key, const ListingQuery& query) {
    if (query.delimiter.empty()) return {};
    const std::size_t at = key.find(query.delimiter, query.prefix.size());
    if (at == std::string_view::npos) return {};
    return key.substr(0, at + query.delimiter.size());
}

// Where the scan begins.  A resume point inside a common prefix, or equal to one, means that the
// prefix was listed (recorded): the scan goes on behind it.  Empty with done set: nothing can
// follow.
struct Start {
    std::string key;
    bool done = false;
};
Start start_of(const ListingQuery& query) {
    if (query.after.empty() || query.after < query.prefix) return {query.prefix};
    if (query.after.starts_with(query.prefix)) {
        const std::string_view rolled = common_prefix_of(query.after, query);
        if (!rolled.empty()) {
            std::string next = after_prefix(rolled);
            const bool done = next.empty();
            return {std::move(next), done};
        }
    }
    return {query.after + '\0'};
}

}  // namespace

std::string after_prefix(std::string_view prefix) {
    std::string next(prefix);
    while (!next.empty()) {
        auto& last = reinterpret_cast<unsigned char&>(next.back());
        if (last != 0xff) {
            ++last;
            return next;
        }
        next.pop_back();
    }
    return next;
}

Result<ListingEnd, storage::StoreError> list_keys(storage::MetadataStore& store,
                                                  storage::Partition partition,
                                                  const ListingQuery& query, ListingSink& sink) {
    ListingEnd end;
    Start start = start_of(query);
    if (start.done || query.max == 0) return end;
    const auto cursor = store.scan(storage::Table::Objects, partition, start.key);
    while (cursor->valid() && cursor->key().starts_with(query.prefix)) {
        if (end.count == query.max) {
            end.truncated = true;
            break;
        }
        const std::string_view rolled = common_prefix_of(cursor->key(), query);
        ++end.count;
        if (rolled.empty()) {
            end.last = cursor->key();
            if (auto done = sink.object(cursor->key(), cursor->value()); !done) {
                return fail(done.error());
            }
            cursor->next();
            continue;
        }
        end.last = rolled;
        sink.common_prefix(rolled);
        const std::string next = after_prefix(rolled);
        if (next.empty()) break;
        cursor->seek(next);
    }
    if (const auto error = cursor->error()) return fail(*error);
    return end;
}

}  // namespace tarn::s3
