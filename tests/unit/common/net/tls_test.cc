// TLS on the server's port and in the client: names, trust, resumption, bodies.

#include "common/net/tls.h"

#include "common/net/certificate.h"
#include "common/net/client.h"
#include "common/net/tls_state.h"
#include "tests/support/net/raw_client.h"
#include "tests/support/net/test_server.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tarn::net {
namespace {

namespace fs = std::filesystem;
using test::RawClient;
using test::respond_text;
using test::run_on;
using test::TestServer;
using namespace std::chrono_literals;

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "tarn-tls-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryDirectory() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

// ---- the local CA ----

TEST(LocalCaTest, KeepsItsKeyToItself) {
    const TemporaryDirectory directory;
    const LocalCa ca(directory.path() / "new");
    struct stat status{};
    ASSERT_EQ(::stat((directory.path() / "new" / "ca.key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_TRUE(ca.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

TEST(LocalCaTest, StaysTheSame) {
    const TemporaryDirectory directory;
    const std::string first = LocalCa(directory.path()).certificate_pem();
    EXPECT_EQ(LocalCa(directory.path()).certificate_pem(), first);
}

TEST(LocalCaTest, RefusesToStartWithFilesThatDoNotFit) {
    const TemporaryDirectory one;
    const TemporaryDirectory other;
    {
        const LocalCa first(one.path()), second(other.path());
    }
    fs::copy_file(other.path() / "ca.key", one.path() / "ca.key",
                  fs::copy_options::overwrite_existing);
    EXPECT_THROW(LocalCa ca(one.path()), std::runtime_error);
    std::ofstream(one.path() / "ca.pem") << "no certificate";
    EXPECT_THROW(LocalCa ca(one.path()), std::runtime_error);
    EXPECT_THROW(LocalCa ca("/proc/no-such-directory"), std::runtime_error);
}

TEST(LocalCaTest, MakesALeafOncePerName) {
    const TemporaryDirectory directory;
    LocalCa ca(directory.path());
    const auto leaf = ca.state().leaf("a.example");
    ASSERT_TRUE(leaf);
    EXPECT_EQ(ca.state().leaf("a.example"), leaf);
    X509* const certificate = leaf->certificate.get();
    EXPECT_EQ(X509_check_host(certificate, "a.example", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate, "b.example", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_verify(certificate,
                          X509_get0_pubkey(certificate_from_pem(ca.certificate_pem()).get())),
              1);
    EXPECT_EQ(X509_check_ca(certificate), 0);
    EXPECT_EQ(X509_check_ip_asc(ca.state().leaf("127.0.0.1")->certificate.get(), "127.0.0.1", 0),
              1);
    EXPECT_EQ(X509_check_ip_asc(ca.state().leaf("::1")->certificate.get(), "::1", 0), 1);
}

// ---- server and client ----

class TlsTest : public testing::Test {
  protected:
    TlsTest()
        : ca_(directory_.path()),
          tls_server_(ca_),
          tls_client_(ca_.certificate_pem()),
          server_(limits(), &tls_server_),
          client_(loops_.loop(0), &tls_client_) {
        server_.handler().later = [](Exchange& exchange) -> Task<> {
            std::string body = co_await test::read_whole_body(exchange);
            const Peer& peer = exchange.peer();
            if (body.empty()) body = peer.tls ? peer.tls_protocol : "plain";
            respond_text(exchange, std::move(body));
        };
        loops_.start();
    }
    ~TlsTest() override { loops_.stop(); }

    static ServerLimits limits() {
        ServerLimits limits = test::test_limits();
        limits.head_timeout = 5s;
        return limits;
    }

    Endpoint endpoint(std::string name = {}) const {
        return {
            .host = "127.0.0.1", .port = server_.port(), .tls = true, .tls_name = std::move(name)};
    }

    // The body of the answer, or the error.
    static Task<std::string> ask(Client& client, Endpoint endpoint, std::string body) {
        http::HeadBuilder head;
        head.begin_request("PUT", "/");
        head.add("Host", "a");
        auto exchange = co_await client.send(endpoint, head, http::Method::Put,
                                             {.kind = RequestBody::Kind::Bytes, .bytes = body},
                                             ClientTimeouts{});
        if (!exchange) co_return std::string(to_text(exchange.error()));
        const auto response = co_await (*exchange)->read_head();
        if (!response) co_return std::string(to_text(response.error()));
        std::string answer;
        std::string buffer(50'000, '\0');
        for (;;) {
            const auto count = co_await (*exchange)->read_body(buffer);
            if (!count) co_return std::string(to_text(count.error()));
            if (*count == 0) co_return answer;
            answer.append(buffer, 0, *count);
        }
    }
    std::string ask(const Endpoint& endpoint, std::string body = {}) {
        return run_on(loops_.loop(0), ask(client_, endpoint, std::move(body)));
    }

    TemporaryDirectory directory_;
    LocalCa ca_;
    TlsServer tls_server_;
    TlsClient tls_client_;
    TestServer server_;
    Loops loops_{1};
    Client client_;
};

TEST_F(TlsTest, ServesHttpAndHttpsOnOnePort) {
    EXPECT_EQ(ask(endpoint()), "TLSv1.3");
    RawClient plain(server_.port());
    EXPECT_EQ(plain.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")->body, "plain");
}

TEST_F(TlsTest, KeepsTheConnection) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask(endpoint()), "TLSv1.3");
    EXPECT_EQ(server_.server().connection_count(), 1U);
}

TEST_F(TlsTest, ShowsACertificateForTheNameOrAddressAskedFor) {
    EXPECT_EQ(ask(endpoint("bucket.s3.example")), "TLSv1.3");
    EXPECT_EQ(ask(endpoint("localhost")), "TLSv1.3");
    EXPECT_EQ(ask(endpoint("127.0.0.1")), "TLSv1.3");
}

TEST_F(TlsTest, TrustsNobodyElse) {
    // Without a name in SNI the certificate is for the address, not for any name.
    EXPECT_EQ(ask(endpoint("127.0.0.2")), "the TLS handshake failed");

    TlsClient stranger("");
    Client client(loops_.loop(0), &stranger);
    EXPECT_EQ(run_on(loops_.loop(0), ask(client, endpoint(), "")), "the TLS handshake failed");
    loops_.stop();  // before client goes
}

TEST_F(TlsTest, CarriesLargeBodiesBothWays) {
    std::string body;
    for (int i = 0; body.size() < 3'000'000; ++i)
        body += std::to_string(i);
    EXPECT_TRUE(ask(endpoint(), body) == body);
}

TEST_F(TlsTest, SendsFiles) {
    const UniqueFd file(::memfd_create("file", MFD_CLOEXEC));
    const std::string contents(1'000'000, 'f');
    ASSERT_EQ(::write(file.get(), contents.data(), contents.size()),
              static_cast<ssize_t>(contents.size()));
    server_.handler().later = [&](Exchange& exchange) -> Task<> {
        co_await test::read_whole_body(exchange);
        exchange.head().begin_response(200);
        co_await exchange.start(contents.size());
        EXPECT_TRUE(co_await exchange.send_file(file.get(), 0, contents.size()));
        EXPECT_TRUE(co_await exchange.finish());
    };
    EXPECT_TRUE(ask(endpoint()) == contents);
}

TEST_F(TlsTest, ClosesAConnectionThatDoesNotFinishItsHandshake) {
    ServerLimits short_limits = test::test_limits();
    short_limits.head_timeout = 50ms;
    TestServer server(short_limits, &tls_server_);
    RawClient client(server.port());
    ASSERT_TRUE(client.send("\x16\x03\x01"));
    EXPECT_TRUE(client.ends());
}

TEST_F(TlsTest, ClosesAConnectionThatOnlyLooksLikeTls) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send("\x16 GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    client.read_all();  // an alert, perhaps
    EXPECT_EQ(ask(endpoint()), "TLSv1.3");
}

// ---- with OpenSSL's own client, step by step ----

struct SslDeleterForTest {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class BlockingTls {
  public:
    BlockingTls(std::uint16_t port, SSL_CTX* context, SSL_SESSION* session, const char* name)
        : raw_(port), ssl_(SSL_new(context)) {
        SSL_set_fd(ssl_.get(), raw_.fd());
        if (name != nullptr) SSL_set_tlsext_host_name(ssl_.get(), name);
        if (session != nullptr) SSL_set_session(ssl_.get(), session);
        connected_ = SSL_connect(ssl_.get()) == 1;
    }
    bool connected() const { return connected_; }
    SSL* ssl() const { return ssl_.get(); }
    std::string ask(std::string_view request) {
        SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
        std::string answer(4096, '\0');
        const int got = SSL_read(ssl_.get(), answer.data(), static_cast<int>(answer.size()));
        answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return answer;
    }

  private:
    RawClient raw_;
    SslHandle ssl_;
    bool connected_ = false;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class TlsVersionTest : public TlsTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Version, TlsVersionTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                             return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TlsVersionTest, ResumesSessions) {
    const std::unique_ptr<SSL_CTX, SslDeleterForTest> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_max_proto_version(context.get(), GetParam());
    BlockingTls first(server_.port(), context.get(), nullptr, "a.example");
    ASSERT_TRUE(first.connected());
    EXPECT_EQ(SSL_session_reused(first.ssl()), 0);
    // With the answer comes the ticket.
    EXPECT_TRUE(first.ask(kGet).starts_with("HTTP/1.1 200 OK"));
    SSL_SESSION* const session = SSL_get1_session(first.ssl());
    BlockingTls second(server_.port(), context.get(), session, "a.example");
    SSL_SESSION_free(session);
    ASSERT_TRUE(second.connected());
    EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
    EXPECT_TRUE(second.ask(kGet).starts_with("HTTP/1.1 200 OK"));
}

TEST_F(TlsTest, RefusesOldVersionsAndForeignProtocols) {
    const std::unique_ptr<SSL_CTX, SslDeleterForTest> old(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(old.get(), 0);
    SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
    EXPECT_FALSE(BlockingTls(server_.port(), old.get(), nullptr, "a").connected());

    const std::unique_ptr<SSL_CTX, SslDeleterForTest> http2(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_alpn_protos(http2.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
    EXPECT_FALSE(BlockingTls(server_.port(), http2.get(), nullptr, "a").connected());

    const std::unique_ptr<SSL_CTX, SslDeleterForTest> both(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_alpn_protos(both.get(),
                            reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12);
    BlockingTls client(server_.port(), both.get(), nullptr, "a");
    ASSERT_TRUE(client.connected());
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(TlsTest, NamesTheLeafAfterTheServerName) {
    const std::unique_ptr<SSL_CTX, SslDeleterForTest> context(SSL_CTX_new(TLS_client_method()));
    for (const char* name : {"a.example", "UPPER.example", "127.0.0.1"}) {
        const bool is_address = is_ip_literal(name);
        BlockingTls client(server_.port(), context.get(), nullptr, is_address ? nullptr : name);
        ASSERT_TRUE(client.connected());
        X509* const leaf = SSL_get1_peer_certificate(client.ssl());
        EXPECT_EQ(is_address ? X509_check_ip_asc(leaf, name, 0)
                             : X509_check_host(leaf, name, 0, 0, nullptr),
                  1)
            << name;
        X509_free(leaf);
    }
}

TEST_F(TlsTest, ResumesFromTheClient) {
    server_.handler().later = [](Exchange& exchange) -> Task<> {
        co_await test::read_whole_body(exchange);
        exchange.close();
        respond_text(exchange, exchange.peer().tls_protocol);
    };
    EXPECT_EQ(ask(endpoint("a.example")), "TLSv1.3");
    const SslHandle next =
        new_client_connection(tls_client_.context(), "a.example", server_.port());
    EXPECT_NE(SSL_get0_session(next.get()), nullptr);
    const SslHandle other =
        new_client_connection(tls_client_.context(), "b.example", server_.port());
    EXPECT_EQ(SSL_get0_session(other.get()), nullptr);
    EXPECT_EQ(ask(endpoint("a.example")), "TLSv1.3");
}

}  // namespace
}  // namespace tarn::net
