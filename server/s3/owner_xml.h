// Elements that several answers share.

#pragma once

#include "common/xml/writer.h"
#include "server/auth/credential_store.h"
#include "server/s3/services.h"

#include <string_view>

namespace tarn::s3 {

inline constexpr std::string_view kS3Xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";

// The children of an owner or grantee: <ID>…</ID>.  DisplayName is gone since 21 November 2025
// (s3.md finding 4) and comes with the switch owner-display-name only.
inline void write_account(xml::Writer& writer, const Services& services,
                          std::string_view account_id) {
    writer.element("ID", auth::canonical_id_of(account_id));
    if (!services.compat.owner_display_name) return;
    const auto account = services.credentials.find_account(account_id);
    if (account) writer.element("DisplayName", account->display_name);
}

// <Owner><ID>…</ID></Owner>
inline void write_owner(xml::Writer& writer, const Services& services, std::string_view element,
                        std::string_view account_id) {
    writer.open(element);
    write_account(writer, services, account_id);
    writer.close();
}

}  // namespace tarn::s3
