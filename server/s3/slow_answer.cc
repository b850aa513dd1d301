#include "server/s3/slow_answer.h"

#include "common/xml/writer.h"

namespace tarn::s3 {
namespace {

std::string declaration() {
    std::string text;
    xml::Writer(text).declaration();
    return text;
}

}  // namespace

SlowAnswer::SlowAnswer(Services& services, Request& request)
    : clock_(services.clock), request_(request), last_word_(clock_.steady_now()) {}

net::Task<bool> SlowAnswer::keep_alive() {
    if (clock_.steady_now() - last_word_ < kSilence) co_return true;
    net::Exchange& exchange = request_.exchange;
    last_word_ = clock_.steady_now();
    if (exchange.response_started()) co_return co_await exchange.write(" ");
    begin_response(request_, 200).add("Content-Type", "application/xml");
    if (!co_await exchange.start(std::nullopt)) co_return false;
    co_return co_await exchange.write(declaration());
}

void SlowAnswer::set_versions(std::string source, std::string made) {
    source_version_id_ = std::move(source);
    version_id_ = std::move(made);
}

net::Task<Outcome> SlowAnswer::finish(Result<std::string, Error> xml) {
    net::Exchange& exchange = request_.exchange;
    if (!exchange.response_started()) {
        if (!xml) co_return fail(std::move(xml).error());
        co_return respond_xml(request_, *std::move(xml),
                              {{"x-amz-copy-source-version-id", source_version_id_},
                               {"x-amz-version-id", version_id_}});
    }
    const std::string document =
        xml ? *std::move(xml) : error_xml(xml.error(), request_.request_id, request_.host_id);
    if (!xml && request_.log_notes) request_.log_notes->error_code = code_of(xml.error());
    // The declaration was sent.
    if (co_await exchange.write(std::string_view(document).substr(declaration().size()))) {
        co_await exchange.finish();
    }
    co_return Outcome{};
}

}  // namespace tarn::s3
