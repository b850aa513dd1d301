// The process's own figures, from /proc/self (proc(5)).

#include "common/observe/metrics.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace tarn {
namespace {

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double total_pages = 0;
    double resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
    std::error_code error;
    const std::filesystem::directory_iterator all("/proc/self/fd", error);
    if (error) return 0;
    return static_cast<double>(std::distance(begin(all), end(all)));
}

}  // namespace

void add_process_metrics() {
    const double started =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    gauge_from("process_resident_memory_bytes", "Resident memory size in bytes.", {},
               resident_bytes);
    gauge_from("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", {},
               cpu_seconds);
    gauge_from("process_open_fds", "Number of open file descriptors.", {}, open_descriptors);
    gauge_from("process_start_time_seconds",
               "Start time of the process since unix epoch in seconds.", {},
               [started] { return started; });
}

}  // namespace tarn
