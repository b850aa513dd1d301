#include "server/s3/body_stream.h"

#include <algorithm>
#include <cstring>

namespace tarn::s3 {

std::optional<std::string> open_inline(const crypto::SecretKey* data_key, const BodyRef& body,
                                       std::string stored) {
    if (!data_key) return stored;
    return open_body(*data_key, body.id, body.size, stored);
}

net::Task<Result<BodyStream, storage::StoreError>> BodyStream::open(
    Services& services, storage::ReadPins::Pin pin, storage::Partition partition,
    const BodyRef& body, http::ByteRange range, const crypto::SecretKey* data_key) {
    BodyStream stream(services);
    stream.pin_ = std::move(pin);
    if (data_key) stream.data_key_ = *data_key;
    if (range.length == 0) co_return stream;
    if (body.kind == BodyRef::Kind::Inline) {
        auto row = co_await load_row(services, storage::Table::Bodies, partition,
                                     inline_body_key(body.id));
        if (!row) co_return fail(row.error());
        auto plain = open_inline(data_key, body, std::move(row->value));
        if (!plain) co_return fail(storage::StoreError::Corrupt);
        stream.inline_ = std::make_shared<const std::string>(*std::move(plain));
        stream.inline_range_ = range;
        co_return stream;
    }
    if (body.kind != BodyRef::Kind::Empty) {
        const auto added = co_await services.pool.run([&]() -> Result<void, storage::StoreError> {
            if (auto done = stream.add_pieces(partition, body, range); !done) return done;
            return stream.open_blob(stream.pieces_.front());
        });
        if (!added) co_return fail(added.error());
    }
    co_return stream;
}

std::shared_ptr<const std::string> BodyStream::whole() const {
    return pieces_.empty() ? inline_ : nullptr;
}

Result<void, storage::StoreError> BodyStream::add_pieces(storage::Partition partition,
                                                         const BodyRef& body,
                                                         http::ByteRange range) {
    if (body.kind != BodyRef::Kind::Manifest) {
        pieces_.push_back({.body = body, .offset = range.offset, .length = range.length});
        return {};
    }
    TARN_TRY(const storage::Row row,
             services_->metadata.get(storage::Table::Bodies, partition, manifest_key(body.id)));
    const auto manifest = decode_manifest(row.value);
    if (!manifest) return fail(storage::StoreError::Corrupt);
    std::uint64_t start = 0;
    const std::uint64_t end = range.offset + range.length;
    for (const ManifestPart& part : manifest->parts) {
        const std::uint64_t from = std::max(start, range.offset);
        const std::uint64_t to = std::min(start + part.body.size, end);
        start += part.body.size;
        if (from >= to) continue;
        Piece piece{
            .body = part.body, .offset = from - (start - part.body.size), .length = to - from};
        if (part.body.kind == BodyRef::Kind::Inline) {
            TARN_TRY(std::string bytes, load_inline(partition, part.body));
            piece.bytes = std::make_shared<const std::string>(std::move(bytes));
        }
        pieces_.push_back(std::move(piece));
    }
    if (pieces_.empty()) return fail(storage::StoreError::Corrupt);
    return {};
}

Result<std::string, storage::StoreError> BodyStream::load_inline(storage::Partition partition,
                                                                 const BodyRef& body) {
    TARN_TRY(storage::Row row,
             services_->metadata.get(storage::Table::Bodies, partition, inline_body_key(body.id)));
    auto plain = open_inline(data_key_ ? &*data_key_ : nullptr, body, std::move(row.value));
    if (!plain) return fail(storage::StoreError::Corrupt);
    return *std::move(plain);
}

Result<void, storage::StoreError> BodyStream::open_blob(const Piece& piece) {
    if (piece.bytes) return {};
    TARN_TRY(blob_, services_->blobs.open(piece.body.id));
    if (data_key_) sealed_.emplace(*data_key_, piece.body.id, piece.body.size);
    return {};
}

Result<void, storage::StoreError> BodyStream::read_blob(std::uint64_t offset,
                                                        std::span<char> buffer) {
    return sealed_ ? sealed_->read(*blob_, offset, buffer) : blob_->read(offset, buffer);
}

Result<std::size_t, storage::StoreError> BodyStream::read_blocking(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size() && next_ < pieces_.size()) {
        const Piece& piece = pieces_[next_];
        if (!blob_) {
            if (auto opened = open_blob(piece); !opened) return fail(opened.error());
        }
        const std::uint64_t offset = piece.offset + done_in_piece_;
        const auto size = static_cast<std::size_t>(
            std::min<std::uint64_t>(piece.length - done_in_piece_, buffer.size() - filled));
        if (blob_) {
            if (auto read = read_blob(offset, buffer.subspan(filled, size)); !read) {
                return fail(read.error());
            }
        } else {
            if (offset + size > piece.bytes->size()) return fail(storage::StoreError::Corrupt);
            std::memcpy(buffer.data() + filled, piece.bytes->data() + offset, size);
        }
        filled += size;
        done_in_piece_ += size;
        if (done_in_piece_ == piece.length) {
            done_in_piece_ = 0;
            ++next_;
            blob_.reset();
            sealed_.reset();
        }
    }
    return filled;
}

net::Task<Result<std::size_t, storage::StoreError>> BodyStream::read(std::span<char> buffer) {
    if (pieces_.empty() && inline_) {
        const std::size_t size =
            std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(inline_range_.length));
        if (inline_range_.offset + size > inline_->size()) {
            co_return fail(storage::StoreError::Corrupt);
        }
        std::memcpy(buffer.data(), inline_->data() + inline_range_.offset, size);
        inline_range_.offset += size;
        inline_range_.length -= size;
        co_return size;
    }
    co_return co_await services_->pool.run([&] { return read_blocking(buffer); });
}

}  // namespace tarn::s3
