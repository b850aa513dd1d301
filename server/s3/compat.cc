#include "server/s3/compat.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::s3 {

Result<CompatSwitches, std::string> parse_compat(std::string_view text) {
    CompatSwitches switches;
    if (text.empty()) return switches;
    for (const std::string_view name : split(text, ',')) {
        if (name == kCompatClassic) {
            for (const CompatRow& row : kCompatSwitches)
                switches.*row.flag = true;
            continue;
        }
        const auto* const row = std::ranges::find(kCompatSwitches, name, &CompatRow::name);
        if (row == std::end(kCompatSwitches)) return fail(std::string(name));
        switches.*row->flag = true;
    }
    return switches;
}

}  // namespace tarn::s3
