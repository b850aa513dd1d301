// Whatever the text, the parser answers; a form that a policy lets pass is refused once the policy
// has expired, and with a field that the policy does not name.

#include "common/aws/post_policy.h"
#include "common/base/encoding.h"

#include <cstdlib>

namespace {

using namespace tarn;

void require(bool condition) {
    if (!condition) std::abort();
}

void judge(const aws::PostPolicy& policy) {
    std::vector<aws::FormField> fields = {
        {"key", "user/a"}, {"acl", "private"}, {"Content-Type", "image/png,image/gif"}};
    const auto passes = aws::check_post_policy(policy, fields, "b", policy.expires_at);
    if (!passes) {
        require(!passes.error().message.empty());
        return;
    }
    require(!aws::check_post_policy(policy, fields, "b",
                                    policy.expires_at + std::chrono::milliseconds(1)));
    // No condition that is met names it: the form above did not have it.
    fields.push_back({"x-amz-meta-unnamed", "v"});
    require(!aws::check_post_policy(policy, fields, "b", policy.expires_at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto policy = aws::parse_post_policy(to_base64(text));
    if (policy) {
        judge(*policy);
    } else {
        require(!policy.error().message.empty());
    }
    require(!aws::parse_post_policy(text) || from_base64(text));
    return 0;
}
