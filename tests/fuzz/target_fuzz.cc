// Splitting loses no byte, and decoding goes exactly one step.

#include "common/base/encoding.h"
#include "common/http/target.h"

#include <cstdlib>
#include <string>

namespace {

using namespace tarn::http;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_query(std::string_view query) {
    const auto parameters = parse_query(query);
    if (!parameters) return;
    require(parameters->size() <= kMaxQueryParameters);

    std::string joined;   // the raw members: all of query but superfluous '&'
    std::string encoded;  // the same parameters, encoded by us
    for (const QueryParameter& parameter : *parameters) {
        require(parameter.has_value || parameter.raw_value.empty());
        require(tarn::percent_decode(parameter.raw_name) == parameter.name);
        require(tarn::percent_decode(parameter.raw_value) == parameter.value);
        if (!joined.empty()) joined += '&';
        joined += parameter.raw_name;
        if (!encoded.empty()) encoded += '&';
        encoded += tarn::percent_encode(parameter.name, tarn::KeepSlash::No);
        if (!parameter.has_value) continue;
        joined += '=';
        joined += parameter.raw_value;
        encoded += '=';
        encoded += tarn::percent_encode(parameter.value, tarn::KeepSlash::No);
    }
    std::string squeezed;
    for (const char c : query) {
        if (c == '&' && (squeezed.empty() || squeezed.back() == '&')) continue;
        squeezed += c;
    }
    if (squeezed.ends_with('&')) squeezed.pop_back();
    require(joined == squeezed);

    const auto again = parse_query(encoded);
    require(again && again->size() == parameters->size());
    for (std::size_t i = 0; i < again->size(); ++i) {
        require((*again)[i].name == (*parameters)[i].name);
        require((*again)[i].value == (*parameters)[i].value);
        require((*again)[i].has_value == (*parameters)[i].has_value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const Target target = split_target(input);
    std::string joined(target.path);
    if (target.has_query) joined.append("?").append(target.query);
    require(joined == input);
    require(target.path.find('?') == std::string_view::npos);
    check_query(target.query);

    const HostPort host = split_host(input);
    require(host.host.size() + host.port.size() <= size);
    return 0;
}
