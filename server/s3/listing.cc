#include "server/s3/listing.h"

#include <algorithm>

namespace tarn::s3 {
std::string_view listing_common_prefix(std::string_view key, const ListingQuery& query) {
    if (query.delimiter.empty()) return {};
    const std::size_t at = key.find(query.delimiter, query.prefix.size());
    if (at == std::string_view::npos) return {};
    return key.substr(0, at + query.delimiter.size());
}

ListingStart listing_start(const ListingQuery& query) {
    if (query.after.empty() || query.after < query.prefix) return {query.prefix};
    if (query.after.starts_with(query.prefix)) {
        const std::string_view rolled = listing_common_prefix(query.after, query);
        if (!rolled.empty()) {
            std::string next = after_prefix(rolled);
            const bool done = next.empty();
            return {std::move(next), done};
        }
    }
    return {query.after + '\0'};
}

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
    const ListingStart start = listing_start(query);
    if (start.done || query.max == 0) return end;
    const auto cursor = store.scan(storage::Table::Objects, partition, start.key);
    while (cursor->valid() && cursor->key().starts_with(query.prefix)) {
        if (is_delete_marker(cursor->value())) {
            cursor->next();
            continue;
        }
        if (end.count == query.max) {
            end.truncated = true;
            break;
        }
        const std::string_view rolled = listing_common_prefix(cursor->key(), query);
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
