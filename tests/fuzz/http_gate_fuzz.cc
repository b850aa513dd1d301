// What the gate lets pass has one meaning only: written again it reads the same, and Beast, a
// reader with other rules, finds the same end of it.

#include "common/http/head.h"
#include "common/http/head_builder.h"

#include <cstdlib>
#include <ostream>  // boost/beast/http/verb.hpp of Boost 1.81 needs it

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace {

using namespace tarn::http;
namespace beast = boost::beast;

constexpr HeadLimits kLimits;
// Writing a head again may add a blank to every field, and a Host.
constexpr HeadLimits kWiderLimits{
    .target_bytes = 16 * 1024, .head_bytes = 64 * 1024, .field_count = 101};

void require(bool condition) {
    if (!condition) std::abort();
}

bool operator==(const BodyFraming& a, const BodyFraming& b) {
    return a.kind == b.kind && a.length == b.length;
}

bool same_fields(const Fields& a, const Fields& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Field& x, const Field& y) {
        return x.name == y.name && x.value == y.value;
    });
}

void add_fields(HeadBuilder& builder, const Fields& fields) {
    for (const Field& field : fields)
        builder.add(field.name, field.value);
}

// Lets Beast alone read a head.  It must find the same fields and the same framing.
template <bool is_request>
void compare_with_beast(std::string_view bytes, const BodyFraming& framing, const Fields& found,
                        bool skip_body) {
    beast::http::parser<is_request, beast::http::empty_body> parser;
    parser.header_limit(UINT32_MAX);
    parser.body_limit(boost::none);
    parser.skip(skip_body);
    beast::error_code error;
    parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    require(!error && parser.is_header_done());
    const auto& fields = parser.get().base();
    require(std::equal(found.begin(), found.end(), fields.begin(), fields.end(),
                       [](const Field& ours, const auto& theirs) {
                           return ours.name == theirs.name_string() && ours.value == theirs.value();
                       }));
    switch (framing.kind) {
        case BodyFraming::Kind::Chunked:
            require(parser.chunked() && !parser.content_length());
            break;
        case BodyFraming::Kind::Length:
            require(!parser.chunked() && parser.content_length() == framing.length);
            break;
        case BodyFraming::Kind::None:
            require(parser.is_done());
            break;
        case BodyFraming::Kind::UntilClose:
            require(parser.need_eof() && !parser.is_done());
            break;
    }
}

void check_request(std::string_view bytes) {
    RequestHead head;
    if (!parse_request_head(bytes, kLimits, head)) return;
    require(head.target.starts_with('/') || head.target == "*");
    require(head.target.find_first_of(" #\r\n") == std::string_view::npos);
    require(head.fields.count("Host") == 1 || head.minor_version == 0);
    require(head.fields.count("Content-Length") + head.fields.count("Transfer-Encoding") <= 1);
    require(head.framing.kind != BodyFraming::Kind::UntilClose);
    compare_with_beast<true>(bytes, head.framing, head.fields, false);

    HeadBuilder builder;
    builder.begin_request(head.method_text, head.target);
    add_fields(builder, head.fields);
    if (!head.fields.has("Host")) builder.add("Host", head.host.empty() ? "h" : head.host);
    const std::string again = builder.text() + "\r\n";
    RequestHead second;
    require(find_head_end(again) == again.size());
    require(parse_request_head(again, kWiderLimits, second).has_value());
    require(second.method == head.method && second.method_text == head.method_text);
    require(second.target == head.target);
    require(second.framing == head.framing);
    if (head.minor_version == 0) return;  // what was written is HTTP/1.1
    require(second.keep_alive == head.keep_alive);
    require(second.expects_continue == head.expects_continue);
    require(same_fields(second.fields, head.fields));
}

void check_response(std::string_view bytes, Method request_method) {
    ResponseHead head;
    if (!parse_response_head(bytes, kLimits, request_method, head)) return;
    require(head.status >= 100 && head.status <= 999);
    compare_with_beast<false>(bytes, head.framing, head.fields, request_method == Method::Head);

    HeadBuilder builder;
    builder.begin_response(head.status);
    add_fields(builder, head.fields);
    const std::string again = builder.text() + "\r\n";
    ResponseHead second;
    require(parse_response_head(again, kWiderLimits, request_method, second).has_value());
    require(second.status == head.status);
    require(second.framing == head.framing);
    require(same_fields(second.fields, head.fields));
    if (head.minor_version == 1) require(second.keep_alive == head.keep_alive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = find_head_end(input);
    // The end is the same however the bytes arrive.
    const std::size_t seen = size / 2;
    const auto end_in_half = find_head_end(input.substr(0, seen));
    require((end_in_half ? end_in_half : find_head_end(input, seen)) == end);

    const std::string_view head = input.substr(0, end.value_or(size));
    check_request(head);
    check_response(head, size % 2 == 0 ? Method::Get : Method::Head);
    if (head.size() < size) {
        RequestHead request;
        require(!parse_request_head(input, kLimits, request));  // never more than one head
    }
    return 0;
}
