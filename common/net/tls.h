// TLS by OpenSSL: a local certificate authority, leaf certificates per server name, and contexts.

#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <memory>
#include <string>

typedef struct ssl_ctx_st SSL_CTX;

namespace tarn::net {

// The local CA in directory (ca.pem, ca.key mode 0600), made on first use.  ECDSA P-256.
// Thread-safe.  Throws std::runtime_error at start-up where the files cannot be read or written.
class LocalCa {
  public:
    explicit LocalCa(const std::filesystem::path& directory);
    ~LocalCa();
    std::string certificate_pem() const;
    struct State;
    State& state() { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

// A server context: picks or makes a leaf certificate for the name in SNI (for the address
// connected to where there is none), TLS 1.2 and 1.3, session tickets and resumption, ALPN
// http/1.1.
class TlsServer {
  public:
    explicit TlsServer(LocalCa& ca);
    ~TlsServer();
    SSL_CTX* context() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// A client context that trusts the system's authorities and the given PEM (the local CA; may be
// empty), verifies host names and resumes sessions.
class TlsClient {
  public:
    explicit TlsClient(const std::string& extra_ca_pem);
    ~TlsClient();
    SSL_CTX* context() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tarn::net
