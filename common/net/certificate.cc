#include "common/net/certificate.h"

#include "common/base/random.h"
#include "common/net/socket.h"

#include <array>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tarn::net {
namespace {

struct BioDeleter {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioHandle = std::unique_ptr<BIO, BioDeleter>;

constexpr std::chrono::days kClockSkew{1};  // a client's clock may be behind

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string(what) + ": " + openssl_error());
}

KeyHandle make_key() {
    KeyHandle key(EVP_EC_gen("P-256"));
    require(key != nullptr, "cannot make a P-256 key");
    return key;
}

// 127 random bits, positive and not zero (RFC 5280, section 4.1.2.2).
void set_random_serial(X509* certificate) {
    std::array<std::uint8_t, 16> bytes;
    SystemRandom().fill(bytes);
    bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40);
    BIGNUM* const number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
    const bool ok = number != nullptr &&
                    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    require(ok, "cannot set a serial number");
}

void set_common_name(X509_NAME* name, const std::string& text) {
    // CN holds at most 64 characters; clients look at the alternative names only.
    const std::string shown = text.substr(0, 64);
    require(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>("Tarn"), -1, -1,
                                       0) == 1 &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(shown.data()),
                                           static_cast<int>(shown.size()), -1, 0) == 1,
            "cannot name a certificate");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    const bool ok = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    require(ok, "cannot extend a certificate");
}

CertificateHandle begin_certificate(EVP_PKEY* key, const std::string& name,
                                    std::chrono::days lifetime) {
    CertificateHandle certificate(X509_new());
    require(certificate != nullptr, "cannot make a certificate");
    X509* const raw = certificate.get();
    require(X509_set_version(raw, X509_VERSION_3) == 1, "cannot make a certificate");
    set_random_serial(raw);
    X509_gmtime_adj(X509_getm_notBefore(raw), -std::chrono::seconds(kClockSkew).count());
    X509_gmtime_adj(X509_getm_notAfter(raw), std::chrono::seconds(lifetime - kClockSkew).count());
    require(X509_set_pubkey(raw, key) == 1, "cannot set a public key");
    set_common_name(X509_get_subject_name(raw), name);
    return certificate;
}

void sign(X509* certificate, const X509* issuer, EVP_PKEY* issuer_key) {
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
                X509_sign(certificate, issuer_key, EVP_sha256()) > 0,
            "cannot sign a certificate");
}

std::string alternative_names(const std::string& name) {
    if (!is_ip_literal(name)) return "DNS:" + name;
    const bool loopback = name.starts_with("127.") || name == "::1";
    return "IP:" + name + (loopback ? ",DNS:localhost" : "");
}

std::string contents(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

BioHandle reader(std::string_view text) {
    BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    require(bio != nullptr, "cannot read a PEM text");
    return bio;
}

}  // namespace

std::string openssl_error() {
    char text[256] = "unknown error";
    if (const unsigned long code = ERR_peek_last_error(); code != 0) {
        ERR_error_string_n(code, text, sizeof(text));
    }
    ERR_clear_error();
    return text;
}

bool is_ip_literal(const std::string& name) {
    return parse_address(name, 0).has_value();
}

KeyPair make_authority() {
    KeyPair pair{.certificate = nullptr, .key = make_key()};
    pair.certificate = begin_certificate(pair.key.get(), "Tarn local CA", kAuthorityLifetime);
    X509* const raw = pair.certificate.get();
    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(raw, raw, NID_subject_key_identifier, "hash");
    sign(raw, raw, pair.key.get());
    return pair;
}

KeyPair make_leaf(const KeyPair& authority, const std::string& name) {
    KeyPair pair{.certificate = nullptr, .key = make_key()};
    pair.certificate = begin_certificate(pair.key.get(), name, kLeafLifetime);
    X509* const raw = pair.certificate.get();
    X509* const issuer = authority.certificate.get();
    add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(raw, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(raw, issuer, NID_subject_key_identifier, "hash");
    add_extension(raw, issuer, NID_authority_key_identifier, "keyid");
    add_extension(raw, issuer, NID_subject_alt_name, alternative_names(name));
    sign(raw, issuer, authority.key.get());
    return pair;
}

std::string to_pem(const X509& certificate) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    require(bio && PEM_write_bio_X509(bio.get(), &certificate) == 1, "cannot write a certificate");
    return contents(bio.get());
}

std::string to_pem(const EVP_PKEY& key) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    require(bio && PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr,
                                            nullptr) == 1,
            "cannot write a key");
    return contents(bio.get());
}

CertificateHandle certificate_from_pem(std::string_view pem) {
    CertificateHandle certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "not a certificate in PEM form");
    return certificate;
}

KeyHandle key_from_pem(std::string_view pem) {
    KeyHandle key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr));
    require(key != nullptr, "not a private key in PEM form");
    return key;
}

}  // namespace tarn::net
