// The keys under which SSE-S3 wraps the data keys of objects.  A new one can be put before the old
// ones: it wraps from then on, and they go on to unwrap what they have wrapped.

#pragma once

#include "common/base/random.h"
#include "common/crypto/aes_gcm.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// Immutable.
class MasterKeys {
  public:
    // Lines of an id and a key in hex; the first key wraps, all of them unwrap.  Nothing:
    // malformed, or no key at all.
    static std::optional<MasterKeys> parse(std::string_view text);
    // Such a line, with a new key.
    static std::string new_line(Random& random);

    const std::string& current_id() const { return keys_.front().id; }
    const crypto::SecretKey& current() const { return keys_.front().key; }
    const crypto::SecretKey* find(std::string_view id) const;  // null: there is none

  private:
    struct Key {
        std::string id;
        crypto::SecretKey key;
    };
    std::vector<Key> keys_;
};

}  // namespace tarn::s3
