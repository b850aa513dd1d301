// The parsing of heads, by Boost.Beast between the two halves of the gate.  The only file that
// includes Beast's HTTP.
//
// Beast's basic_parser hands out views into the one buffer that it is given, except for folded
// values, which the gate refuses beforehand.  A parser is two words of state and costs nothing to
// construct, so each message gets its own on the stack.

#include "common/http/head.h"
#include "common/http/head_gate.h"

#include <ostream>  // boost/beast/http/verb.hpp of Boost 1.81 needs it

#include <boost/beast/http/basic_parser.hpp>

namespace tarn::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

Method method_of(beast::http::verb verb) {
    switch (verb) {
        case beast::http::verb::get:
            return Method::Get;
        case beast::http::verb::head:
            return Method::Head;
        case beast::http::verb::put:
            return Method::Put;
        case beast::http::verb::post:
            return Method::Post;
        case beast::http::verb::delete_:
            return Method::Delete;
        case beast::http::verb::options:
            return Method::Options;
        case beast::http::verb::patch:
            return Method::Patch;
        default:
            return Method::Other;
    }
}

// Fills a Head.  An error of ours travels through Beast as an error_code and stands in error().
template <bool is_request, class Head>
class HeadParser final : public beast::http::basic_parser<is_request> {
  public:
    HeadParser(const HeadLimits& limits, Head& head) : limits_(limits), head_(head) {
        // Beast's own limits must not bite before ours.
        this->header_limit(UINT32_MAX);
        this->body_limit(boost::none);
    }

    // Whether the bytes were a head, all of them.
    bool parse(std::string_view bytes) {
        error_code error;
        const std::size_t consumed =
            this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        return !error && this->is_header_done() && consumed == bytes.size();
    }
    const FramingFields& framing() const { return framing_; }
    std::optional<HeadError> error() const { return error_; }
    bool bad_start_line() const { return !has_start_line_; }

  private:
    void refuse(HeadError why, error_code& error) {
        error_ = why;
        error = beast::http::error::header_limit;
    }

    void on_request_impl(beast::http::verb verb, beast::string_view method,
                         beast::string_view target, int version, error_code& error) override {
        if constexpr (is_request) {
            has_start_line_ = true;
            head_.method = method_of(verb);
            head_.method_text = method;
            head_.target = target;
            head_.minor_version = version % 10;
            if (target.size() > limits_.target_bytes) refuse(HeadError::TargetTooLong, error);
        }
    }
    void on_response_impl(int status, beast::string_view reason, int version,
                          error_code&) override {
        if constexpr (!is_request) {
            has_start_line_ = true;
            head_.status = status;
            head_.reason = reason;
            head_.minor_version = version % 10;
        }
    }
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       error_code& error) override {
        if (head_.fields.size() == limits_.field_count) {
            return refuse(HeadError::TooManyFields, error);
        }
        head_.fields.add(name, value);
        framing_.observe(name, value);
    }
    void on_header_impl(error_code&) override {}

    // The body is none of this parser's business: parse() stops at the end of the head.
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    const HeadLimits& limits_;
    Head& head_;
    FramingFields framing_;
    std::optional<HeadError> error_;
    bool has_start_line_ = false;
};

// Whether a head is longer than allowed, or has used up the room without coming to its end.
bool is_oversized(std::string_view bytes, const HeadLimits& limits) {
    if (bytes.size() == limits.head_bytes) return !bytes.ends_with("\r\n\r\n");
    return bytes.size() > limits.head_bytes;
}

}  // namespace

Result<void, HeadError> parse_request_head(std::string_view bytes, const HeadLimits& limits,
                                           RequestHead& out) {
    out.clear();
    if (is_oversized(bytes, limits)) return fail(classify_oversized_request(bytes, limits));
    if (!has_strict_lines(bytes)) return fail(HeadError::Malformed);

    HeadParser<true, RequestHead> parser(limits, out);
    if (!parser.parse(bytes)) {
        if (parser.error()) return fail(*parser.error());
        return fail(parser.bad_start_line() ? classify_bad_request_line(bytes)
                                            : HeadError::Malformed);
    }
    return admit_request(parser.framing(), out);
}

Result<void, HeadError> parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                            Method request_method, ResponseHead& out) {
    out.clear();
    if (is_oversized(bytes, limits)) return fail(HeadError::HeadTooLarge);
    if (!has_strict_lines(bytes)) return fail(HeadError::Malformed);

    HeadParser<false, ResponseHead> parser(limits, out);
    if (!parser.parse(bytes)) return fail(parser.error().value_or(HeadError::Malformed));
    return admit_response(parser.framing(), request_method, out);
}

}  // namespace tarn::http
