#include "common/net/deadlines.h"

#include <boost/asio/basic_waitable_timer.hpp>

namespace tarn::net {
namespace asio = boost::asio;

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

}  // namespace

struct Deadlines::State {
    State(asio::io_context& loop, std::chrono::milliseconds interval)
        : timer(loop), tick(interval) {}

    Timer timer;
    std::chrono::milliseconds tick;
    Time now = std::chrono::steady_clock::now();
    Member* first = nullptr;
    bool ticking = false;  // while there are members
};

Deadlines::Deadlines(asio::io_context& loop, std::chrono::milliseconds tick)
    : state_(std::make_shared<State>(loop, tick)) {}

Deadlines::~Deadlines() = default;  // and with it the timer

Deadlines::Member* Deadlines::first() const {
    return state_->first;
}

Deadlines::Time Deadlines::now() const {
    return state_->now;
}

Deadlines::Time Deadlines::after(std::chrono::milliseconds timeout) const {
    // now lies up to a tick back.
    return state_->now + timeout + state_->tick;
}

void Deadlines::add(Member& member) {
    member.previous_ = nullptr;
    member.next_ = state_->first;
    if (state_->first != nullptr) state_->first->previous_ = &member;
    state_->first = &member;
    if (!state_->ticking) {
        state_->now = std::chrono::steady_clock::now();
        schedule(state_);
    }
}

void Deadlines::remove(Member& member) {
    if (member.previous_ != nullptr) {
        member.previous_->next_ = member.next_;
    } else if (state_->first == &member) {
        state_->first = member.next_;
    }
    if (member.next_ != nullptr) member.next_->previous_ = member.previous_;
    member.previous_ = member.next_ = nullptr;
}

void Deadlines::schedule(const std::shared_ptr<State>& state) {
    state->ticking = true;
    state->timer.expires_after(state->tick);
    state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
        const auto alive = weak.lock();
        if (!alive || error) return;
        check(*alive);
        alive->ticking = false;
        if (alive->first != nullptr) schedule(alive);
    });
}

void Deadlines::check(State& state) {
    state.now = std::chrono::steady_clock::now();
    for (Member* member = state.first; member != nullptr;) {
        Member* const next = member->next_;
        if (state.now >= member->read_deadline || state.now >= member->write_deadline) {
            member->read_deadline = member->write_deadline = kNever;
            member->expire();
        }
        member = next;
    }
}

}  // namespace tarn::net
