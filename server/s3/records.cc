#include "server/s3/records.h"

#include "server/s3/record_codec.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::uint64_t kFormatVersion = 1;

void put(RecordWriter& out, WallTime time) {
    out.integer(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}
WallTime get_time(RecordReader& in) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(in.integer())));
}

void put(RecordWriter& out, const HeaderList& list) {
    out.integer(list.size());
    for (const auto& [name, value] : list) {
        out.text(name);
        out.text(value);
    }
}
HeaderList get_headers(RecordReader& in) {
    HeaderList list;
    const std::uint64_t count = in.integer();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::string_view name = in.text();
        const std::string_view value = in.text();
        list.emplace_back(name, value);
    }
    return list;
}

void put(RecordWriter& out, const BodyRef& body) {
    out.integer(static_cast<std::uint64_t>(body.kind));
    out.integer(body.size);
    if (body.kind == BodyRef::Kind::Empty) return;
    out.raw({reinterpret_cast<const char*>(body.id.bytes.data()), body.id.bytes.size()});
}
BodyRef get_body(RecordReader& in) {
    BodyRef body;
    body.kind = static_cast<BodyRef::Kind>(in.integer());
    body.size = in.integer();
    if (body.kind == BodyRef::Kind::Empty) return body;
    const std::string_view id = in.raw(body.id.bytes.size());
    std::copy(id.begin(), id.end(), body.id.bytes.begin());
    return body;
}

void put(RecordWriter& out, const std::optional<StoredChecksum>& checksum) {
    out.integer(checksum ? 1 : 0);
    if (!checksum) return;
    out.integer(static_cast<std::uint64_t>(checksum->algorithm));
    out.integer(static_cast<std::uint64_t>(checksum->type));
    out.text(checksum->value);
}
std::optional<StoredChecksum> get_checksum(RecordReader& in) {
    if (in.integer() == 0) return std::nullopt;
    StoredChecksum checksum;
    checksum.algorithm = static_cast<crypto::ChecksumAlgorithm>(in.integer());
    checksum.type = static_cast<ChecksumType>(in.integer());
    checksum.value = in.text();
    return checksum;
}

void put(RecordWriter& out, const ObjectAttributes& attributes) {
    out.text(attributes.content_type);
    put(out, attributes.system_headers);
    put(out, attributes.user_metadata);
    out.text(attributes.storage_class);
}
ObjectAttributes get_attributes(RecordReader& in) {
    ObjectAttributes attributes;
    attributes.content_type = in.text();
    attributes.system_headers = get_headers(in);
    attributes.user_metadata = get_headers(in);
    attributes.storage_class = in.text();
    return attributes;
}

// Reads a record by fill; nothing if it is of another version or not all there.
template <class Record, class Fill>
std::optional<Record> decode_with(std::string_view bytes, Fill fill) {
    RecordReader in(bytes);
    if (in.integer() != kFormatVersion) return std::nullopt;
    Record record;
    fill(in, record);
    if (!in.ok()) return std::nullopt;
    return record;
}

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

}  // namespace

std::string_view to_text(ChecksumType type) {
    return type == ChecksumType::FullObject ? "FULL_OBJECT" : "COMPOSITE";
}

std::string encode(const BucketRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    out.integer(record.id);
    out.text(record.owner_account_id);
    out.text(record.region);
    put(out, record.created);
    out.text(record.policy);
    return out.take();
}

std::optional<BucketRecord> decode_bucket(std::string_view bytes) {
    return decode_with<BucketRecord>(bytes, [](RecordReader& in, BucketRecord& record) {
        record.id = in.integer();
        record.owner_account_id = in.text();
        record.region = in.text();
        record.created = get_time(in);
        record.policy = in.text();
    });
}

std::string encode(const ObjectRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    put(out, record.body);
    put(out, record.last_modified);
    out.text(record.etag);
    put(out, record.checksum);
    out.integer(record.part_count);
    out.text(record.upload_id);
    put(out, record.attributes);
    out.text(record.owner_account_id);
    return out.take();
}

std::optional<ObjectRecord> decode_object(std::string_view bytes) {
    return decode_with<ObjectRecord>(bytes, [](RecordReader& in, ObjectRecord& record) {
        record.body = get_body(in);
        record.last_modified = get_time(in);
        record.etag = in.text();
        record.checksum = get_checksum(in);
        record.part_count = static_cast<std::uint32_t>(in.integer());
        record.upload_id = in.text();
        record.attributes = get_attributes(in);
        record.owner_account_id = in.text();
    });
}

std::string encode(const Manifest& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    out.integer(record.parts.size());
    for (const ManifestPart& part : record.parts) {
        out.integer(part.number);
        put(out, part.body);
        out.text(part.checksum);
    }
    return out.take();
}

std::optional<Manifest> decode_manifest(std::string_view bytes) {
    return decode_with<Manifest>(bytes, [](RecordReader& in, Manifest& record) {
        const std::uint64_t count = in.integer();
        for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
            ManifestPart& part = record.parts.emplace_back();
            part.number = static_cast<std::uint32_t>(in.integer());
            part.body = get_body(in);
            part.checksum = in.text();
        }
    });
}

std::string encode(const UploadRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    put(out, record.initiated);
    put(out, record.attributes);
    out.integer(record.algorithm ? static_cast<std::uint64_t>(*record.algorithm) + 1 : 0);
    out.integer(static_cast<std::uint64_t>(record.type));
    out.text(record.owner_account_id);
    out.text(record.initiator_account_id);
    return out.take();
}

std::optional<UploadRecord> decode_upload(std::string_view bytes) {
    return decode_with<UploadRecord>(bytes, [](RecordReader& in, UploadRecord& record) {
        record.initiated = get_time(in);
        record.attributes = get_attributes(in);
        const std::uint64_t algorithm = in.integer();
        if (algorithm > 0) record.algorithm = static_cast<crypto::ChecksumAlgorithm>(algorithm - 1);
        record.type = static_cast<ChecksumType>(in.integer());
        record.owner_account_id = in.text();
        // Records of before there was an initiator end here.
        record.initiator_account_id = in.at_end() ? record.owner_account_id : in.text();
    });
}

std::string encode(const PartRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    put(out, record.body);
    put(out, record.last_modified);
    out.text(record.etag);
    put(out, record.checksum);
    return out.take();
}

std::optional<PartRecord> decode_part(std::string_view bytes) {
    return decode_with<PartRecord>(bytes, [](RecordReader& in, PartRecord& record) {
        record.body = get_body(in);
        record.last_modified = get_time(in);
        record.etag = in.text();
        record.checksum = get_checksum(in);
    });
}

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
    std::string key = "u";
    append_escaped(key, object_key);
    return key;
}

std::optional<UploadName> parse_upload_key(std::string_view row_key) {
    if (!row_key.starts_with('u')) return std::nullopt;
    UploadName name;
    for (std::size_t i = 1; i < row_key.size(); ++i) {
        if (row_key[i] != '\0') {
            name.object_key.push_back(row_key[i]);
        } else if (i + 1 < row_key.size() && row_key[i + 1] == '\xff') {
            name.object_key.push_back('\0');
            ++i;
        } else {
            if (i + kTerminator.size() > row_key.size()) return std::nullopt;
            name.upload_id = row_key.substr(i + kTerminator.size());
            return name;
        }
    }
    return std::nullopt;
}

std::string part_prefix(std::string_view upload_id) {
    return std::string("p").append(upload_id);
}

std::string part_key(std::string_view upload_id, std::uint32_t number) {
    std::string key = part_prefix(upload_id);
    for (int shift = 24; shift >= 0; shift -= 8)
        key.push_back(static_cast<char>(number >> shift & 0xff));
    return key;
}

std::uint32_t part_number_of(std::string_view row_key) {
    std::uint32_t number = 0;
    for (const char c : row_key.substr(row_key.size() - 4))
        number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

}  // namespace tarn::s3
