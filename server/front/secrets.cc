#include "server/front/secrets.h"

#include "common/base/text.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace tarn::front {
namespace {

constexpr std::size_t kSecretBytes = 32;

[[noreturn]] void fail_start(const std::filesystem::path& path) {
    throw std::runtime_error(path.string() + ": " + std::generic_category().message(errno));
}

void create_secret(const std::filesystem::path& path, const std::string& text) {
    // O_EXCL: never write through something that somebody else put there.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail_start(path);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    if (!written) fail_start(path);
}

std::string load_or_create(const std::filesystem::path& path, Random& random) {
    if (!std::filesystem::exists(path))
        create_secret(path, random_hex(random, kSecretBytes) + "\n");
    std::ifstream file(path);
    std::string text;
    if (!std::getline(file, text)) fail_start(path);
    return std::string(trim(text));
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
