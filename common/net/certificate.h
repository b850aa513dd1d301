// X.509 certificates and their keys, as OpenSSL objects with owners.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace tarn::net {

struct OpenSslDeleter {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using CertificateHandle = std::unique_ptr<X509, OpenSslDeleter>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpenSslDeleter>;

struct KeyPair {
    CertificateHandle certificate;
    KeyHandle key;
};

// All of these throw std::runtime_error where OpenSSL fails or a PEM text is none.

// A new authority, self-signed, ECDSA P-256.
KeyPair make_authority();
// A server certificate signed by the authority for one DNS name or IP address; for a loopback
// address also for "localhost".
KeyPair make_leaf(const KeyPair& authority, const std::string& name);

std::string to_pem(const X509& certificate);
std::string to_pem(const EVP_PKEY& key);
CertificateHandle certificate_from_pem(std::string_view pem);
KeyHandle key_from_pem(std::string_view pem);

bool is_ip_literal(const std::string& name);
// The reason for the last failure of OpenSSL on this thread.
std::string openssl_error();

inline constexpr std::chrono::days kAuthorityLifetime{3650};
// Clients refuse server certificates that are valid for longer than 398 days.
inline constexpr std::chrono::days kLeafLifetime{397};

}  // namespace tarn::net
