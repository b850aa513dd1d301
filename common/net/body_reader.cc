#include "common/net/body_reader.h"

#include <algorithm>
#include <cstring>

namespace tarn::net {

using Kind = http::BodyFraming::Kind;

void BodyReader::start(const http::BodyFraming& framing) {
    kind_ = framing.kind;
    remaining_ = framing.kind == Kind::Length ? framing.length : 0;
    ended_ = false;
    chunks_.reset();
}

bool BodyReader::done() const {
    switch (kind_) {
        case Kind::None:
            return true;
        case Kind::Length:
            return remaining_ == 0;
        case Kind::Chunked:
            return chunks_.done();
        case Kind::UntilClose:
            return ended_;
    }
    return true;
}

Result<std::size_t, BodyReader::Malformed> BodyReader::take(std::string_view& buffered,
                                                            std::span<char> out) {
    if (kind_ != Kind::Chunked) {
        const std::size_t size = std::min(receivable(out.size()), buffered.size());
        std::memcpy(out.data(), buffered.data(), size);
        buffered.remove_prefix(size);
        if (kind_ == Kind::Length) remaining_ -= size;
        return size;
    }
    std::size_t filled = 0;
    while (filled < out.size() && !buffered.empty() && !chunks_.done()) {
        // The decoder remembers what it was given, so it gets no more than out can hold.
        const auto step = chunks_.next(buffered.substr(0, out.size() - filled));
        if (!step || (step->consumed == 0 && !chunks_.done())) return fail(Malformed{});
        std::ranges::copy(step->body, out.data() + filled);
        filled += step->body.size();
        buffered.remove_prefix(step->consumed);
    }
    return filled;
}

std::optional<std::string_view> BodyReader::take_whole(std::string_view& buffered) {
    if (done()) return std::string_view();
    if (kind_ != Kind::Length || remaining_ > buffered.size()) return std::nullopt;
    const std::string_view whole = buffered.substr(0, static_cast<std::size_t>(remaining_));
    buffered.remove_prefix(whole.size());
    remaining_ = 0;
    return whole;
}

std::size_t BodyReader::receivable(std::size_t size) const {
    if (kind_ == Kind::None) return 0;
    if (kind_ != Kind::Length) return size;
    return static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, size));
}

Result<std::size_t, BodyReader::Malformed> BodyReader::unframe(std::span<char> received,
                                                               std::string_view& after) {
    after = {};
    if (kind_ == Kind::Length) remaining_ -= received.size();
    if (kind_ != Kind::Chunked) return received.size();

    std::string_view input(received.data(), received.size());
    std::size_t filled = 0;
    while (!input.empty() && !chunks_.done()) {
        const auto step = chunks_.next(input);
        if (!step || (step->consumed == 0 && !chunks_.done())) return fail(Malformed{});
        std::ranges::copy(step->body, received.data() + filled);  // forward, and never behind
        filled += step->body.size();
        input.remove_prefix(step->consumed);
    }
    after = input;
    return filled;
}

bool BodyReader::end_of_stream() {
    if (kind_ != Kind::UntilClose) return false;
    ended_ = true;
    return true;
}

}  // namespace tarn::net
