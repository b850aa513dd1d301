#include "server/s3/row_keys.h"

#include "common/base/big_endian.h"

namespace tarn::s3 {
namespace {

std::string_view id_bytes(const BodyId& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// Escapes so that order is kept and the terminator cannot occur inside: 0x00 -> 0x00 0xFF.
void append_escaped(std::string& out, std::string_view key) {
    for (const char c : key) {
        out.push_back(c);
        if (c == '\0') out.push_back('\xff');
    }
}

constexpr std::string_view kTerminator{"\0\x01", 2};

// Undoes append_escaped() and takes the terminator away, too; nothing where there is none.
std::optional<std::string> take_escaped(std::string_view& rest) {
    std::string key;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] != '\0') {
            key.push_back(rest[i]);
        } else if (i + 1 < rest.size() && rest[i + 1] == '\xff') {
            key.push_back('\0');
            ++i;
        } else {
            if (i + kTerminator.size() > rest.size()) return std::nullopt;
            rest.remove_prefix(i + kTerminator.size());
            return key;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string bucket_key(std::string_view name) {
    return std::string(kBucketPrefix).append(name);
}

std::string inline_body_key(const BodyId& id) {
    return std::string("i").append(id_bytes(id));
}

std::string manifest_key(const BodyId& id) {
    return std::string("m").append(id_bytes(id));
}

std::string trash_key(const BodyId& id) {
    return std::string(id_bytes(id));
}

std::string upload_key(std::string_view object_key, std::string_view upload_id) {
    std::string key = upload_key_from(object_key);
    key.append(kTerminator);
    key.append(upload_id);
    return key;
}

std::string upload_key_from(std::string_view object_key) {
    std::string key(kUploadPrefix);
    append_escaped(key, object_key);
    return key;
}

std::optional<UploadName> parse_upload_key(std::string_view row_key) {
    if (!row_key.starts_with(kUploadPrefix)) return std::nullopt;
    row_key.remove_prefix(kUploadPrefix.size());
    auto object_key = take_escaped(row_key);
    if (!object_key) return std::nullopt;
    return UploadName{.object_key = *std::move(object_key), .upload_id = std::string(row_key)};
}

std::string deletion_key(std::string_view object_key) {
    return std::string("d").append(object_key);
}

std::string part_prefix(std::string_view upload_id) {
    return std::string("p").append(upload_id);
}

std::string part_key(std::string_view upload_id, std::uint32_t number) {
    std::string key = part_prefix(upload_id);
    append_big_endian(key, number);
    return key;
}

std::uint32_t part_number_of(std::string_view row_key) {
    return read_big_endian<std::uint32_t>(row_key.substr(row_key.size() - sizeof(std::uint32_t)));
}

std::string versions_prefix(std::string_view object_key) {
    std::string key;
    append_escaped(key, object_key);
    return key.append(kTerminator);
}

std::string version_key(std::string_view object_key, storage::Revision sequence) {
    std::string key = versions_prefix(object_key);
    append_big_endian(key, ~sequence);
    return key;
}

std::optional<VersionName> parse_version_key(std::string_view row_key) {
    auto object_key = take_escaped(row_key);
    if (!object_key || row_key.size() != sizeof(storage::Revision)) return std::nullopt;
    return VersionName{.object_key = *std::move(object_key),
                       .sequence = ~read_big_endian<storage::Revision>(row_key)};
}

}  // namespace tarn::s3
