// The bytes of an encrypted body as they are stored: blocks of 64 KiB, each sealed on its own, so
// that a range costs only the blocks that it touches and every one of them is verified.
//
// A block holds kPlainBlockBytes bytes and a tag, and only the last one fewer.  It is as long as a
// block of a blob, so that both begin at the same places.  Each body has a key of its own, made of
// the object's data key and the body's id; a block's nonce is its number and whether it is the last
// (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so blocks that were
// cut off, exchanged or taken from another body do not open.

#pragma once

#include "common/crypto/aes_gcm.h"
#include "server/storage/blob_store.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::size_t kSealedBlockBytes = storage::kBlockBytes;
inline constexpr std::size_t kPlainBlockBytes = kSealedBlockBytes - crypto::kGcmTagBytes;

// How long a body of so many bytes is once it is sealed.
std::uint64_t sealed_size(std::uint64_t plain_size);

// Seals one body, front to back.  Not thread-safe.
class BodySealer {
  public:
    BodySealer(const crypto::SecretKey& data_key, const storage::BlobId& body);
    // Appends to out what can be sealed already.
    void append(std::string_view plain, std::string& out);
    // The rest.  A body without a byte has no blocks.
    void finish(std::string& out);

  private:
    void seal_block(std::string_view plain, bool is_last, std::string& out);
    crypto::AesGcm cipher_;
    std::string held_;
    std::uint32_t next_ = 0;
};
// A whole body at once.
std::string seal_body(const crypto::SecretKey& data_key, const storage::BlobId& body,
                      std::string_view plain);

// Opens the blocks of one body of plain_size bytes.  Not thread-safe.
class BodyOpener {
  public:
    BodyOpener(const crypto::SecretKey& data_key, const storage::BlobId& body,
               std::uint64_t plain_size);
    // How many bytes the block holds.
    std::size_t plain_block_size(std::uint64_t block) const;
    // sealed and plain are as long as the block.  False: these are not the bytes that were sealed.
    bool open_block(std::uint64_t block, std::string_view sealed, std::span<char> plain);

  private:
    crypto::AesGcm cipher_;
    std::uint64_t plain_size_;
};
// Reads a sealed blob, wherever and as often as one likes; best front to back.  Not thread-safe.
class SealedReader {
  public:
    SealedReader(const crypto::SecretKey& data_key, const storage::BlobId& body,
                 std::uint64_t plain_size);
    // Fills buffer from offset, both of the plain bytes.  Errors: those of the reader; Corrupt
    // where a block does not open.  Blocks.
    Result<void, storage::StoreError> read(const storage::BlobReader& blob, std::uint64_t offset,
                                           std::span<char> buffer);

  private:
    Result<void, storage::StoreError> hold_block(const storage::BlobReader& blob,
                                                 std::uint64_t block);
    BodyOpener opener_;
    std::string sealed_;
    std::string plain_;                  // of the block held_
    std::optional<std::uint64_t> held_;  // the block opened last
};
// A whole body at once; nothing where its bytes are not what was sealed.
std::optional<std::string> open_body(const crypto::SecretKey& data_key, const storage::BlobId& body,
                                     std::uint64_t plain_size, std::string_view sealed);

}  // namespace tarn::s3
