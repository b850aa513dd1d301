// What is noted while a request is worked on, for the server access log and for nothing else.

#pragma once

#include "common/base/clock.h"
#include "server/s3/access_log_line.h"
#include "server/s3/bucket_registry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// Something that a request did besides: the read of a copy's source, one of the deletions of
// DeleteObjects.
struct ImpliedAccess {
    BucketPtr bucket;
    std::string_view operation;
    std::string key;
    std::string version_id;
    int status = 0;
    std::string error_code;
    std::optional<std::uint64_t> object_size;
    KeyEncoding key_encoding = KeyEncoding::Twice;
};

// Used from the request's loop only.
struct AccessLogNotes {
    explicit AccessLogNotes(const Clock& used_clock)
        : clock(used_clock), began(clock.steady_now()), received_all(began) {}

    void end_request() { received_all = clock.steady_now(); }
    void begin_answer() {
        if (!answer_began) answer_began = clock.steady_now();
    }

    const Clock& clock;
    SteadyTime began;
    SteadyTime received_all;  // the last byte of the request, as far as it was read
    std::optional<SteadyTime> answer_began;
    std::string key;  // of a browser form's file, which is not in the request's address
    std::string error_code;
    std::optional<std::uint64_t> object_size;
    bool acl_required = false;
    std::vector<ImpliedAccess> implied;
};

}  // namespace tarn::s3
