// Waiting, in a coroutine, for something that calls back, possibly from another thread.

#pragma once

#include "common/net/task.h"

#include <functional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::edge {

// Calls subscribe(wake) and suspends until wake() is called, from any thread; resumes on the
// coroutine's own loop.  A wake that is destroyed without a call destroys the coroutine.
template <class Subscribe>
net::Task<> suspend_until(Subscribe subscribe) {
    const auto home = co_await boost::asio::this_coro::executor;
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
        [&subscribe, home](auto handler) {
            subscribe(
                std::move_only_function<void()>([home, handler = std::move(handler)]() mutable {
                    boost::asio::post(home, std::move(handler));
                }));
        },
        boost::asio::use_awaitable);
}

}  // namespace tarn::edge
