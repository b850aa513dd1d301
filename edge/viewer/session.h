// One viewer's request that needs more than a look into memory.

#pragma once

#include "edge/viewer/private_content.h"
#include "edge/viewer/viewer_handler.h"

#include <memory>
#include <optional>
#include <string>

namespace tarn::edge {

// Lives as long as the request's handle().  A trace record is written when the answer is complete.
class Session {
  public:
    Session(ViewerHandler& handler, net::Exchange& exchange);

    // The viewer's route; null where the request was refused, and answered.
    const Route* admit();
    net::Task<> serve(const Route& route);

  private:
    // How an answer is to be sent where it stands in for another.
    struct Presentation {
        int status = 0;              // 0: its own
        bool is_error_page = false;  // no further error page for it
        bool is_second_try = false;
    };

    const http::RequestHead& request() const { return exchange_.request(); }

    // ---- what to answer with (session.cc) ----
    // Whether the viewer may have private content; then its permission is taken out of the query.
    std::optional<PermissionError> check_private(Route& route);
    DemandPtr make_demand(const Route& route, http::Method method, KeyMethod key_method,
                          bool cacheable) const;
    net::Task<Obtained> obtain(const Route& route);
    net::Task<> pass_with_body(const Route& route, Reason reason);
    // Why the body could not be read to its end; nothing if it was, or the origin wants no more.
    net::Task<std::optional<net::BodyError>> pipe_request_body(net::ClientExchange& to);
    // obtained must outlive the task, here and below.
    net::Task<> deliver(const Route& route, Obtained& obtained, Presentation presentation);
    // fill: of the error's own body, which goes on meanwhile.
    net::Task<> deliver_error_page(const Route& route, const cdn::CustomErrorResponse& custom,
                                   int status, FlightReader fill);

    // ---- sending it (send.cc) ----
    net::Task<> send_entry(const Route& route, Obtained& obtained, Presentation presentation);
    bool refuse_entry(const Route& route, const Entry& entry, int selected, int status,
                      AnswerNotes notes);
    // True once the viewer has all that it asked for.
    net::Task<bool> send_body(const EntryPtr& entry, int status, std::uint64_t offset,
                              std::optional<std::uint64_t> length, std::string_view first);
    net::Task<bool> stream_entry(const DemandPtr& demand, const EntryPtr& entry,
                                 std::uint64_t offset, std::optional<std::uint64_t> length,
                                 std::string_view first);
    net::Task<ChunkedBody::Read> await_bytes(const DemandPtr& demand, const EntryPtr& entry,
                                             std::uint64_t offset,
                                             std::optional<std::uint64_t> length);
    net::Task<> send_pass(const Route& route, Obtained& obtained, Presentation presentation);
    net::Task<> pipe_answer_body(net::ClientExchange& from, std::optional<std::uint64_t> length);
    net::Task<> send_failure(Reason reason, int status);
    void send_error(int status, std::string_view explanation, const AnswerNotes& notes);
    void send_refusal(const Refusal& refusal);
    void send_permission_error(PermissionError error);

    void write_head(const Route& route, int status, std::string_view lines,
                    const AnswerNotes& notes);
    void finish(const AnswerNotes& notes, int status);

    ViewerHandler& handler_;
    net::Exchange& exchange_;
    const std::size_t loop_;
    const RequestId id_;
    const std::uint64_t number_;
    const SteadyTime start_;
    const HeaderScan scan_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::optional<Route> route_;  // the viewer's own
    std::string query_;           // without the parameters of a signed URL
    DemandPtr demand_;            // of the answer that is being sent
    EntryPtr found_;              // for the trace: by the first lookup
    EntryPtr entry_;              // for the trace: that is the answer
    UpstreamNote upstream_;       // for the trace
    WallTime now_;
};

}  // namespace tarn::edge
