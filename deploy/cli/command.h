// The subcommands of `tarn`, one function each.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

// What the shell sees (also in `tarn --help`).
enum Exit : int {
    kOk = 0,
    kFailure = 1,
    kUsage = 2,
    kConfiguration = 3,
    kBusy = 4,
    kCorrupt = 5,
};

using Arguments = std::vector<std::string>;

struct Command {
    std::string_view name;
    std::string_view arguments;  // as help shows them
    std::string_view purpose;
    int (*run)(const Arguments& arguments);
};

int run_up(const Arguments& arguments);
int run_env(const Arguments& arguments);
int run_aws(const Arguments& arguments);
int run_status(const Arguments& arguments);
int run_doctor(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_ca(const Arguments& arguments);
int run_scrub(const Arguments& arguments);

}  // namespace tarn::cli
