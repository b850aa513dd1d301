// What passes the XML gate can be kept as a tree, written and read again, and is the same tree.

#include "common/xml/gate.h"
#include "common/xml/node.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tarn::xml;
    constexpr std::size_t kMaxBytes = 1 << 16;
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    const bool passes = pass_gate(text, kMaxBytes).has_value();
    const auto tree = parse_tree(text, kMaxBytes);
    if (tree && !passes) std::abort();
    if (!tree) return 0;

    // Escaping makes a document longer, by a factor of six at most.
    const auto again = parse_tree(write_tree(*tree, "urn:x"), 16 * kMaxBytes);
    if (!again || *again != *tree) std::abort();
    return 0;
}
