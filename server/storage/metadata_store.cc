#include "server/storage/metadata_store.h"

#include <future>

namespace tarn::storage {

std::string_view to_text(StoreError error) {
    switch (error) {
        case StoreError::NotFound:
            return "not found";
        case StoreError::AlreadyExists:
            return "already exists";
        case StoreError::Conflict:
            return "conflict";
        case StoreError::NoSpace:
            return "no space left";
        case StoreError::Corrupt:
            return "corrupt data";
        case StoreError::Io:
            return "input/output error";
    }
    return "unknown error";
}

CommitResult commit_and_wait(MetadataStore& store, Batch batch) {
    // Shared, because set_value() may still run when get() returns.
    const auto promise = std::make_shared<std::promise<CommitResult>>();
    auto future = promise->get_future();
    store.commit(std::move(batch), [promise](CommitResult result) { promise->set_value(result); });
    return future.get();
}

}  // namespace tarn::storage
