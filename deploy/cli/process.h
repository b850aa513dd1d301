// Child processes of `tarn up`, and finding programs.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tarn::cli {

// One of Tarn's own programs: beside this one, or where the build puts it.
// Throws std::runtime_error where it is missing.
std::filesystem::path find_program(const std::string& name);

// Starts a program in a process group of its own (Ctrl-C reaches only us; we stop the children in
// order) that ends with us.  Throws std::runtime_error.
pid_t start_process(const std::filesystem::path& program,
                    const std::vector<std::string>& arguments);

// Replaces this process.  Returns only where that failed: the exit status 127.
int become(const std::string& program, const std::vector<std::string>& arguments);

// What a program found on PATH wrote to one of its streams; the other one goes to /dev/null.
enum class Stream : std::uint8_t { Output, Error };
struct Finished {
    int status = 0;  // -1: it could not be run, or was killed
    std::string output;
};
Finished run_to_end(const std::vector<std::string>& command, Stream stream);
// The standard output of a program found on PATH; nothing where it cannot be run.
std::optional<std::string> output_of(const std::vector<std::string>& command);

// A TCP port on 127.0.0.1 that nobody uses at the moment.
int free_port();

}  // namespace tarn::cli
