#include "server/front/secrets.h"

#include "common/base/text.h"
#include "server/storage/file.h"

#include <functional>
#include <stdexcept>

namespace tarn::front {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::string load_or_create(const std::filesystem::path& path,
                           const std::function<std::string()>& create) {
    if (std::filesystem::exists(path)) {
        auto text = storage::read_file(path);
        if (!text) throw std::runtime_error("cannot read " + path.string());
        return *std::move(text);
    }
    std::string text = create();
    if (!storage::replace_file(path, text)) {
        throw std::runtime_error("cannot write " + path.string());
    }
    return text;
}

std::string load_secret(const std::filesystem::path& path, Random& random) {
    const std::string text =
        load_or_create(path, [&] { return random_hex(random, kSecretBytes) + "\n"; });
    std::string secret(trim(std::string_view(text).substr(0, text.find('\n'))));
    if (secret.empty()) {
        throw std::runtime_error(path.string() + " is empty: remove it for a new one");
    }
    return secret;
}

s3::MasterKeys load_master_keys(const std::filesystem::path& path, Random& random) {
    auto keys = s3::MasterKeys::parse(
        load_or_create(path, [&] { return s3::MasterKeys::new_line(random); }));
    // Not to be made anew: without the old keys the objects are lost.
    if (!keys) throw std::runtime_error(path.string() + " holds no keys: restore it from a copy");
    return *std::move(keys);
}

}  // namespace

ServerSecrets load_secrets(const std::filesystem::path& directory, Random& random) {
    const std::filesystem::path keys = directory / "keys";
    std::filesystem::create_directories(keys);
    std::filesystem::permissions(keys, std::filesystem::perms::owner_all);
    return {.edge_token = load_secret(keys / "edge-token", random),
            .admin_token = load_secret(keys / "admin-token", random),
            .master_secret = load_secret(keys / "master-secret", random),
            .master_keys = load_master_keys(keys / "sse-s3-master-keys", random)};
}

}  // namespace tarn::front
