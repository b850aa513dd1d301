#include "server/front/control_body.h"

#include <array>

namespace tarn::front {

bool BodyBudget::take(std::size_t bytes) {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= max_bytes_) return true;
    give_back(bytes);
    return false;
}

net::Task<Result<void, ControlBodyError>> ControlBody::read(net::Exchange& exchange) {
    std::array<char, 16UL * 1024> buffer;
    for (;;) {
        const auto got = co_await exchange.read_body(buffer);
        if (!got) co_return fail(ControlBodyError::Unreadable);
        if (*got == 0) co_return Result<void, ControlBodyError>{};
        if (text_.size() + *got > kMaxControlBodyBytes) co_return fail(ControlBodyError::TooLarge);
        if (!budget_.take(*got)) co_return fail(ControlBodyError::Busy);
        text_.append(buffer.data(), *got);
    }
}

}  // namespace tarn::front
