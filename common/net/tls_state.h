// What the TLS files of this folder know of each other.

#pragma once

#include "common/net/certificate.h"
#include "common/net/tls.h"
#include "common/net/transport.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tarn::net {

struct LocalCa::State {
    // A leaf certificate for the name, made on first use.  Null where none can be made.
    // Thread-safe.
    std::shared_ptr<const KeyPair> leaf(const std::string& name);

    KeyPair authority;
    std::string pem;

    std::mutex mutex;
    struct Leaf {
        std::shared_ptr<const KeyPair> pair;
        std::chrono::system_clock::time_point made_at;
    };
    std::unordered_map<std::string, Leaf> leaves;
};

struct SslContextDeleter {
    void operator()(SSL_CTX* context) const;
};
using SslContextHandle = std::unique_ptr<SSL_CTX, SslContextDeleter>;

// A context with what server and client have in common; throws std::runtime_error.
SslContextHandle make_tls_context(bool server);

// The client's side of a new connection: server_name is verified and, if it is no address, sent as
// SNI; a session that an earlier connection to the same name and port got is resumed.
// Null where OpenSSL is out of memory.
SslHandle new_client_connection(SSL_CTX* context, const std::string& server_name,
                                std::uint16_t port);

}  // namespace tarn::net
