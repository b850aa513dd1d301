#include "common/net/tls.h"

#include "common/base/text.h"
#include "common/net/socket.h"
#include "common/net/tls_state.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace tarn::net {
namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";  // RFC 7301: length, then name
constexpr unsigned kProtocolsSize = sizeof(kProtocols) - 1;
constexpr unsigned char kSessionContext[] = "tarn";

// A DNS name as it may stand in a certificate.
bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') {
        return false;
    }
    return std::ranges::all_of(name, [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
    });
}

// The name that the client asks for, else the address that it has connected to.
std::string wanted_name(SSL* ssl) {
    if (const char* const sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
        std::string name = to_lower(std::string_view(sni));
        if (name.ends_with('.')) name.pop_back();
        if (is_host_name(name)) return name;
    }
    return to_text(local_address(SSL_get_fd(ssl))).address;
}

int choose_certificate(SSL* ssl, void* ca) {
    const auto leaf = static_cast<LocalCa::State*>(ca)->leaf(wanted_name(ssl));
    if (!leaf) return 0;
    return SSL_use_cert_and_key(ssl, leaf->certificate.get(), leaf->key.get(), nullptr, 1);
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, chosen_size, kProtocols, kProtocolsSize, offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, section 3.2
    }
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void SslContextDeleter::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

SslContextHandle make_tls_context(bool server) {
    ignore_sigpipe();
    SslContextHandle context(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
    if (!context) throw std::runtime_error("cannot set up TLS: " + openssl_error());
    SSL_CTX* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // One read(2) for a record, not one for its header and one for the rest.
    SSL_CTX_set_read_ahead(raw, 1);
    return context;
}

struct TlsServer::State {
    SslContextHandle context;
};

TlsServer::TlsServer(LocalCa& ca) : state_(std::make_unique<State>()) {
    state_->context = make_tls_context(true);
    SSL_CTX* const raw = state_->context.get();
    SSL_CTX_set_cert_cb(raw, choose_certificate, &ca.state());
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    // Sessions live in tickets that the clients keep, under a key that lives as long as the
    // process.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof(kSessionContext) - 1);
    SSL_CTX_set_num_tickets(raw, 1);
}

TlsServer::~TlsServer() = default;

SSL_CTX* TlsServer::context() const {
    return state_->context.get();
}

}  // namespace tarn::net
