// Which fields of a message are for the next hop only.

#pragma once

#include "common/http/head.h"

#include <string_view>
#include <vector>

namespace tarn::http {

// The fields that an intermediary must not forward (RFC 9110, section 7.6.1): those of the
// connection, the framing, and those that Connection lists, but for end-to-end ones, which a
// malicious Connection field would strip.  Views the fields it was made from.
class HopByHop {
  public:
    explicit HopByHop(const Fields& fields);

    bool covers(std::string_view name) const;

  private:
    std::vector<std::string_view> listed_;  // empty for nearly every message
};

}  // namespace tarn::http
