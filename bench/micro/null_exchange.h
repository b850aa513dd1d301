// A request without a connection, whose answer is thrown away.

#pragma once

#include "common/base/check.h"
#include "common/net/exchange.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tarn {

class NullExchange final : public net::Exchange {
  public:
    // head: a whole request head, well-formed.
    explicit NullExchange(std::string head, std::string body = {})
        : head_text_(std::move(head)), body_(std::move(body)) {
        peer_.address = "127.0.0.1";
        CHECK(http::parse_request_head(head_text_, {}, request_).has_value());
    }

    const http::RequestHead& request() const override { return request_; }
    const net::Peer& peer() const override { return peer_; }
    std::size_t loop_index() const override { return 0; }
    net::Task<Result<std::size_t, net::BodyError>> read_body(std::span<char> buffer) override {
        const std::size_t count = body_.copy(buffer.data(), buffer.size(), read_);
        read_ += count;
        co_return count;
    }
    bool body_finished() const override { return read_ == body_.size(); }
    http::HeadBuilder& head() override { return head_; }
    void respond(std::string_view body, std::shared_ptr<const void> owner) override {
        bytes_ += head_.text().size() + body.size();
        owner_ = std::move(owner);
    }
    void respond_without_body(std::optional<std::uint64_t>) override {}
    net::Task<bool> start(std::optional<std::uint64_t>) override { co_return true; }
    net::Task<bool> write(std::string_view) override { co_return true; }
    net::Task<bool> send_file(int, std::uint64_t, std::uint64_t) override { co_return true; }
    net::Task<bool> finish() override { co_return true; }
    void close() override {}
    bool response_started() const override { return false; }
    std::uint64_t bytes_sent() const override { return bytes_; }

    int status() const { return head_.status(); }

  private:
    std::string head_text_;
    std::string body_;
    std::size_t read_ = 0;
    http::RequestHead request_;
    net::Peer peer_;
    http::HeadBuilder head_;
    std::shared_ptr<const void> owner_;
    std::uint64_t bytes_ = 0;
};

}  // namespace tarn
