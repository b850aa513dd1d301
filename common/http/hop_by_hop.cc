#include "common/http/hop_by_hop.h"

#include "common/base/text.h"
#include "common/http/name_set.h"

#include <algorithm>

namespace tarn::http {
namespace {

constexpr NameSet kHopByHop("connection", "keep-alive", "te", "trailer", "transfer-encoding",
                            "upgrade", "proxy-connection", "expect", "content-length");
constexpr NameSet kNeverStripped("host", "authorization", "content-length", "x-forwarded-for");
// What Connection says of the connection itself names no field that could be forwarded.
constexpr NameSet kConnectionOptions("close", "keep-alive");

}  // namespace

HopByHop::HopByHop(const Fields& fields) {
    for (const Field& field : fields) {
        if (!iequals(field.name, "connection") || kConnectionOptions.contains(field.value)) {
            continue;
        }
        for (const std::string_view name : split_list(field.value)) {
            if (!kNeverStripped.contains(name)) listed_.push_back(name);
        }
    }
}

bool HopByHop::covers(std::string_view name) const {
    return kHopByHop.contains(name) || std::ranges::any_of(listed_, [&](std::string_view listed) {
               return iequals(listed, name);
           });
}

}  // namespace tarn::http
