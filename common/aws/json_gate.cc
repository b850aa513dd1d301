#include "common/aws/json_gate.h"

#include <set>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace tarn::aws {
namespace {

// Remembers the keys of every open object.  Only on_key does anything else than go on.
class DuplicateKeyFinder {
  public:
    // NOLINTBEGIN(readability-identifier-naming): boost::json::basic_parser asks for these names
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    // NOLINTEND(readability-identifier-naming)

    using Text = boost::json::string_view;
    using ErrorCode = boost::json::error_code;

    bool found() const { return found_; }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_array_begin(ErrorCode&) { return true; }
    bool on_array_end(std::size_t, ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode&) {
        keys_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, ErrorCode&) {
        keys_.pop_back();
        return true;
    }
    bool on_string_part(Text, std::size_t, ErrorCode&) { return true; }
    bool on_string(Text, std::size_t, ErrorCode&) { return true; }
    bool on_key_part(Text text, std::size_t, ErrorCode&) {
        key_.append(text.data(), text.size());
        return true;
    }
    bool on_key(Text text, std::size_t, ErrorCode& error) {
        key_.append(text.data(), text.size());
        if (!keys_.back().insert(key_).second) {
            found_ = true;
            error = boost::json::error::syntax;
        }
        key_.clear();
        return !found_;
    }
    bool on_number_part(Text, ErrorCode&) { return true; }
    bool on_int64(std::int64_t, Text, ErrorCode&) { return true; }
    bool on_uint64(std::uint64_t, Text, ErrorCode&) { return true; }
    bool on_double(double, Text, ErrorCode&) { return true; }
    bool on_bool(bool, ErrorCode&) { return true; }
    bool on_null(ErrorCode&) { return true; }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }

  private:
    std::vector<std::set<std::string>> keys_;
    std::string key_;
    bool found_ = false;
};

bool is_json_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

Result<void, JsonFault> check_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.bytes) return fail(JsonFault::TooLarge);
    if (!text.starts_with('{')) return fail(JsonFault::NotAnObject);

    boost::json::parse_options options;
    options.max_depth = static_cast<std::size_t>(limits.depth);
    boost::json::basic_parser<DuplicateKeyFinder> parser(options);
    boost::json::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().found()) return fail(JsonFault::DuplicateKey);
    if (error == boost::json::error::too_deep) return fail(JsonFault::TooDeep);
    if (error) return fail(JsonFault::Malformed);
    for (const char c : text.substr(used)) {
        if (!is_json_space(c)) return fail(JsonFault::Malformed);
    }
    return {};
}

}  // namespace tarn::aws
