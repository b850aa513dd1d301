// Runs blocking work (RocksDB, files, fsync) off the I/O threads.
//
// A session coroutine lives on one I/O thread for its whole life.  run() leaves that thread for the
// duration of one call and comes back to it, so code around the call needs no locks.

#pragma once

#include "common/base/check.h"
#include "common/net/task.h"

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {

class BlockingPool {
  public:
    explicit BlockingPool(std::size_t thread_count) : pool_(thread_count) {}

    // Returns what work() returns; an exception of work() is rethrown on the caller's thread.
    template <class Work>
    Task<std::invoke_result_t<Work&>> run(Work work) {
        using Value = std::invoke_result_t<Work&>;

        if constexpr (std::is_void_v<Value>) {
            co_await run([&work] {
                work();
                return std::monostate{};
            });
        } else {
            std::optional<Value> result;
            std::exception_ptr failure;
            co_await resume_here_after([&] {
                try {
                    result.emplace(work());
                } catch (...) {
                    failure = std::current_exception();
                }
            });
            if (failure) std::rethrow_exception(failure);
            CHECK(result.has_value());
            co_return *std::move(result);
        }
    }

    // Runs work some time, with nobody waiting for it.
    template <class Work>
    void post(Work work) {
        asio::post(pool_, std::move(work));
    }

    void join() { pool_.join(); }

  private:
    // Runs step on a thread of the pool, then resumes the caller on its own loop.
    template <class Step>
    Task<> resume_here_after(Step step) {
        const auto home = co_await asio::this_coro::executor;
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
            [this, &step, home](auto handler) {
                asio::post(pool_, [&step, home, handler = std::move(handler)]() mutable {
                    step();
                    asio::post(home, std::move(handler));
                });
            },
            asio::use_awaitable);
    }

    asio::thread_pool pool_;
};

}  // namespace tarn::net
