// Whatever arrives, authentication answers; what we sign verifies, and nothing else does.
//
// The input is a request head of lines: method, target, host, then "name: value" of each header.

#include "common/aws/explain.h"
#include "common/aws/sigv2.h"
#include "common/aws/sigv4_sign.h"
#include "common/base/text.h"
#include "common/http/target.h"

#include <cstdlib>

namespace {

using namespace tarn;
using namespace tarn::aws;

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr WallTime kNow{std::chrono::seconds(1'369'353'600)};  // 2013-05-24

void require(bool condition) {
    if (!condition) std::abort();
}

struct Input {
    http::RequestHead head;
    http::Target target;
    std::optional<std::vector<http::QueryParameter>> query;

    SignedRequest view() const { return {.head = head, .path = target.path, .query = *query}; }
};

Input parse(std::string_view text) {
    Input input;
    const auto lines = split(text, '\n');
    input.head.method_text = lines[0];
    if (lines.size() > 1) input.head.target = lines[1];
    if (lines.size() > 2) input.head.host = lines[2];
    for (std::size_t i = 3; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(':');
        if (colon == std::string_view::npos) continue;
        input.head.fields.add(lines[i].substr(0, colon), trim(lines[i].substr(colon + 1)));
    }
    input.target = http::split_target(input.head.target);
    input.query = http::parse_query(input.target.query);
    return input;
}

// The request as it came.  Its signature may be right: the seeds hold AWS's examples.
void authenticate(const Input& input) {
    const auto carrier = find_credential_carrier(input.head, *input.query);
    if (!carrier || *carrier == CredentialCarrier::None) return;
    if (*carrier == CredentialCarrier::HeaderV2 || *carrier == CredentialCarrier::QueryV2) {
        const auto credentials = parse_sigv2(input.view(), *carrier);
        if (!credentials) return;
        (void)check_sigv2(*credentials, {.real_now = kNow, .now = kNow});
        require(!verify_sigv2(input.view(), *credentials, std::nullopt, "bucket"));
        return;
    }
    const auto credentials = parse_sigv4(input.view(), *carrier);
    if (!credentials) return;
    require(!credentials->access_key_id().empty());
    (void)check_sigv4(input.view(), *credentials, {.real_now = kNow, .now = kNow});
    SigV4Verifier verifier;
    require(!verifier.verify(input.view(), *credentials, std::nullopt));
    if (!verifier.verify(input.view(), *credentials, kSecret)) {
        (void)explain_signature(
            {.request = input.view(), .credentials = *credentials, .secret = kSecret});
    }
}

// The same request, signed by us.
void round_trip(const Input& input) {
    RequestToSign to_sign{
        .method = input.head.method_text, .target = input.head.target, .host = input.head.host};
    const auto added =
        sign_request(to_sign, {.access_key_id = kKeyId, .secret = kSecret, .region = "r"}, kNow);
    Input copy{.head = {}, .target = input.target, .query = input.query};
    copy.head.method_text = input.head.method_text;
    copy.head.host = input.head.host;
    for (const auto& [name, value] : added)
        copy.head.fields.add(name, value);
    const auto credentials = parse_sigv4(copy.view(), CredentialCarrier::HeaderV4);
    require(credentials.has_value());
    require(check_sigv4(copy.view(), *credentials, {.real_now = kNow, .now = kNow}).has_value());
    SigV4Verifier verifier;
    require(verifier.verify(copy.view(), *credentials, kSecret).has_value());
    require(!verifier.verify(copy.view(), *credentials, "another"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Input input = parse({reinterpret_cast<const char*>(data), size});
    if (!input.query) return 0;
    authenticate(input);
    round_trip(input);
    return 0;
}
