#include "server/s3/sealed_body.h"

#include "common/crypto/digest.h"

#include <algorithm>
#include <cstddef>

namespace tarn::s3 {
namespace {

std::uint64_t block_count(std::uint64_t plain_size) {
    return (plain_size + kPlainBlockBytes - 1) / kPlainBlockBytes;
}

crypto::SecretKey body_key(const crypto::SecretKey& data_key, const storage::BlobId& body) {
    const std::string name = std::string("body").append(raw_bytes(body));
    return crypto::SecretKey(crypto::HmacSha256Key(data_key.view()).sign(name));
}

crypto::GcmNonce block_nonce(std::uint32_t block, bool is_last) {
    crypto::GcmNonce nonce{};
    for (std::size_t i = 0; i < 4; ++i)
        nonce[7 + i] = static_cast<std::uint8_t>(block >> (24 - 8 * i));
    nonce[11] = is_last ? 1 : 0;
    return nonce;
}

}  // namespace

std::uint64_t sealed_size(std::uint64_t plain_size) {
    return plain_size + block_count(plain_size) * crypto::kGcmTagBytes;
}

BodySealer::BodySealer(const crypto::SecretKey& data_key, const storage::BlobId& body)
    : cipher_(body_key(data_key, body)) {}

void BodySealer::append(std::string_view plain, std::string& out) {
    // A full block is held back until it is known not to be the last.
    while (held_.size() + plain.size() > kPlainBlockBytes) {
        const std::size_t missing = kPlainBlockBytes - held_.size();
        if (held_.empty()) {
            seal_block(plain.substr(0, missing), false, out);
        } else {
            held_.append(plain.substr(0, missing));
            seal_block(held_, false, out);
            held_.clear();
        }
        plain.remove_prefix(missing);
    }
    held_.append(plain);
}

void BodySealer::finish(std::string& out) {
    if (!held_.empty()) seal_block(held_, true, out);
    held_.clear();
}

void BodySealer::seal_block(std::string_view plain, bool is_last, std::string& out) {
    const std::size_t start = out.size();
    out.resize(start + plain.size() + crypto::kGcmTagBytes);
    cipher_.seal(block_nonce(next_++, is_last), {}, plain, std::span(out).subspan(start));
}

std::string seal_body(const crypto::SecretKey& data_key, const storage::BlobId& body,
                      std::string_view plain) {
    std::string out;
    out.reserve(sealed_size(plain.size()));
    BodySealer sealer(data_key, body);
    sealer.append(plain, out);
    sealer.finish(out);
    return out;
}

BodyOpener::BodyOpener(const crypto::SecretKey& data_key, const storage::BlobId& body,
                       std::uint64_t plain_size)
    : cipher_(body_key(data_key, body)), plain_size_(plain_size) {}

std::size_t BodyOpener::plain_block_size(std::uint64_t block) const {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(kPlainBlockBytes, plain_size_ - block * kPlainBlockBytes));
}

bool BodyOpener::open_block(std::uint64_t block, std::string_view sealed, std::span<char> plain) {
    const bool is_last = block + 1 == block_count(plain_size_);
    return cipher_.open(block_nonce(static_cast<std::uint32_t>(block), is_last), {}, sealed, plain);
}

SealedReader::SealedReader(const crypto::SecretKey& data_key, const storage::BlobId& body,
                           std::uint64_t plain_size)
    : opener_(data_key, body, plain_size) {}

Result<void, storage::StoreError> SealedReader::hold_block(const storage::BlobReader& blob,
                                                           std::uint64_t block) {
    if (held_ == block) return {};
    held_.reset();
    plain_.resize(opener_.plain_block_size(block));
    sealed_.resize(plain_.size() + crypto::kGcmTagBytes);
    const std::uint64_t start = block * kSealedBlockBytes;
    if (start + sealed_.size() > blob.size()) return fail(storage::StoreError::Corrupt);
    if (auto read = blob.read(start, sealed_); !read) return read;
    if (!opener_.open_block(block, sealed_, plain_)) return fail(storage::StoreError::Corrupt);
    held_ = block;
    return {};
}

Result<void, storage::StoreError> SealedReader::read(const storage::BlobReader& blob,
                                                     std::uint64_t offset, std::span<char> buffer) {
    while (!buffer.empty()) {
        const std::uint64_t block = offset / kPlainBlockBytes;
        if (auto held = hold_block(blob, block); !held) return held;
        const auto from = static_cast<std::size_t>(offset % kPlainBlockBytes);
        if (from >= plain_.size()) return fail(storage::StoreError::Corrupt);
        const std::size_t size = std::min(plain_.size() - from, buffer.size());
        std::copy_n(plain_.begin() + static_cast<std::ptrdiff_t>(from), size, buffer.begin());
        buffer = buffer.subspan(size);
        offset += size;
    }
    return {};
}

std::optional<std::string> open_body(const crypto::SecretKey& data_key, const storage::BlobId& body,
                                     std::uint64_t plain_size, std::string_view sealed) {
    if (sealed.size() != sealed_size(plain_size)) return std::nullopt;
    std::string plain(plain_size, '\0');
    BodyOpener opener(data_key, body, plain_size);
    for (std::uint64_t block = 0; block < block_count(plain_size); ++block) {
        const std::size_t size = opener.plain_block_size(block);
        if (!opener.open_block(
                block, sealed.substr(block * kSealedBlockBytes, size + crypto::kGcmTagBytes),
                std::span(plain).subspan(block * kPlainBlockBytes, size))) {
            return std::nullopt;
        }
    }
    return plain;
}

}  // namespace tarn::s3
