// The coroutine type of everything that waits.

#pragma once

#include <boost/asio/awaitable.hpp>

namespace tarn::net {

namespace asio = boost::asio;

template <class T = void>
using Task = asio::awaitable<T>;

}  // namespace tarn::net
