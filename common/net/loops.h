// One io_context(1) per core, each run by one thread.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace tarn::net {

class Loops {
  public:
    explicit Loops(std::size_t count);  // at least 1
    ~Loops();                           // stops and joins

    void start();          // one thread each
    void stop();           // stops all loops and joins their threads; idempotent
    bool running() const;  // between start() and stop()
    std::size_t size() const;
    boost::asio::io_context& loop(std::size_t index);
    // The index of the loop whose thread calls; size() on any other thread.
    std::size_t current_index() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tarn::net
