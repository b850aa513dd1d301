// Tokens and secrets of this server: one file each in keys/, mode 0600, made on first use.

#pragma once

#include "common/base/random.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace tarn::front {

struct ServerSecrets {
    std::string edge_token;
    std::string admin_token;
    std::string master_secret;
};

// Throws std::runtime_error where the files cannot be read or written (start-up only).
ServerSecrets load_secrets(const std::filesystem::path& directory, Random& random);

}  // namespace tarn::front
