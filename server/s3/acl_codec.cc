#include "server/s3/acl_codec.h"

#include "server/s3/record_codec.h"

namespace tarn::s3 {

std::string encode_acl(const auth::Acl& acl) {
    RecordWriter out;
    out.integer(acl.size());
    for (const auth::Grant& grant : acl) {
        out.integer(static_cast<std::uint64_t>(grant.grantee.kind));
        out.text(grant.grantee.account_id);
        out.integer(static_cast<std::uint64_t>(grant.permission));
    }
    return out.take();
}

std::optional<auth::Acl> decode_acl(std::string_view bytes) {
    RecordReader in(bytes);
    auth::Acl acl;
    const std::uint64_t count = in.integer();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::uint64_t kind = in.integer();
        const std::string_view account_id = in.text();
        const std::uint64_t permission = in.integer();
        if (kind > static_cast<std::uint64_t>(auth::GranteeKind::ExecReader) ||
            permission > static_cast<std::uint64_t>(auth::Permission::FullControl)) {
            return std::nullopt;
        }
        acl.push_back({.grantee = {.kind = static_cast<auth::GranteeKind>(kind),
                                   .account_id = std::string(account_id)},
                       .permission = static_cast<auth::Permission>(permission)});
    }
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return acl;
}

}  // namespace tarn::s3
