#include "server/s3/sealed_body.h"

#include "server/storage/memory_blob_store.h"

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

const crypto::SecretKey kKey = *crypto::SecretKey::of(std::string(32, 'k'));
constexpr storage::BlobId kBody{{1, 2, 3}};

// Bytes that differ from block to block.
std::string plain_of(std::size_t size) {
    std::string plain(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        plain[i] = static_cast<char>(i * 2654435761u >> 24);
    return plain;
}

constexpr std::size_t kSizes[] = {1,
                                  15,
                                  4096,
                                  kPlainBlockBytes - 1,
                                  kPlainBlockBytes,
                                  kPlainBlockBytes + 1,
                                  2 * kPlainBlockBytes,
                                  3 * kPlainBlockBytes + 7};

TEST(SealedBody, OpensToWhatWasSealedAtEverySize) {
    for (const std::size_t size : kSizes) {
        const std::string plain = plain_of(size);
        const std::string sealed = seal_body(kKey, kBody, plain);
        EXPECT_EQ(sealed.size(), sealed_size(size));
        EXPECT_EQ(open_body(kKey, kBody, size, sealed), plain) << size;
    }
    EXPECT_EQ(seal_body(kKey, kBody, ""), "");
    EXPECT_EQ(open_body(kKey, kBody, 0, ""), "");
}

TEST(SealedBody, ThePiecesInWhichItComesDoNotMatter) {
    const std::string plain = plain_of(3 * kPlainBlockBytes);
    const std::string whole = seal_body(kKey, kBody, plain);
    for (const std::size_t piece : {1000uz, 65'000uz, kPlainBlockBytes, 131'072uz}) {
        BodySealer sealer(kKey, kBody);
        std::string out;
        for (std::size_t at = 0; at < plain.size(); at += piece)
            sealer.append(std::string_view(plain).substr(at, piece), out);
        sealer.finish(out);
        EXPECT_EQ(out, whole) << piece;
    }
}

TEST(SealedBody, BlocksCutOffExchangedOrOfAnotherBodyDoNotOpen) {
    const std::size_t size = 3 * kPlainBlockBytes;
    const std::string sealed = seal_body(kKey, kBody, plain_of(size));
    const std::string first = sealed.substr(0, kSealedBlockBytes);
    const std::string second = sealed.substr(kSealedBlockBytes, kSealedBlockBytes);
    const std::string third = sealed.substr(2 * kSealedBlockBytes);
    EXPECT_TRUE(open_body(kKey, kBody, size, first + second + third));
    EXPECT_FALSE(open_body(kKey, kBody, size, second + first + third));
    EXPECT_FALSE(open_body(kKey, kBody, 2 * kPlainBlockBytes, first + second));
    EXPECT_FALSE(open_body(kKey, kBody, kPlainBlockBytes, third));
    EXPECT_FALSE(open_body(kKey, {{9}}, size, sealed));
    EXPECT_FALSE(open_body(*crypto::SecretKey::of(std::string(32, 'l')), kBody, size, sealed));
    EXPECT_FALSE(open_body(kKey, kBody, size, sealed.substr(1)));
}

TEST(SealedBody, ABlobIsReadFromAnywhere) {
    SeededRandom random(1);
    ManualClock clock;
    storage::MemoryBlobStore blobs(random, clock);
    const std::size_t size = 3 * kPlainBlockBytes + 100;
    const std::string plain = plain_of(size);
    auto writer = *blobs.create({});
    ASSERT_TRUE(writer->append(seal_body(kKey, writer->id(), plain)));
    ASSERT_TRUE(writer->finish());
    const auto blob = *blobs.open(writer->id());
    SealedReader reader(kKey, writer->id(), size);
    const std::pair<std::size_t, std::size_t> ranges[] = {
        {0, size},
        {0, 1},
        {size - 1, 1},
        {kPlainBlockBytes - 1, 2},
        {kPlainBlockBytes, kPlainBlockBytes},
        {100, 2 * kPlainBlockBytes},
        {5, 0},
    };
    for (const auto& [offset, length] : ranges) {
        std::string got(length, '\0');
        ASSERT_TRUE(reader.read(*blob, offset, got));
        EXPECT_EQ(got, plain.substr(offset, length)) << offset;
    }
    std::string beyond(2, '\0');
    EXPECT_EQ(reader.read(*blob, size - 1, beyond).error(), storage::StoreError::Corrupt);
    SealedReader wrong(*crypto::SecretKey::of(std::string(32, 'l')), writer->id(), size);
    EXPECT_EQ(wrong.read(*blob, 0, beyond).error(), storage::StoreError::Corrupt);
}

}  // namespace
}  // namespace tarn::s3
