#include "server/s3/slow_answer.h"

#include "common/xml/writer.h"
#include "server/s3/encryption.h"

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
    begin_xml();
    if (!co_await exchange.start(std::nullopt)) co_return false;
    co_return co_await exchange.write(declaration());
}

http::HeadBuilder& SlowAnswer::begin_xml() {
    http::HeadBuilder& head = begin_response(request_, 200);
    head.add("Content-Type", "application/xml");
    add_encryption_fields(head, request_, encryption_);
    return head;
}

void SlowAnswer::set_encryption(std::optional<ObjectEncryption> encryption) {
    encryption_ = std::move(encryption);
}

void SlowAnswer::set_versions(std::string source, std::string made) {
    source_version_id_ = std::move(source);
    version_id_ = std::move(made);
}

net::Task<Outcome> SlowAnswer::finish(Result<std::string, Error> xml) {
    net::Exchange& exchange = request_.exchange;
    if (!exchange.response_started()) {
        if (!xml) co_return fail(std::move(xml).error());
        http::HeadBuilder& head = begin_xml();
        if (!source_version_id_.empty()) {
            head.add("x-amz-copy-source-version-id", source_version_id_);
        }
        if (!version_id_.empty()) head.add("x-amz-version-id", version_id_);
        const auto body = std::make_shared<const std::string>(*std::move(xml));
        exchange.respond(*body, body);
        co_return Outcome{};
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
