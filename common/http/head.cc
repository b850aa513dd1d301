#include "common/http/head.h"

#include "common/base/text.h"

#include <algorithm>
#include <cstring>

namespace tarn::http {

std::string_view method_name(Method method) {
    switch (method) {
        case Method::Get:
            return "GET";
        case Method::Head:
            return "HEAD";
        case Method::Put:
            return "PUT";
        case Method::Post:
            return "POST";
        case Method::Delete:
            return "DELETE";
        case Method::Options:
            return "OPTIONS";
        case Method::Patch:
            return "PATCH";
        case Method::Other:
            break;
    }
    return "OTHER";
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
    for (const Field& field : list_) {
        // Most names differ in length or first letter: decide those without a call.
        if (field.name.size() != name.size()) continue;
        if (!name.empty() && to_lower(field.name.front()) != to_lower(name.front())) continue;
        if (iequals(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        list_, [&](const Field& field) { return iequals(field.name, name); }));
}

void RequestHead::clear() {
    method = Method::Other;
    method_text = {};
    target = {};
    minor_version = 1;
    host = {};
    fields.clear();
    framing = {};
    keep_alive = true;
    expects_continue = false;
}

void ResponseHead::clear() {
    status = 0;
    minor_version = 1;
    reason = {};
    fields.clear();
    framing = {};
    keep_alive = true;
}

int status_of(HeadError error) {
    switch (error) {
        case HeadError::Malformed:
            return 400;
        case HeadError::UnsupportedVersion:
            return 505;
        case HeadError::TargetTooLong:
            return 414;
        case HeadError::HeadTooLarge:
        case HeadError::TooManyFields:
            return 431;
        case HeadError::UnsupportedTransferCoding:
            return 501;
    }
    return 400;
}

// A line that ends in a bare LF counts as a line here, so that a head written with such line ends
// is refused at once by the gate instead of running into the timeout.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t searched_bytes) {
    const char* const end = bytes.data() + bytes.size();
    // The longest end of a head that an earlier call could not recognise is "\n\r".
    const char* at = bytes.data() + (searched_bytes > 2 ? searched_bytes - 2 : 0);
    while (at < end) {
        at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        if (at == nullptr) return std::nullopt;
        ++at;
        const char* next = at;
        if (next < end && *next == '\r') ++next;
        if (next < end && *next == '\n') return static_cast<std::size_t>(next + 1 - bytes.data());
    }
    return std::nullopt;
}

}  // namespace tarn::http
