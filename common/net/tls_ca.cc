#include "common/base/text.h"
#include "common/net/tls_state.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace tarn::net {
namespace {

namespace fs = std::filesystem;

// Whoever asks for ever new names gets them, but not all of our memory.
constexpr std::size_t kMaxLeaves = 4096;

[[noreturn]] void throw_errno(const std::string& what, const fs::path& path) {
    throw std::runtime_error(what + " " + path.string() + ": " +
                             std::generic_category().message(errno));
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw_errno("cannot read", path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Writes a new file; false where another process was faster.
bool write_new_file(const fs::path& path, const std::string& text, mode_t mode) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd && errno == EEXIST) return false;
    if (!fd) throw_errno("cannot write", path);
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = ::write(fd.get(), rest.data(), rest.size());
        if (written <= 0) throw_errno("cannot write", path);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd.get()) != 0) throw_errno("cannot write", path);
    return true;
}

void sync_directory(const fs::path& directory) {
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) throw_errno("cannot sync", directory);
}

// Puts a whole file in place at once, unless there is one.  False where another process was faster.
bool publish(const fs::path& path, const std::string& text, mode_t mode) {
    const fs::path draft = path.string() + "." + std::to_string(::getpid());
    fs::remove(draft);
    write_new_file(draft, text, mode);
    const bool first = ::link(draft.c_str(), path.c_str()) == 0;
    const int error = errno;
    fs::remove(draft);
    errno = error;
    if (!first && error != EEXIST) throw_errno("cannot write", path);
    // After a power cut the file is whole or absent, never empty.
    sync_directory(path.parent_path());
    return first;
}

// The key comes first and decides: with two processes starting at once, the one whose key is in
// place writes the certificate, and the other waits for it.
void make_files(const fs::path& key_path, const fs::path& certificate_path) {
    const KeyPair authority = make_authority();
    if (publish(key_path, to_pem(*authority.key), 0600)) {
        publish(certificate_path, to_pem(*authority.certificate), 0644);
        return;
    }
    for (int attempt = 0; attempt < 100 && !fs::exists(certificate_path); ++attempt)
        ::usleep(20'000);
    if (fs::exists(certificate_path)) return;
    // The process that wrote the key died before it wrote the certificate, so nobody trusts one
    // yet.
    fs::remove(key_path);
    make_files(key_path, certificate_path);
}

}  // namespace

LocalCa::LocalCa(const std::filesystem::path& directory) : state_(std::make_unique<State>()) {
    const fs::path key_path = directory / "ca.key";
    const fs::path certificate_path = directory / "ca.pem";
    try {
        fs::create_directories(directory);
        if (!fs::exists(key_path) || !fs::exists(certificate_path)) {
            make_files(key_path, certificate_path);
        }
        state_->pem = read_file(certificate_path);
        state_->authority.certificate = certificate_from_pem(state_->pem);
        state_->authority.key = key_from_pem(read_file(key_path));
    } catch (const fs::filesystem_error& error) {
        throw std::runtime_error(std::string("cannot keep the local CA: ") + error.what());
    }
    if (X509_check_private_key(state_->authority.certificate.get(), state_->authority.key.get()) !=
        1) {
        throw std::runtime_error(key_path.string() + " does not belong to " +
                                 certificate_path.string() + ": remove both for a new pair");
    }
}

LocalCa::~LocalCa() = default;

std::string LocalCa::certificate_pem() const {
    return state_->pem;
}

std::shared_ptr<const KeyPair> LocalCa::State::leaf(const std::string& name) {
    const auto now = std::chrono::system_clock::now();
    const std::lock_guard lock(mutex);
    const auto found = leaves.find(name);
    if (found != leaves.end() && now - found->second.made_at < kLeafLifetime / 2) {
        return found->second.pair;
    }
    try {
        auto pair = std::make_shared<const KeyPair>(make_leaf(authority, name));
        if (leaves.size() >= kMaxLeaves) leaves.clear();
        leaves[name] = {.pair = pair, .made_at = now};
        return pair;
    } catch (const std::runtime_error&) {
        return nullptr;  // a name that no certificate can hold
    }
}

}  // namespace tarn::net
