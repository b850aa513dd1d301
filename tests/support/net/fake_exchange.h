// One request and what was answered to it, without a connection.

#pragma once

#include "common/base/check.h"
#include "common/net/exchange.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace tarn::test {

// Not to be moved: the request looks into its own text.
class FakeExchange final : public net::Exchange {
  public:
    // head as on the wire; it must be one that the gate lets pass.
    explicit FakeExchange(std::string head, std::string body = {}, net::Peer peer = {})
        : head_text_(std::move(head)), body_(std::move(body)), peer_(std::move(peer)) {
        CHECK(http::parse_request_head(head_text_, {}, request_).has_value());
    }
    FakeExchange(const FakeExchange&) = delete;
    FakeExchange& operator=(const FakeExchange&) = delete;

    const http::RequestHead& request() const override { return request_; }
    const net::Peer& peer() const override { return peer_; }
    std::size_t loop_index() const override { return 0; }

    net::Task<Result<std::size_t, net::BodyError>> read_body(std::span<char> buffer) override {
        const std::size_t count = std::min(buffer.size(), body_.size() - read_);
        std::copy_n(body_.data() + read_, count, buffer.data());
        read_ += count;
        if (on_read) on_read();
        co_return count;
    }
    bool body_finished() const override { return read_ == body_.size(); }

    http::HeadBuilder& head() override { return head_; }
    void respond(std::string_view body, std::shared_ptr<const void>) override {
        started_ = true;
        written += body;
    }
    void respond_without_body(std::optional<std::uint64_t>) override { started_ = true; }
    net::Task<bool> start(std::optional<std::uint64_t>) override {
        started_ = true;
        co_return true;
    }
    net::Task<bool> write(std::string_view bytes) override {
        written += bytes;
        co_return !on_write || on_write();
    }
    net::Task<bool> send_file(int, std::uint64_t, std::uint64_t) override { co_return false; }
    net::Task<bool> finish() override {
        finished = true;
        co_return true;
    }
    void close() override { closed = true; }
    bool response_started() const override { return started_; }
    std::uint64_t bytes_sent() const override { return written.size(); }

    int status() const { return head_.status(); }
    const std::string& head_text() const { return head_.text(); }

    std::string written;
    bool finished = false;
    bool closed = false;
    std::function<void()> on_read;  // called after each read of the body
    // Called after each write of a stream; false: the connection is gone.
    std::function<bool()> on_write;

  private:
    std::string head_text_;
    std::string body_;
    std::size_t read_ = 0;
    bool started_ = false;
    http::RequestHead request_;
    net::Peer peer_;
    http::HeadBuilder head_;
};

}  // namespace tarn::test
