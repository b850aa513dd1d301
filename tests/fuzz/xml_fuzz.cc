// What passes the XML gate can be kept as a tree, written and read again, and is the same tree.

#include "common/xml/gate.h"
#include "common/xml/node.h"

#include <cstdlib>

namespace {

using namespace tarn::xml;

constexpr std::size_t kMaxBytes = 1 << 16;

void reads_back(std::string_view text, References references) {
    const bool passes = pass_gate(text, kMaxBytes, references).has_value();
    const auto tree = parse_tree(text, {.max_bytes = kMaxBytes, .references = references});
    if (tree && !passes) std::abort();
    if (!tree) return;

    // Escaping makes a document longer, by a factor of six at most.
    const auto again = parse_tree(write_tree(*tree, "urn:x"),
                                  {.max_bytes = 16 * kMaxBytes, .references = references});
    if (!again || *again != *tree) std::abort();
}

// A document whose elements all are in the namespaces is the same as without that rule.
void keeps_to_namespaces(std::string_view text) {
    constexpr std::string_view kNamespaces[] = {"http://s3.amazonaws.com/doc/2006-03-01/", "urn:x"};
    const auto own = parse_tree(text, {.max_bytes = kMaxBytes, .namespaces = kNamespaces});
    const auto any = parse_tree(text, {.max_bytes = kMaxBytes});
    if (own && (!any || *own != *any)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    reads_back(text, References::Xml10);
    reads_back(text, References::AnyCharacter);
    keeps_to_namespaces(text);
    return 0;
}
