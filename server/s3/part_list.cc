#include "server/s3/part_list.h"

#include "common/base/text.h"
#include "server/s3/document_schema.h"
#include "server/s3/get_object.h"

#include <array>
#include <iterator>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

std::string_view unquote(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
        return etag.substr(1, etag.size() - 2);
    }
    return etag;
}

constexpr std::size_t kChecksumCount = std::size(crypto::kChecksumAlgorithms);

std::array<ElementRow, 2 + kChecksumCount> part_rows() {
    std::array<ElementRow, 2 + kChecksumCount> rows = {{
        {.name = "PartNumber", .count = Count::One},
        {.name = "ETag", .count = Count::One},
    }};
    for (std::size_t i = 0; i < kChecksumCount; ++i)
        rows[2 + i].name = crypto::checksum_xml_element(crypto::kChecksumAlgorithms[i]);
    return rows;
}
const auto kPartRows = part_rows();
const Shape kPart{kPartRows};
constexpr ElementRow kListRows[] = {
    {.name = "Part", .count = Count::Any, .kind = ElementKind::Group, .shape = &kPart}};
constexpr Shape kList{kListRows};

Result<NamedPart, Error> read_part(const xml::Node& node) {
    const std::string_view number = node.text_of("PartNumber");
    const auto value = parse_uint(trim(number));
    if (!value) return fail(s3_error(ErrorCode::MalformedXML));
    if (*value < 1 || *value > kMaxPartNumber) {
        return fail(invalid_argument("PartNumber must be >= 1 and <= 10000", "PartNumber", number));
    }
    NamedPart part{.number = static_cast<std::uint32_t>(*value),
                   .etag = std::string(unquote(node.text_of("ETag")))};
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const auto* const checksum = node.find(crypto::checksum_xml_element(algorithm));
        if (checksum) part.checksums[algorithm] = checksum->text;
    }
    return part;
}

}  // namespace

Result<std::vector<NamedPart>, Error> read_part_list(std::string_view document) {
    TARN_TRY(const xml::Node list, parse_shaped(document, "CompleteMultipartUpload", kList,
                                                {.max_bytes = kMaxPartListBytes}));
    std::vector<NamedPart> parts;
    for (const xml::Node& node : list.children) {
        TARN_TRY(NamedPart part, read_part(node));
        parts.push_back(std::move(part));
    }
    if (parts.empty()) {
        return fail(s3_error(ErrorCode::InvalidRequest, "You must specify at least one part"));
    }
    if (parts.size() > kMaxPartNumber) return fail(s3_error(ErrorCode::MalformedXML));
    return parts;
}

}  // namespace tarn::s3
