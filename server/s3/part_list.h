// The document of CompleteMultipartUpload: the parts that the object is made of.

#pragma once

#include "common/crypto/checksum.h"
#include "server/s3/error.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// 10,000 parts with a SHA-512 each are 2.3 million bytes.
inline constexpr std::size_t kMaxPartListBytes = 4u << 20;

struct NamedPart {
    std::uint32_t number = 0;
    std::string etag;                                            // without quotes
    std::map<crypto::ChecksumAlgorithm, std::string> checksums;  // base64, as sent
};

// The parts in the order of the document, numbered from 1 to kMaxPartNumber.  Errors: MalformedXML,
// also for more than kMaxPartNumber parts; InvalidArgument for a number out of bounds;
// InvalidRequest for no parts.
Result<std::vector<NamedPart>, Error> read_part_list(std::string_view document);

}  // namespace tarn::s3
