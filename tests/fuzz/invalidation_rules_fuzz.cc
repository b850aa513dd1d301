// Lines "path" add a rule, lines "?key" look one up: the tree agrees with a plain list.

#include "common/cdn/invalidation_path.h"
#include "common/cdn/invalidation_rules.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace tarn;

namespace {

struct Rule {
    std::uint64_t sequence;
    std::string path;  // normalised, with its star
};

std::uint64_t newest(const std::vector<Rule>& rules, std::string_view key) {
    std::uint64_t found = 0;
    for (const Rule& rule : rules) {
        std::string_view path = rule.path;
        bool covers = path == key;
        if (path.ends_with('*')) covers = key.starts_with(path.substr(0, path.size() - 1));
        if (covers) found = std::max(found, rule.sequence);
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    cdn::InvalidationRules rules;
    std::vector<Rule> list;
    std::uint64_t sequence = 0;
    while (!text.empty() && sequence < 200) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('?')) {
            const std::string key = cdn::normalize_invalidation_key(line.substr(1));
            if (cdn::normalize_invalidation_key(key) != key) std::abort();
            if (rules.newest_match(key, {}).sequence != newest(list, key)) std::abort();
        } else if (line == "!") {
            rules.drop_up_to(sequence / 2);
            std::erase_if(list, [&](const Rule& rule) { return rule.sequence <= sequence / 2; });
        } else if (!cdn::validate_invalidation_path(line)) {
            rules.add(++sequence, line);
            if (line.starts_with('/')) {
                list.push_back({sequence, cdn::normalize_invalidation_key(line)});
            }
        }
    }
    return 0;
}
