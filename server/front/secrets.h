// Tokens and secrets of this server: one file each in keys/, mode 0600, made on first use.

#pragma once

#include "common/base/random.h"
#include "server/s3/master_keys.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace tarn::front {

struct ServerSecrets {
    std::string edge_token;
    std::string admin_token;
    std::string master_secret;
    s3::MasterKeys master_keys;  // of SSE-S3
};

// Throws std::runtime_error where the files cannot be read or written (start-up only).
ServerSecrets load_secrets(const std::filesystem::path& directory, Random& random);

}  // namespace tarn::front
