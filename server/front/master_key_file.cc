#include "server/front/master_key_file.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "server/storage/file.h"

#include <stdexcept>
#include <string>

namespace tarn::front {
namespace {

// A row of lines: a key's id and its fingerprint.
constexpr std::string_view kRowKey = "sse-s3-master-keys";
constexpr std::size_t kFingerprintBytes = 16;

std::string fingerprint(const crypto::SecretKey& key) {
    return to_hex(crypto::hmac_sha256(key.view(), "fingerprint of a master key")
                      .substr(0, kFingerprintBytes));
}

std::string line_of(std::string_view id, const crypto::SecretKey& key) {
    return std::string(id) + " " + fingerprint(key) + "\n";
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
    throw std::runtime_error(file.string() + std::string(why) +
                             ": restore it from a copy, without it the objects cannot be read");
}

std::string load_remembered(storage::MetadataStore& store) {
    auto row = store.get(storage::Table::System, storage::kSystemPartition, kRowKey);
    if (row) return std::move(row->value);
    if (row.error() == storage::StoreError::NotFound) return {};
    throw std::runtime_error("cannot read the ids of the master keys: " +
                             std::string(storage::to_text(row.error())));
}

void remember(storage::MetadataStore& store, std::string lines) {
    const auto done =
        storage::commit_and_wait(store, {.partition = storage::kSystemPartition,
                                         .mutations = {{.table = storage::Table::System,
                                                        .key = std::string(kRowKey),
                                                        .value = std::move(lines)}}});
    if (!done) {
        throw std::runtime_error("cannot write the ids of the master keys: " +
                                 std::string(storage::to_text(done.error())));
    }
}

std::string read_or_create(const std::filesystem::path& file, bool may_create, Random& random) {
    if (std::filesystem::exists(file)) {
        auto text = storage::read_file(file);
        if (!text) throw std::runtime_error("cannot read " + file.string());
        return *std::move(text);
    }
    // A link to where nothing is mounted is not a file that was never made.
    if (!may_create || std::filesystem::is_symlink(file)) refuse(file, " is missing");
    std::string text = s3::MasterKeys::new_line(random);
    if (!storage::replace_file(file, text)) {
        throw std::runtime_error("cannot write " + file.string());
    }
    return text;
}

}  // namespace

s3::MasterKeys load_master_keys(const std::filesystem::path& file, storage::MetadataStore& store,
                                Random& random) {
    std::string remembered = load_remembered(store);
    auto keys = s3::MasterKeys::parse(read_or_create(file, remembered.empty(), random));
    if (!keys) refuse(file, " is no list of keys");
    for (const std::string_view line : split(remembered, '\n')) {
        if (line.empty()) continue;
        const std::string_view id = line.substr(0, line.find(' '));
        const crypto::SecretKey* const key = keys->find(id);
        if (!key) refuse(file, " lacks the key " + std::string(id));
        if (line_of(id, *key) != std::string(line) + "\n") {
            refuse(file, " has another key called " + std::string(id));
        }
    }
    const std::string current = line_of(keys->current_id(), keys->current());
    if (remembered.find(current) == std::string::npos) remember(store, remembered + current);
    return *std::move(keys);
}

}  // namespace tarn::front
