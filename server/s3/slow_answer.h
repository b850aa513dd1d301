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
#include <optional>
#include <string>

namespace tarn::s3 {

class SlowAnswer {
  public:
    // Without a word for this long, a blank is due.
    static constexpr std::chrono::seconds kSilence{5};

    SlowAnswer(Services& services, Request& request);
    // To be called between steps of the work, each of them short.  False: the client is gone.
    net::Task<bool> keep_alive();
    // What the answer says besides, however it begins.
    void set_encryption(std::optional<ObjectEncryption> encryption);
    // What x-amz-copy-source-version-id and x-amz-version-id are to say; empty: nothing.  They come
    // too late where the answer has begun.
    void set_versions(std::string source, std::string made);
    // Ends the answer with a whole document or an error.
    net::Task<Outcome> finish(Result<std::string, Error> xml);

  private:
    http::HeadBuilder& begin_xml();
    const Clock& clock_;
    Request& request_;
    SteadyTime last_word_;
    std::optional<ObjectEncryption> encryption_;
    std::string source_version_id_;
    std::string version_id_;
};

}  // namespace tarn::s3
