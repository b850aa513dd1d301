// Whatever the text, the parser answers: with MalformedACLError, or with grants that S3 would take.

#include "server/s3/acl_document.h"

#include <cstdlib>

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tarn;
    const auto document = s3::parse_acl_document({reinterpret_cast<const char*>(data), size});
    if (!document) {
        require(document.error().code == s3::ErrorCode::MalformedACLError);
        return 0;
    }
    require(document->grants.size() <= auth::kMaxGrants);
    for (const s3::NamedGrant& grant : document->grants)
        require(auth::parse_permission(auth::to_text(grant.permission)) == grant.permission);
    return 0;
}
