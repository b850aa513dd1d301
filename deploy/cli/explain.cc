// `tarn explain REQUEST-ID`: asks the server about refused requests and the edges about their
// answers.

#include "deploy/cli/command.h"
#include "deploy/cli/http_get.h"
#include "deploy/cli/run_state.h"

#include <algorithm>
#include <iostream>

#include <boost/json.hpp>

namespace tarn::cli {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string{};
}

void print_refusal(const json::object& refusal) {
    std::cout << text_of(refusal, "code") << "  " << text_of(refusal, "method") << " "
              << text_of(refusal, "target") << "\n"
              << "  " << text_of(refusal, "message") << "\n";
    const std::string cause = text_of(refusal, "cause");
    if (!cause.empty()) std::cout << "  cause   PROVED: " << cause << "\n";
    for (const auto& member : refusal.at("details").as_object()) {
        const std::string name(member.key());
        if (name.ends_with("Bytes")) continue;  // the same in hex
        std::cout << "  " << name << ":\n";
        std::string value(member.value().as_string());
        std::size_t start = 0;
        while (start <= value.size()) {
            const std::size_t end = std::min(value.find('\n', start), value.size());
            std::cout << "      " << value.substr(start, end - start) << "\n";
            start = end + 1;
        }
    }
}

// Request ids are letters, digits and a few signs; anything else is a slip of the hand.
bool is_request_id(const std::string& id) {
    return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
        return std::string_view("-_=~").find(c) != std::string_view::npos ||
               (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

}  // namespace

int run_explain(const Arguments& arguments) {
    const bool help = !arguments.empty() && arguments.front() == "--help";
    if (arguments.size() != 1 || help || !is_request_id(arguments.front())) {
        (help ? std::cout : std::cerr)
            << "Says why a request was refused, or why a cache answer was what it was.\n\n"
               "Usage: tarn explain REQUEST-ID\n\n"
               "The id is the x-amz-request-id of an S3 answer, or the X-Amz-Cf-Id of an edge's.\n";
        return help ? kOk : kUsage;
    }
    const auto state = read_state();
    if (!state) {
        std::cerr << "tarn explain: nothing runs; start 'tarn up'\n";
        return kFailure;
    }
    const std::string& id = arguments.front();
    const auto refusal =
        http_get(state->admin_port, "/api/v1/explain/" + id, read_token(*state, "admin-token"));
    if (refusal && refusal->status == 200) {
        print_refusal(json::parse(refusal->body).as_object());
        return kOk;
    }
    for (const EdgeProcess& edge : state->edges) {
        const auto trace = http_get(edge.admin_port, "/_edge/trace/" + id);
        if (!trace || trace->status != 200) continue;
        std::cout << trace->body << "\n";
        return kOk;
    }
    std::cerr << "tarn explain: no request of that id is remembered (refused S3 requests: the last "
                 "256; edge answers: the last 16384 of each edge)\n";
    return kFailure;
}

}  // namespace tarn::cli
