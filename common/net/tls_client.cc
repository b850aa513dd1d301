#include "common/net/tls_state.h"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tarn::net {
namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";
constexpr unsigned kProtocolsSize = sizeof(kProtocols) - 1;
constexpr std::size_t kMaxSessions = 4096;

struct SessionDeleter {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SessionHandle = std::unique_ptr<SSL_SESSION, SessionDeleter>;

// The last session of each server.  Thread-safe.
class Sessions {
  public:
    void put(const std::string& server, SessionHandle session) {
        const std::lock_guard lock(mutex_);
        if (sessions_.size() >= kMaxSessions) sessions_.clear();
        sessions_[server] = std::move(session);
    }
    SessionHandle get(const std::string& server) {
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(server);
        if (found == sessions_.end()) return nullptr;
        SSL_SESSION_up_ref(found->second.get());
        return SessionHandle(found->second.get());
    }

  private:
    std::mutex mutex_;
    std::unordered_map<std::string, SessionHandle> sessions_;
};

// The server's name and port hang on each SSL, so that its session can be filed under them.
void free_server(void*, void* server, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<std::string*>(server);
}
int server_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_server);
    return index;
}

// With TLS 1.3, sessions arrive after the handshake, some time while reading.
int keep_session(SSL* ssl, SSL_SESSION* session) {
    const auto* server = static_cast<const std::string*>(SSL_get_ex_data(ssl, server_index()));
    auto* sessions = static_cast<Sessions*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (server == nullptr || sessions == nullptr) return 0;
    sessions->put(*server, SessionHandle(session));
    return 1;  // it is ours now
}

void trust_pem(SSL_CTX* context, const std::string& pem) {
    BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    int count = 0;
    while (X509* const certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
        ++count;
    }
    BIO_free(bio);
    ERR_clear_error();  // the end of the text is an error, too
    if (count == 0) throw std::runtime_error("no certificate in the PEM text to be trusted");
}

}  // namespace

struct TlsClient::State {
    Sessions sessions;
    SslContextHandle context;
};

TlsClient::TlsClient(const std::string& extra_ca_pem) : state_(std::make_unique<State>()) {
    state_->context = make_tls_context(false);
    SSL_CTX* const raw = state_->context.get();
    SSL_CTX_set_default_verify_paths(raw);
    if (!extra_ca_pem.empty()) trust_pem(raw, extra_ca_pem);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_alpn_protos(raw, kProtocols, kProtocolsSize);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(raw, keep_session);
    SSL_CTX_set_app_data(raw, &state_->sessions);
}

TlsClient::~TlsClient() = default;

SSL_CTX* TlsClient::context() const {
    return state_->context.get();
}

SslHandle new_client_connection(SSL_CTX* context, const std::string& server_name,
                                std::uint16_t port) {
    SslHandle ssl(SSL_new(context));
    if (!ssl) return nullptr;
    SSL_set_connect_state(ssl.get());
    X509_VERIFY_PARAM* const verification = SSL_get0_param(ssl.get());
    if (is_ip_literal(server_name)) {
        X509_VERIFY_PARAM_set1_ip_asc(verification, server_name.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
        X509_VERIFY_PARAM_set_hostflags(verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        X509_VERIFY_PARAM_set1_host(verification, server_name.data(), server_name.size());
    }
    auto server = std::make_unique<std::string>(server_name + ":" + std::to_string(port));
    auto* sessions = static_cast<Sessions*>(SSL_CTX_get_app_data(context));
    if (const SessionHandle session = sessions->get(*server)) {
        SSL_set_session(ssl.get(), session.get());
    }
    SSL_set_ex_data(ssl.get(), server_index(), server.release());
    return ssl;
}

}  // namespace tarn::net
