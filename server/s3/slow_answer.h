// An answer of XML that may take long to find: copies of large objects.
//
// A client or a proxy in between gives up on a connection that is silent for a minute.  So S3 sends
// 200 and the XML declaration while it still works, blanks from time to time, and in the end the
// result, or an <Error> that every client has to look for.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
//
// Unlike S3, which may begin so at once, this answers as usual, an error with its own status, where
// the work is done within seconds.

#pragma once

#include "server/s3/request.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::s3 {

class SlowAnswer {
  public:
    // Without a word for this long, a blank is due.
    static constexpr std::chrono::seconds kSilence{5};

    SlowAnswer(Services& services, Request& request);
    // A field of the answer's head; left out where value is empty.  Unlike S3, which knows every
    // version id in advance, an answer that has begun lacks what is only known in the end.
    void add_field(std::string_view name, std::string value);
    // To be called between steps of the work, each of them short.  False: the client is gone.
    net::Task<bool> keep_alive();
    // Ends the answer with a whole document or an error.
    net::Task<Outcome> finish(Result<std::string, Error> xml);

  private:
    void begin();

    const Clock& clock_;
    Request& request_;
    SteadyTime last_word_;
    std::vector<std::pair<std::string_view, std::string>> fields_;
};

}  // namespace tarn::s3
