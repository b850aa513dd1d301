#include "server/front/server_app.h"
#include "server/front/server_options.h"
#include "server/front/support_table.h"
#include "server/storage/failpoint.h"

#include <iostream>

int main(int argc, char** argv) {
    const auto parsed = tarn::front::parse_server_options(argc, argv, std::cout, std::cerr);
    if (parsed.exit_status) return *parsed.exit_status;
    if (parsed.options.list_failpoints) {
        for (const std::string_view name : tarn::storage::kFailpoints)
            std::cout << name << "\n";
        return 0;
    }
    if (parsed.options.print_operations) {
        std::cout << tarn::front::support_table();
        return 0;
    }
    if (parsed.options.scrub) return tarn::front::run_scrub(parsed.options);
    return tarn::front::run_server(parsed.options);
}
