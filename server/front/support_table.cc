#include "server/front/support_table.h"

#include "server/s3/operations.h"

namespace tarn::front {

std::string support_table() {
    std::string done;
    std::string missing;
    std::size_t done_count = 0;
    for (const s3::OperationRow& row : s3::operations()) {
        const bool implemented = s3::handler_of(row) != nullptr;
        done_count += implemented ? 1 : 0;
        std::string& list = implemented ? done : missing;
        if (!list.empty()) list += ", ";
        list.append("`").append(row.name).append("`");
    }
    const std::size_t all = s3::operations().size();
    return "| S3 operations | |\n|---|---|\n| implemented (" + std::to_string(done_count) + " of " +
           std::to_string(all) + ") | " + done + " |\n| answered `NotImplemented` | " + missing +
           " |\n";
}

}  // namespace tarn::front
