// Requests signed by botocore (vectors.txt, written by make_vectors.py): every one verifies, and
// none does after one byte that the signature covers has changed.

#include "common/aws/sigv2.h"
#include "common/aws/sigv4.h"
#include "common/base/encoding.h"
#include "common/base/time_text.h"
#include "tests/unit/common/aws/test_request.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

constexpr std::string_view kBodySha256 =
    "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";  // of "body"

struct Profile {
    std::string access_key_id, secret, token, region, service, amz_date;
};

struct Vector {
    std::string line;
    char kind = 0;  // as in make_vectors.py
    Profile profile;
    TestRequest request;
    std::string host_bucket;
    std::string body_sha256{kEmptySha256};

    bool is_v4() const { return kind == 'h' || kind == 'q'; }
    bool is_query() const { return kind == 'q' || kind == '2'; }
};

std::string unescape_tabs(std::string text) {
    for (std::size_t at; (at = text.find("\\t")) != std::string::npos;)
        text.replace(at, 2, "\t");
    return text;
}

std::string payload_of(std::string_view code) {
    if (code == "U") return std::string(kUnsignedPayload);
    if (code == "S") return "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    return std::string(code == "B" ? kBodySha256 : kEmptySha256);
}

void add_v4_headers(Vector& vector, const std::vector<std::string_view>& cells) {
    const Profile& profile = vector.profile;
    const std::string payload = payload_of(cells[5]);
    vector.request.add("X-Amz-Date", profile.amz_date);
    if (!profile.token.empty()) vector.request.add("X-Amz-Security-Token", profile.token);
    if (profile.service == "s3") {
        vector.request.add("x-amz-content-sha256", payload);
    } else {
        vector.body_sha256 = payload;
    }
    std::string authorization = "AWS4-HMAC-SHA256 Credential=" + profile.access_key_id + "/" +
                                profile.amz_date.substr(0, 8) + "/" + profile.region + "/" +
                                profile.service + "/aws4_request, SignedHeaders=";
    authorization.append(cells[6]).append(", Signature=").append(cells[7]);
    vector.request.add("Authorization", authorization);
}

Vector parse_vector(const std::string& line, const std::map<std::string, Profile>& profiles) {
    const auto cells = split(line, '\t');
    Vector vector{.line = line, .kind = cells[0][0], .profile = profiles.at(std::string(cells[1]))};
    vector.request.method = cells[2];
    vector.request.target = cells[3];
    vector.request.host = cells[4];
    for (std::size_t i = 8; i < cells.size(); ++i) {
        const std::size_t colon = cells[i].find(':');
        vector.request.add(cells[i].substr(0, colon),
                           unescape_tabs(std::string(cells[i].substr(colon + 1))));
    }
    if (vector.kind == 'h') add_v4_headers(vector, cells);
    if (!vector.is_v4() && cells[5] != "-") vector.host_bucket = cells[5];
    if (vector.kind == 'v') {
        if (!vector.profile.token.empty()) {
            vector.request.add("x-amz-security-token", vector.profile.token);
        }
        vector.request.add("Authorization",
                           "AWS " + vector.profile.access_key_id + ":" + std::string(cells[7]));
    }
    return vector;
}

std::vector<Vector> read_vectors() {
    std::ifstream file(TARN_SOURCE_DIR "/tests/unit/common/aws/vectors.txt");
    std::map<std::string, Profile> profiles;
    std::vector<Vector> vectors;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        const auto cells = split(line, '\t');
        const auto cell = [&cells](std::size_t i) { return std::string(cells[i]); };
        if (cells[0] == "profile") {
            profiles[cell(1)] = {cell(2), cell(3), cells[4] == "-" ? "" : cell(4),
                                 cell(5), cell(6), cell(7)};
        } else {
            vectors.push_back(parse_vector(line, profiles));
        }
    }
    return vectors;
}

const std::vector<Vector>& vectors() {
    static const std::vector<Vector> read = read_vectors();
    return read;
}

// The fault of the request, or nothing if it is accepted.
std::optional<AuthFault> fault_of(const Vector& vector, const TestRequest& request,
                                  SigV4Verifier& verifier) {
    const ParsedRequest parsed(request);
    if (!parsed.has_query()) return AuthFault::BodyUnparsable;
    const auto carrier = find_credential_carrier(parsed.head(), parsed.query());
    if (!carrier) return carrier.error().fault;
    if (*carrier == CredentialCarrier::None) return AuthFault::UnknownAccessKey;
    const WallTime now = *parse_amz_date(vector.profile.amz_date);
    const auto secret_of = [&](std::string_view id) -> std::optional<std::string_view> {
        if (id != vector.profile.access_key_id) return std::nullopt;
        return vector.profile.secret;
    };
    if (*carrier == CredentialCarrier::HeaderV4 || *carrier == CredentialCarrier::QueryV4) {
        const auto credentials = parse_sigv4(parsed.view(), *carrier);
        if (!credentials) return credentials.error().fault;
        const auto checked =
            check_sigv4(parsed.view(), *credentials, {.real_now = now, .now = now});
        if (!checked) return checked.error().fault;
        const auto verified =
            verifier.verify(parsed.view(), *credentials, secret_of(credentials->access_key_id()),
                            vector.body_sha256);
        return verified ? std::nullopt : std::optional(verified.error().fault);
    }
    const auto credentials = parse_sigv2(parsed.view(), *carrier);
    if (!credentials) return credentials.error().fault;
    if (const auto checked = check_sigv2(*credentials, {.real_now = now, .now = now}); !checked) {
        return checked.error().fault;
    }
    const auto verified = verify_sigv2(parsed.view(), *credentials,
                                       secret_of(credentials->access_key_id), vector.host_bucket);
    return verified ? std::nullopt : std::optional(verified.error().fault);
}

TEST(SignatureVectorsTest, EveryRequestThatBotocoreSignedIsAccepted) {
    SigV4Verifier verifier;
    std::map<char, int> counts;
    for (const Vector& vector : vectors()) {
        const auto fault = fault_of(vector, vector.request, verifier);
        EXPECT_FALSE(fault.has_value())
            << static_cast<int>(fault.value_or(AuthFault{})) << " for " << vector.line << "\n"
            << verifier.canonical_request();
        ++counts[vector.kind];
    }
    for (const char kind : {'h', 'q', 'v', '2'})
        EXPECT_GT(counts[kind], 100) << kind;
}

TEST(SignatureVectorsTest, TheSecretOfAnotherIsRefused) {
    SigV4Verifier verifier;
    for (Vector vector : vectors()) {
        vector.profile.secret.back() ^= 1;
        EXPECT_EQ(fault_of(vector, vector.request, verifier), AuthFault::SignatureDoesNotMatch)
            << vector.line;
    }
}

// What the signature covers of a target: two with the same meaning are the same request.
std::string meaning(const Vector& vector, std::string_view text) {
    const http::Target target = http::split_target(text);
    const auto path = percent_decode(target.path);
    const bool raw_path = !vector.is_v4() || vector.profile.service != "s3";
    std::string meant = raw_path ? std::string(target.path) : path.value_or("?");
    auto query = http::parse_query(target.query);
    if (!query) return "malformed";
    if (query->size() != split_list(target.query, '&').size()) return "odd";
    std::vector<std::string> pairs;
    for (const auto& parameter : *query)
        pairs.push_back(parameter.name + "=" + parameter.value);
    std::sort(pairs.begin(), pairs.end());
    for (const std::string& pair : pairs)
        meant.append("\n").append(pair);
    return meant;
}

void expect_refused(const Vector& vector, const TestRequest& changed, SigV4Verifier& verifier,
                    const std::string& what) {
    EXPECT_TRUE(fault_of(vector, changed, verifier).has_value())
        << what << " went unnoticed in " << vector.line;
}

bool is_in_dotted_path(const Vector& vector) {
    // Dot segments hide what stands before them from the standard rule.
    return vector.profile.service != "s3" && vector.request.target.find("/..") != std::string::npos;
}

// Sub-resources apart, SigV2 does not cover the query.
bool covers_query(const Vector& vector) {
    return vector.is_v4();
}

TEST(SignatureVectorsTest, AChangedByteOfTheTargetIsRefused) {
    SigV4Verifier verifier;
    std::mt19937 random(1);
    for (const Vector& vector : vectors()) {
        const std::string& target = vector.request.target;
        const std::size_t end = covers_query(vector) ? target.size() : target.find('?');
        for (std::size_t i = 0; i < std::min(end, target.size()); ++i) {
            if (random() % 8 != 0 || (i < target.find('?') && is_in_dotted_path(vector))) continue;
            TestRequest changed = vector.request;
            changed.target[i] = changed.target[i] == 'Q' ? 'R' : 'Q';
            if (meaning(vector, changed.target) == meaning(vector, target)) continue;
            expect_refused(vector, changed, verifier, "byte " + std::to_string(i));
        }
    }
}

TEST(SignatureVectorsTest, AnAddedParameterIsRefused) {
    SigV4Verifier verifier;
    for (const Vector& vector : vectors()) {
        TestRequest changed = vector.request;
        changed.target += changed.target.find('?') == std::string::npos ? "?" : "&";
        changed.target += "versionId=added";
        expect_refused(vector, changed, verifier, "a parameter");
    }
}

bool is_signed(const Vector& vector, const std::string& name) {
    if (!vector.is_v4()) {
        return istarts_with(name, "x-amz-") || iequals(name, "content-type") ||
               iequals(name, "date");
    }
    const ParsedRequest parsed(vector.request);
    const auto carrier =
        vector.is_query() ? CredentialCarrier::QueryV4 : CredentialCarrier::HeaderV4;
    const auto credentials = parse_sigv4(parsed.view(), carrier);
    const auto names = split(credentials->signed_headers, ';');
    return std::find(names.begin(), names.end(), to_lower(name)) != names.end();
}

TEST(SignatureVectorsTest, AChangedByteOfASignedHeaderIsRefused) {
    SigV4Verifier verifier;
    int changes = 0;
    for (const Vector& vector : vectors()) {
        for (std::size_t h = 0; h < vector.request.headers.size(); ++h) {
            const auto& [name, value] = vector.request.headers[h];
            if (!is_signed(vector, name)) continue;
            for (std::size_t i = 0; i < value.size(); i += 3) {
                if (value[i] == ' ' || value[i] == '\t') continue;
                TestRequest changed = vector.request;
                changed.headers[h].second[i] = value[i] == 'q' ? 'r' : 'q';
                expect_refused(vector, changed, verifier, name + " byte " + std::to_string(i));
                ++changes;
            }
        }
        if (!vector.is_v4()) continue;
        TestRequest changed = vector.request;
        changed.host += "0";
        expect_refused(vector, changed, verifier, "Host");
    }
    EXPECT_GT(changes, 1000);
}

// The place of the signature's text in the request.
std::string& signature_text(Vector& vector, std::size_t& begin, std::size_t& end) {
    std::string& text =
        vector.is_query() ? vector.request.target : vector.request.value("Authorization");
    const std::string_view marker = vector.kind == 'q'   ? "X-Amz-Signature="
                                    : vector.kind == 'h' ? ", Signature="
                                    : vector.kind == '2' ? "&Signature="
                                                         : ":";
    begin = text.find(marker);
    if (begin == std::string::npos) begin = text.find("?Signature=");
    begin += marker.size();
    end = vector.is_v4() ? begin + 64 : std::min(text.find('&', begin), text.size());
    return text;
}

TEST(SignatureVectorsTest, AChangedByteOfTheSignatureIsRefused) {
    SigV4Verifier verifier;
    for (std::size_t v = 0; v < vectors().size(); v += 3) {
        Vector vector = vectors()[v];
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string& text = signature_text(vector, begin, end);
        for (std::size_t i = begin; i < end; ++i) {
            if (text[i] == '%' || text[i] == '=') continue;
            if (i > begin && (text[i - 1] == '%' || (i > begin + 1 && text[i - 2] == '%')))
                continue;
            const char before = text[i];
            text[i] = before == 'a' ? 'b' : 'a';
            expect_refused(vector, vector.request, verifier, "signature byte " + std::to_string(i));
            text[i] = before;
        }
        text.erase(end - 1, 1);
        expect_refused(vector, vector.request, verifier, "a short signature");
    }
}

TEST(SignatureVectorsTest, AChangedMethodIsRefused) {
    SigV4Verifier verifier;
    for (const Vector& vector : vectors()) {
        TestRequest changed = vector.request;
        changed.method = changed.method == "GET" ? "HEAD" : "GET";
        expect_refused(vector, changed, verifier, "the method");
    }
}

TEST(SignatureVectorsTest, AnAddedAmzHeaderIsRefused) {
    SigV4Verifier verifier;
    for (const Vector& vector : vectors()) {
        TestRequest changed = vector.request;
        changed.add("x-amz-meta-added", "1");
        expect_refused(vector, changed, verifier, "x-amz-meta-added");
    }
}

}  // namespace
}  // namespace tarn::aws
