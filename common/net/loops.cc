#include "common/net/loops.h"

#include "common/base/check.h"
#include "common/net/socket.h"

#include <csignal>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

namespace tarn::net {
namespace asio = boost::asio;

namespace {

struct Current {
    const void* owner = nullptr;
    std::size_t index = 0;
};
thread_local Current current;

// Signals are for the thread that waits for them, not for whichever loop happens to run.  Those
// that report a fault of the thread itself stay as they are.
void block_signals() {
    sigset_t signals;
    sigfillset(&signals);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF})
        sigdelset(&signals, fault);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

struct Loops::State {
    struct Loop {
        asio::io_context context{1};
        std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
        std::thread thread;
    };
    std::vector<std::unique_ptr<Loop>> loops;
    bool running = false;
};

Loops::Loops(std::size_t count) : state_(std::make_unique<State>()) {
    CHECK(count > 0);
    ignore_sigpipe();
    for (std::size_t i = 0; i < count; ++i)
        state_->loops.push_back(std::make_unique<State::Loop>());
}

Loops::~Loops() {
    stop();
}

void Loops::start() {
    CHECK(!state_->running);
    state_->running = true;
    for (std::size_t i = 0; i < state_->loops.size(); ++i) {
        State::Loop& loop = *state_->loops[i];
        loop.context.restart();
        loop.work.emplace(asio::make_work_guard(loop.context));
        loop.thread = std::thread([state = state_.get(), &loop, i] {
            block_signals();
            current = {.owner = state, .index = i};
            loop.context.run();
        });
    }
}

void Loops::stop() {
    for (const auto& loop : state_->loops) {
        loop->work.reset();
        loop->context.stop();
    }
    for (const auto& loop : state_->loops) {
        if (loop->thread.joinable()) loop->thread.join();
    }
    state_->running = false;
}

bool Loops::running() const {
    return state_->running;
}

std::size_t Loops::size() const {
    return state_->loops.size();
}

asio::io_context& Loops::loop(std::size_t index) {
    return state_->loops.at(index)->context;
}

std::size_t Loops::current_index() const {
    return current.owner == state_.get() ? current.index : size();
}

}  // namespace tarn::net
