#include "server/s3/part_list.h"

#include "common/base/text.h"
#include "common/xml/document.h"
#include "server/s3/get_object.h"

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

std::string_view unquote(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
        return etag.substr(1, etag.size() - 2);
    }
    return etag;
}

Result<NamedPart, Error> read_part(xml::ElementView element) {
    const auto number = element.find_child("PartNumber");
    const auto etag = element.find_child("ETag");
    if (!number || !etag) return fail(s3_error(ErrorCode::MalformedXML));
    const auto value = parse_uint(trim(number.text()));
    if (!value) return fail(s3_error(ErrorCode::MalformedXML));
    if (*value < 1 || *value > kMaxPartNumber) {
        return fail(
            invalid_argument("PartNumber must be >= 1 and <= 10000", "PartNumber", number.text()));
    }
    NamedPart part{.number = static_cast<std::uint32_t>(*value),
                   .etag = std::string(unquote(etag.text()))};
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const auto checksum = element.find_child(crypto::checksum_xml_element(algorithm));
        if (checksum) part.checksums[algorithm] = checksum.text();
    }
    return part;
}

}  // namespace

Result<std::vector<NamedPart>, Error> read_part_list(std::string_view document) {
    const auto parsed = xml::Document::parse(document, kMaxPartListBytes);
    if (!parsed || parsed->root().name() != "CompleteMultipartUpload") {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    std::vector<NamedPart> parts;
    for (auto element = parsed->root().find_child("Part"); element;
         element = element.find_next("Part")) {
        TARN_TRY(NamedPart part, read_part(element));
        parts.push_back(std::move(part));
    }
    if (parts.empty()) {
        return fail(s3_error(ErrorCode::InvalidRequest, "You must specify at least one part"));
    }
    if (parts.size() > kMaxPartNumber) return fail(s3_error(ErrorCode::MalformedXML));
    return parts;
}

}  // namespace tarn::s3
