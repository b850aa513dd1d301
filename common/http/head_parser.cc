// The parsing of heads.  Boost.Beast reads the start line; the lines after it have been through the
// gate, which leaves nothing to their reading but to find the colons (read_fields()).  The only
// file that includes Beast's HTTP.
//
// Beast's basic_parser hands out views into the one buffer that it is given.  A parser is two words
// of state and costs nothing to construct, so each message gets its own on the stack.

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

// Fills in the start line of a Head, and stops there: the error that ends it is our own.
template <bool is_request, class Head>
class StartLineParser final : public beast::http::basic_parser<is_request> {
  public:
    explicit StartLineParser(Head& head) : head_(head) {
        // Beast's own limit must not bite before ours.
        this->header_limit(UINT32_MAX);
    }

    bool parse(std::string_view bytes) {
        error_code error;
        this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        return has_start_line_;
    }

  private:
    void stop(error_code& error) {
        has_start_line_ = true;
        error = beast::http::error::end_of_stream;
    }

    void on_request_impl(beast::http::verb verb, beast::string_view method,
                         beast::string_view target, int version, error_code& error) override {
        if constexpr (is_request) {
            head_.method = method_of(verb);
            head_.method_text = method;
            head_.target = target;
            head_.minor_version = version % 10;
        }
        stop(error);
    }
    void on_response_impl(int status, beast::string_view reason, int version,
                          error_code& error) override {
        if constexpr (!is_request) {
            head_.status = status;
            head_.reason = reason;
            head_.minor_version = version % 10;
        }
        stop(error);
    }

    // Never called.
    void on_field_impl(beast::http::field, beast::string_view, beast::string_view,
                       error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    Head& head_;
    bool has_start_line_ = false;
};

std::string_view after_first_line(std::string_view bytes) {
    return bytes.substr(bytes.find('\n') + 1);
}

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

    if (!StartLineParser<true, RequestHead>(out).parse(bytes)) {
        return fail(classify_bad_request_line(bytes));
    }
    if (out.target.size() > limits.target_bytes) return fail(HeadError::TargetTooLong);
    FramingFields framing;
    const auto read = read_fields(after_first_line(bytes), limits.field_count, out.fields, framing);
    if (!read) return read;
    return admit_request(framing, out);
}

Result<void, HeadError> parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                            Method request_method, ResponseHead& out) {
    out.clear();
    if (is_oversized(bytes, limits)) return fail(HeadError::HeadTooLarge);
    if (!has_strict_lines(bytes)) return fail(HeadError::Malformed);

    if (!StartLineParser<false, ResponseHead>(out).parse(bytes)) return fail(HeadError::Malformed);
    FramingFields framing;
    const auto read = read_fields(after_first_line(bytes), limits.field_count, out.fields, framing);
    if (!read) return read;
    return admit_response(framing, request_method, out);
}

}  // namespace tarn::http
