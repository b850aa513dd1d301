// Elements that several answers share.

#pragma once

#include "common/xml/writer.h"
#include "server/auth/credential_store.h"

#include <string_view>

namespace tarn::s3 {

inline constexpr std::string_view kS3Xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";

// <Owner><ID>…</ID></Owner>.  DisplayName is gone since 21 November 2025 (s3.md finding 4).
inline void write_owner(xml::Writer& writer, std::string_view element,
                        std::string_view account_id) {
    writer.open(element).element("ID", auth::canonical_id_of(account_id)).close();
}

}  // namespace tarn::s3
