// Takes the body of an upload (PutObject, UploadPart) into storage, not yet visible to anybody.

#pragma once

#include "server/s3/payload.h"
#include "server/s3/request.h"
#include "server/s3/sealed_body.h"
#include "server/storage/blob_store.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::s3 {

// A durable blob that no row refers to yet; removed again unless release() is called.
class PendingBlob {
  public:
    PendingBlob() = default;
    PendingBlob(Services& services, const storage::BlobId& id) : services_(&services), id_(id) {}
    ~PendingBlob() { discard(); }
    PendingBlob(PendingBlob&& other) noexcept
        : services_(std::exchange(other.services_, nullptr)), id_(other.id_) {}
    PendingBlob& operator=(PendingBlob&& other) noexcept {
        discard();
        services_ = std::exchange(other.services_, nullptr);
        id_ = other.id_;
        return *this;
    }
    // A committed row refers to it now.
    void release() { services_ = nullptr; }

  private:
    void discard();
    Services* services_ = nullptr;
    storage::BlobId id_;
};

// Bytes in storage under a fresh body id.
struct NewBody {
    BodyRef ref;
    std::string inline_bytes;  // for BodyRef::Kind::Inline: goes into the commit
    PendingBlob pending;       // for BodyRef::Kind::Blob
};

struct Ingested {
    NewBody body;
    std::string md5;  // raw
    StoredChecksum checksum;
    std::optional<StoredChecksum> other_checksum;  // the client's, where of another algorithm
};

// Reads, checks and stores the request's whole body, sealed under data_key unless that is null.
// kept: the checksum algorithm to be stored, where that is not the client's choice.
net::Task<Result<Ingested, Error>> ingest_body(
    Services& services, Request& request, const crypto::SecretKey* data_key,
    std::optional<crypto::ChecksumAlgorithm> kept = std::nullopt);
// The same of bytes whose length shows only at their end; the request's headers speak of them.
net::Task<Result<Ingested, Error>> ingest_source(Services& services, Request& request,
                                                 const crypto::SecretKey* data_key,
                                                 PayloadSource& source);

// Collects bytes that come from elsewhere (a copy) into a new body: inline where they are few.
class BodyCollector {
  public:
    // data_key: what the body is sealed under; null: nothing.  It must outlive the collector.
    BodyCollector(Services& services, storage::BlobOrigin origin, const crypto::SecretKey* data_key)
        : services_(services), origin_(std::move(origin)), data_key_(data_key) {}
    ~BodyCollector();
    BodyCollector(const BodyCollector&) = delete;
    BodyCollector& operator=(const BodyCollector&) = delete;
    // Both block where a blob is written: call them on the pool.
    Result<void, storage::StoreError> append(std::string_view bytes);
    Result<NewBody, storage::StoreError> finish();

  private:
    Result<void, storage::StoreError> write(std::string_view bytes);
    Result<void, storage::StoreError> finish_blob();
    Services& services_;
    storage::BlobOrigin origin_;
    const crypto::SecretKey* data_key_;
    std::string small_;
    std::unique_ptr<storage::BlobWriter> writer_;
    std::optional<BodySealer> sealer_;
    std::string sealed_;  // between sealer_ and writer_
    std::uint64_t size_ = 0;
};

// The mutations that make an inline body's row part of a commit.
void append_body_rows(std::vector<storage::Mutation>& mutations, const NewBody& body);

}  // namespace tarn::s3
