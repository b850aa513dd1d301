#include "server/front/secrets.h"

#include "common/base/text.h"
#include "server/storage/file.h"

#include <stdexcept>

namespace tarn::front {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::string load_or_create(const std::filesystem::path& path, Random& random) {
    if (std::filesystem::exists(path)) {
        const auto text = storage::read_file(path);
        if (!text) throw std::runtime_error("cannot read " + path.string());
        std::string secret(trim(std::string_view(*text).substr(0, text->find('\n'))));
        if (secret.empty()) {
            throw std::runtime_error(path.string() + " is empty: remove it for a new one");
        }
        return secret;
    }
    std::string secret = random_hex(random, kSecretBytes);
    if (!storage::replace_file(path, secret + "\n")) {
        throw std::runtime_error("cannot write " + path.string());
    }
    return secret;
}

}  // namespace

ServerSecrets load_secrets(const std::filesystem::path& directory, Random& random) {
    const std::filesystem::path keys = directory / "keys";
    std::filesystem::create_directories(keys);
    std::filesystem::permissions(keys, std::filesystem::perms::owner_all);
    return {.edge_token = load_or_create(keys / "edge-token", random),
            .admin_token = load_or_create(keys / "admin-token", random),
            .master_secret = load_or_create(keys / "master-secret", random)};
}

}  // namespace tarn::front
