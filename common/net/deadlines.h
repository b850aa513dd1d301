// Deadlines of the connections of one loop, looked at once a tick.
//
// A timer armed for each read would cost more than the read.  Here setting a deadline is a store,
// and the time it counts from is that of the last tick, so there is no clock to ask either.  A
// deadline may pass up to two ticks late, never early.

#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace tarn::net {

class Deadlines {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr Time kNever = Time::max();

    // Something that waits, at most once for input and once for output.
    class Member {
      public:
        Member() = default;
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

        Time read_deadline = kNever;
        Time write_deadline = kNever;

      protected:
        ~Member() = default;

      private:
        friend class Deadlines;
        // A deadline has passed (both are reset).  May remove the member, and no other one.
        virtual void expire() = 0;

        Member* previous_ = nullptr;
        Member* next_ = nullptr;
    };

    Deadlines(boost::asio::io_context& loop, std::chrono::milliseconds tick);
    ~Deadlines();

    void add(Member& member);
    void remove(Member& member);
    // Time as of the last tick.
    Time now() const;
    Time after(std::chrono::milliseconds timeout) const;
    // Calls visit for each member; it may remove the one it is called for.
    template <class Visit>
    void for_each(Visit visit) {
        for (Member* member = first(); member != nullptr;) {
            Member* const next = member->next_;
            visit(*member);
            member = next;
        }
    }

  private:
    struct State;
    Member* first() const;
    static void schedule(const std::shared_ptr<State>& state);
    static void check(State& state);

    std::shared_ptr<State> state_;
};

}  // namespace tarn::net
