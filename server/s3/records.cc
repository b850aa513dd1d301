#include "server/s3/records.h"

#include "server/s3/acl_codec.h"
#include "server/s3/record_codec.h"

#include <algorithm>
#include <iterator>

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

bool has_id(BodyRef::Kind kind) {
    return kind != BodyRef::Kind::Empty && kind != BodyRef::Kind::DeleteMarker;
}

void put(RecordWriter& out, const BodyRef& body) {
    out.integer(static_cast<std::uint64_t>(body.kind));
    out.integer(body.size);
    if (!has_id(body.kind)) return;
    out.raw({reinterpret_cast<const char*>(body.id.bytes.data()), body.id.bytes.size()});
}
BodyRef get_body(RecordReader& in) {
    BodyRef body;
    body.kind = static_cast<BodyRef::Kind>(in.integer());
    body.size = in.integer();
    if (!has_id(body.kind)) return body;
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
crypto::ChecksumAlgorithm to_algorithm(RecordReader& in, std::uint64_t number) {
    if (number >= std::size(crypto::kChecksumAlgorithms)) {
        in.fail();
        return crypto::ChecksumAlgorithm::CRC64NVME;
    }
    return static_cast<crypto::ChecksumAlgorithm>(number);
}
std::optional<StoredChecksum> get_checksum(RecordReader& in) {
    if (in.integer() == 0) return std::nullopt;
    StoredChecksum checksum;
    checksum.algorithm = to_algorithm(in, in.integer());
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

// 0: absent; else the value and one.
void put(RecordWriter& out, const ObjectLock& lock) {
    out.integer(lock.retention ? static_cast<std::uint64_t>(lock.retention->mode) + 1 : 0);
    if (lock.retention) put(out, lock.retention->until);
    out.integer(lock.legal_hold ? *lock.legal_hold + 1u : 0u);
}
ObjectLock get_lock(RecordReader& in) {
    ObjectLock lock;
    if (const std::uint64_t mode = in.integer(); mode > 0) {
        lock.retention = Retention{.mode = static_cast<LockMode>(mode - 1), .until = get_time(in)};
    }
    if (const std::uint64_t hold = in.integer(); hold > 0) lock.legal_hold = hold == 2;
    return lock;
}

void put(RecordWriter& out, const ObjectEncryption& encryption) {
    out.integer(static_cast<std::uint64_t>(encryption.kind));
    out.text(encryption.key_id);
    out.text(encryption.wrapped_key);
}
ObjectEncryption get_encryption(RecordReader& in) {
    ObjectEncryption encryption;
    encryption.kind = static_cast<EncryptionKind>(in.integer());
    encryption.key_id = in.text();
    encryption.wrapped_key = in.text();
    return encryption;
}

// ---- sections: members that most records lack, each under its number, after all others ----

enum class Section : std::uint8_t {
    Version = 1,
    Tags = 2,
    Versioning = 3,
    Configurations = 4,
    Acl = 5,
    Lock = 6,
    Checksums = 7,
    WebsiteRedirect = 8,
    Encryption = 9
};

void put_section(RecordWriter& out, Section section, RecordWriter content) {
    out.integer(static_cast<std::uint64_t>(section));
    out.text(content.take());
}

// Calls read(section, content) for each section up to the end.  One that this version does not know
// was written by a later one: the record cannot be read.
template <class Read>
void get_sections(RecordReader& in, Read read) {
    while (in.ok() && !in.at_end()) {
        const auto section = static_cast<Section>(in.integer());
        RecordReader content(in.text());
        if (!read(section, content) || !content.ok()) in.fail();
    }
}

void put_attribute_sections(RecordWriter& out, const ObjectAttributes& attributes) {
    if (!attributes.tags.empty()) {
        RecordWriter content;
        put(content, attributes.tags);
        put_section(out, Section::Tags, std::move(content));
    }
    if (attributes.acl) {
        RecordWriter content;
        content.text(encode_acl(*attributes.acl));
        put_section(out, Section::Acl, std::move(content));
    }
    if (attributes.lock != ObjectLock{}) {
        RecordWriter content;
        put(content, attributes.lock);
        put_section(out, Section::Lock, std::move(content));
    }
    if (!attributes.website_redirect.empty()) {
        RecordWriter content;
        content.text(attributes.website_redirect);
        put_section(out, Section::WebsiteRedirect, std::move(content));
    }
    if (attributes.encryption) {
        RecordWriter content;
        put(content, *attributes.encryption);
        put_section(out, Section::Encryption, std::move(content));
    }
}
// False: not a section of the attributes.
bool get_attribute_section(Section section, RecordReader& in, ObjectAttributes& attributes) {
    switch (section) {
        case Section::Tags:
            attributes.tags = get_headers(in);
            return true;
        case Section::Acl:
            attributes.acl = decode_acl(in.text());
            return attributes.acl.has_value();
        case Section::Lock:
            attributes.lock = get_lock(in);
            return true;
        case Section::WebsiteRedirect:
            attributes.website_redirect = in.text();
            return true;
        case Section::Encryption:
            attributes.encryption = get_encryption(in);
            return true;
        default:
            return false;
    }
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

}  // namespace

std::string_view to_text(ChecksumType type) {
    return type == ChecksumType::FullObject ? "FULL_OBJECT" : "COMPOSITE";
}

std::string_view stored_document(const BucketRecord& record, std::string_view name) {
    const auto found = record.configurations.find(name);
    return found == record.configurations.end() ? std::string_view{}
                                                : std::string_view(found->second);
}

std::string encode(const BucketRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    out.integer(record.id);
    out.text(record.owner_account_id);
    out.text(record.region);
    put(out, record.created);
    out.text(record.policy);
    if (record.versioning != Versioning::Unset) {
        RecordWriter content;
        content.integer(static_cast<std::uint64_t>(record.versioning));
        put_section(out, Section::Versioning, std::move(content));
    }
    if (!record.configurations.empty()) {
        RecordWriter content;
        put(content, {record.configurations.begin(), record.configurations.end()});
        put_section(out, Section::Configurations, std::move(content));
    }
    return out.take();
}

std::optional<BucketRecord> decode_bucket(std::string_view bytes) {
    return decode_with<BucketRecord>(bytes, [](RecordReader& in, BucketRecord& record) {
        record.id = in.integer();
        record.owner_account_id = in.text();
        record.region = in.text();
        record.created = get_time(in);
        record.policy = in.text();
        get_sections(in, [&record](Section section, RecordReader& content) {
            if (section == Section::Versioning) {
                record.versioning = static_cast<Versioning>(content.integer());
                return true;
            }
            if (section != Section::Configurations) return false;
            for (auto& entry : get_headers(content))
                record.configurations.insert(std::move(entry));
            return true;
        });
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
    put_attribute_sections(out, record.attributes);
    if (record.has_version_id || record.sequence != 0 || record.null_sequence != 0) {
        RecordWriter content;
        content.integer(record.has_version_id ? 1 : 0);
        content.integer(record.sequence);
        content.integer(record.null_sequence);
        put_section(out, Section::Version, std::move(content));
    }
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
        get_sections(in, [&record](Section section, RecordReader& content) {
            if (section != Section::Version) {
                return get_attribute_section(section, content, record.attributes);
            }
            record.has_version_id = content.integer() != 0;
            record.sequence = content.integer();
            record.null_sequence = content.integer();
            return true;
        });
    });
}

bool is_delete_marker(std::string_view object_record) {
    RecordReader in(object_record);
    in.integer();  // the format version
    return in.integer() == static_cast<std::uint64_t>(BodyRef::Kind::DeleteMarker);
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
    put_attribute_sections(out, record.attributes);
    return out.take();
}

std::optional<UploadRecord> decode_upload(std::string_view bytes) {
    return decode_with<UploadRecord>(bytes, [](RecordReader& in, UploadRecord& record) {
        record.initiated = get_time(in);
        record.attributes = get_attributes(in);
        const std::uint64_t algorithm = in.integer();
        if (algorithm > 0) record.algorithm = to_algorithm(in, algorithm - 1);
        record.type = static_cast<ChecksumType>(in.integer());
        record.owner_account_id = in.text();
        // Records of before there was an initiator end here.
        record.initiator_account_id = in.at_end() ? record.owner_account_id : in.text();
        get_sections(in, [&record](Section section, RecordReader& content) {
            return get_attribute_section(section, content, record.attributes);
        });
    });
}

std::string encode(const PartRecord& record) {
    RecordWriter out;
    out.integer(kFormatVersion);
    put(out, record.body);
    put(out, record.last_modified);
    out.text(record.etag);
    put(out, record.checksum);
    if (record.other_checksum) {
        RecordWriter content;
        put(content, record.other_checksum);
        put_section(out, Section::Checksums, std::move(content));
    }
    return out.take();
}

std::optional<PartRecord> decode_part(std::string_view bytes) {
    return decode_with<PartRecord>(bytes, [](RecordReader& in, PartRecord& record) {
        record.body = get_body(in);
        record.last_modified = get_time(in);
        record.etag = in.text();
        record.checksum = get_checksum(in);
        get_sections(in, [&record](Section section, RecordReader& content) {
            if (section != Section::Checksums) return false;
            record.other_checksum = get_checksum(content);
            return true;
        });
    });
}

}  // namespace tarn::s3
