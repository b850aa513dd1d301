// What the server stores about buckets, objects and uploads.
//
//   table      partition  key                            value
//   System     system     "bucket/" name                 BucketRecord
//   System     system     "reset"                        empty: written by each reset
//   System     bucket id  "state"                        BucketState: exists while the bucket does
//   Objects    bucket id  object key                     ObjectRecord: the current version
//   Versions   bucket id  escaped key, inverted sequence ObjectRecord: an older one; newest first
//   Bodies     bucket id  "i" body id                    an inline body
//   Bodies     bucket id  "m" body id                    Manifest of a multipart object
//   Uploads    bucket id  "d" object key                 empty: deleted while it had uploads
//   Uploads    bucket id  "p" upload id, part number     PartRecord; the number is big-endian
//   Uploads    bucket id  "u" escaped key, upload id     UploadRecord
//   BlobTrash  bucket id  blob id                        empty: the last reference is gone
//
// Every record starts with a format version; records that may grow end with numbered sections, so
// that later versions can add members (records.cc).

#pragma once

#include "common/base/clock.h"
#include "common/crypto/checksum.h"
#include "server/auth/acl.h"
#include "server/s3/row_keys.h"
#include "server/storage/blob_store.h"
#include "server/storage/metadata_store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::s3 {

// Of a bucket; once enabled it can be suspended but never goes back to Unset.
enum class Versioning : std::uint8_t { Unset, Enabled, Suspended };

using BucketConfigurations = std::map<std::string, std::string, std::less<>>;

struct BucketRecord {
    std::uint64_t id = 0;
    std::string owner_account_id;
    std::string region;  // of the LocationConstraint; "us-east-1" where none was given
    WallTime created;
    std::string policy;  // JSON as put; empty: none
    Versioning versioning = Versioning::Unset;
    // The bucket's other configurations, validated documents by the name of their subresource
    // ("cors", "tagging", "inventory/ID").
    BucketConfigurations configurations;
};

// What the record stores under the name of a subresource; empty: nothing.
std::string_view stored_document(const BucketRecord& record, std::string_view name);

// Where the bytes of a body are.
struct BodyRef {
    // DeleteMarker: the record is no object but says that the key was deleted.
    enum class Kind : std::uint8_t { Empty, Inline, Blob, Manifest, DeleteMarker };
    Kind kind = Kind::Empty;
    BodyId id;
    std::uint64_t size = 0;
};

enum class ChecksumType : std::uint8_t { FullObject, Composite };
std::string_view to_text(ChecksumType type);  // "FULL_OBJECT", "COMPOSITE"

struct StoredChecksum {
    crypto::ChecksumAlgorithm algorithm = crypto::ChecksumAlgorithm::CRC64NVME;
    ChecksumType type = ChecksumType::FullObject;
    std::string value;  // as on the wire: base64, with "-N" where composite
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;
using TagSet = std::vector<std::pair<std::string, std::string>>;

enum class LockMode : std::uint8_t { Governance, Compliance };

struct Retention {
    LockMode mode = LockMode::Governance;
    WallTime until;

    friend bool operator==(const Retention&, const Retention&) = default;
};

// What keeps a version from being removed (object_lock.h).
struct ObjectLock {
    std::optional<Retention> retention;
    std::optional<bool> legal_hold;  // nothing: never put

    friend bool operator==(const ObjectLock&, const ObjectLock&) = default;
};

enum class EncryptionKind : std::uint8_t { S3 = 1, Customer = 2 };

// How the bodies of an object are sealed (sealed_body.h).
struct ObjectEncryption {
    EncryptionKind kind = EncryptionKind::S3;
    std::string key_id;       // of the master key that wraps the data key; empty: the customer's
    std::string wrapped_key;  // the object's data key (crypto::wrap_key)
};

// What a client says about an object besides its bytes.
struct ObjectAttributes {
    std::string content_type;  // "binary/octet-stream" where the client said nothing
    HeaderList
        system_headers;  // Cache-Control, Content-Disposition, Content-Encoding, …: canonical names
    HeaderList user_metadata;      // full names, lower case: "x-amz-meta-a"
    std::string storage_class;     // empty: STANDARD
    std::string website_redirect;  // where the website endpoint redirects to; empty: nowhere
    TagSet tags;
    ObjectLock lock;
    std::optional<auth::Acl> acl;                // nothing: its owner's full control
    std::optional<ObjectEncryption> encryption;  // nothing: its bodies are stored as they are
};

struct ObjectRecord {
    BodyRef body;
    WallTime last_modified;
    std::string etag;  // without quotes
    std::optional<StoredChecksum> checksum;
    std::uint32_t part_count = 0;  // 0: not from a multipart upload
    std::string upload_id;         // of that upload: completing it again answers the same
    ObjectAttributes attributes;
    std::string owner_account_id;
    // Written while versioning was enabled: it has an id of its own.  Else it is the null version,
    // of which a key has at most one.
    bool has_version_id = false;
    // The sequence number that orders this version among those of its key and that its id is made
    // of.  0: the revision of its row, which is so until the version moves to another row.
    storage::Revision sequence = 0;
    // Of the key's null version, where that is an older one; 0: there is none.  It may have been
    // deleted since.
    storage::Revision null_sequence = 0;

    bool is_delete_marker() const { return body.kind == BodyRef::Kind::DeleteMarker; }
};

// As ObjectRecord::is_delete_marker(), of an encoded record, without decoding it.
bool is_delete_marker(std::string_view object_record);

struct ManifestPart {
    std::uint32_t number = 0;
    BodyRef body;
    std::string checksum;  // base64; empty if the upload has none
};
struct Manifest {
    std::vector<ManifestPart> parts;
};

struct UploadRecord {
    WallTime initiated;
    ObjectAttributes attributes;
    std::optional<crypto::ChecksumAlgorithm> algorithm;  // as asked for at creation
    ChecksumType type = ChecksumType::Composite;
    std::string owner_account_id;      // of the object to be
    std::string initiator_account_id;  // who created the upload
};

struct PartRecord {
    BodyRef body;
    WallTime last_modified;
    std::string etag;  // hex MD5
    std::optional<StoredChecksum> checksum;
    // Of an upload that chose no algorithm: what the client sent with the part, where that is
    // another than the one that is stored.
    std::optional<StoredChecksum> other_checksum;
};

std::string encode(const BucketRecord& record);
std::string encode(const ObjectRecord& record);
std::string encode(const Manifest& record);
std::string encode(const UploadRecord& record);
std::string encode(const PartRecord& record);
// Nothing: not a record that this version can read (the caller reports corruption).
std::optional<BucketRecord> decode_bucket(std::string_view bytes);
std::optional<ObjectRecord> decode_object(std::string_view bytes);
std::optional<Manifest> decode_manifest(std::string_view bytes);
std::optional<UploadRecord> decode_upload(std::string_view bytes);
std::optional<PartRecord> decode_part(std::string_view bytes);

}  // namespace tarn::s3
