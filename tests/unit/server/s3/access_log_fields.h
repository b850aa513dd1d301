// Reading a line of a server access log.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// A reader that knows quotes and nothing else.
inline std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    bool in_quotes = false;
    for (const char c : line) {
        if (c == '"') in_quotes = !in_quotes;
        if (c == ' ' && !in_quotes) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

}  // namespace tarn::s3
