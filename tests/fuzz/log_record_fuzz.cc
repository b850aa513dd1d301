// Any bytes as a line of the edges' log: what is read is written and read the same.

#include "common/cdn/log_record.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto record = cdn::read_log_record({reinterpret_cast<const char*>(data), size});
    if (!record) return 0;
    const std::string line = cdn::write_log_record(*record);
    const auto again = cdn::read_log_record(line);
    if (!again || cdn::write_log_record(*again) != line) std::abort();
    if (line.find('\n') != line.size() - 1) std::abort();
    return 0;
}
