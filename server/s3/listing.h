// Listing the keys of a bucket: prefix, delimiter and resume points, decided apart from the wire.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
//
// Keys come in UTF-8 byte order.  With a delimiter, all keys that share the text between the prefix
// and the first delimiter after it are one common prefix; the cursor jumps over them, so a listing
// costs what it returns and not what the bucket holds.  Keys whose current version is a delete
// marker are not listed and make no common prefix.

#pragma once

#include "server/s3/records.h"
#include "server/storage/metadata_store.h"

#include <functional>
#include <string>
#include <string_view>

namespace tarn::s3 {

struct ListingQuery {
    std::string prefix;
    std::string delimiter;  // empty: none
    std::string after;  // list what sorts after this key or common prefix; empty: from the start
    std::size_t max = 1000;
};

// Receives what is listed, in order.
class ListingSink {
  public:
    virtual ~ListingSink() = default;
    // The record's bytes are decoded by the sink, which knows what it needs of them.
    virtual Result<void, storage::StoreError> object(std::string_view key,
                                                     std::string_view record) = 0;
    virtual void common_prefix(std::string_view prefix) = 0;
};

struct ListingEnd {
    bool truncated = false;
    std::size_t count = 0;  // objects and common prefixes
    std::string last;       // the last key or common prefix listed: the next page's `after`
};

// Blocks.  Works on the rows of any table whose keys are object keys.
Result<ListingEnd, storage::StoreError> list_keys(storage::MetadataStore& store,
                                                  storage::Partition partition,
                                                  const ListingQuery& query, ListingSink& sink);

// The common prefix that key rolls up into; empty if none.
std::string_view listing_common_prefix(std::string_view key, const ListingQuery& query);

// Where the scan begins.  A resume point inside a common prefix, or equal to one, means that the
// prefix was listed (recorded): the scan goes on behind it.
struct ListingStart {
    std::string key;
    bool done = false;  // nothing can follow
};
ListingStart listing_start(const ListingQuery& query);

// The smallest string greater than every string that starts with prefix; empty if there is none.
std::string after_prefix(std::string_view prefix);

}  // namespace tarn::s3
