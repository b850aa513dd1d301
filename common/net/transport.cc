#include "common/net/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace tarn::net {
namespace {

constexpr std::size_t kRecordBytes = 16UL * 1024;  // what one TLS record carries (RFC 8446, 5.1)

IoResult failed_call(IoStatus would_block) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {would_block};
    return {IoStatus::Failed};
}

// Repeats a call that a signal interrupted.
template <class Call>
ssize_t retry_interrupted(Call call) {
    ssize_t result;
    do {
        result = call();
    } while (result < 0 && errno == EINTR);
    return result;
}

// Called by OpenSSL around each call for the socket; the argument is Transport's flag.
long note_socket_read(BIO* bio, int operation, const char*, std::size_t room, int, long, int result,
                      std::size_t* got) {
    if (operation == (BIO_CB_READ | BIO_CB_RETURN)) {
        *reinterpret_cast<bool*>(BIO_get_callback_arg(bio)) = result <= 0 || *got < room;
    }
    return result;
}

}  // namespace

void SslDeleter::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

void Transport::start_tls(SslHandle ssl) {
    ssl_ = std::move(ssl);
    SSL_set_fd(ssl_.get(), fd_);
    BIO* const socket = SSL_get_rbio(ssl_.get());
    BIO_set_callback_arg(socket, reinterpret_cast<char*>(&found_socket_empty_));
    BIO_set_callback_ex(socket, note_socket_read);
}

IoResult Transport::tls_result(int returned) {
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {IoStatus::WantRead};
        case SSL_ERROR_WANT_WRITE:
            return {IoStatus::WantWrite};
        case SSL_ERROR_ZERO_RETURN:
            return {IoStatus::End};
        default:
            return {IoStatus::Failed};
    }
}

IoResult Transport::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return {IoStatus::Done, 1};
    return tls_result(result);
}

IoResult Transport::read(std::span<char> buffer) {
    if (ssl_) {
        ERR_clear_error();
        const int result =
            SSL_read(ssl_.get(), buffer.data(),
                     static_cast<int>(std::min<std::size_t>(buffer.size(), INT_MAX)));
        if (result > 0) return {IoStatus::Done, static_cast<std::size_t>(result)};
        return tls_result(result);
    }
    const ssize_t got =
        retry_interrupted([&] { return ::recv(fd_, buffer.data(), buffer.size(), 0); });
    found_socket_empty_ = got < static_cast<ssize_t>(buffer.size());
    if (got > 0) return {IoStatus::Done, static_cast<std::size_t>(got)};
    if (got == 0) return {IoStatus::End};
    return failed_call(IoStatus::WantRead);
}

IoResult Transport::write(std::span<const iovec> parts) {
    if (!ssl_) {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts.data());
        message.msg_iovlen = parts.size();
        const iovec& first = parts.front();
        const ssize_t sent = retry_interrupted([&] {
            return parts.size() == 1 ? ::send(fd_, first.iov_base, first.iov_len, MSG_NOSIGNAL)
                                     : ::sendmsg(fd_, &message, MSG_NOSIGNAL);
        });
        if (sent >= 0) return {IoStatus::Done, static_cast<std::size_t>(sent)};
        return failed_call(IoStatus::WantWrite);
    }
    ERR_clear_error();
    // A head and a small body go out as one record.
    std::array<char, kRecordBytes> record;
    const void* data = parts.front().iov_base;
    std::size_t size = parts.front().iov_len;
    if (parts.size() > 1 && size < kRecordBytes) {
        size = 0;
        for (const iovec& part : parts) {
            const std::size_t taken = std::min(part.iov_len, record.size() - size);
            std::memcpy(record.data() + size, part.iov_base, taken);
            size += taken;
        }
        data = record.data();
    }
    const int result =
        SSL_write(ssl_.get(), data, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
    if (result > 0) return {IoStatus::Done, static_cast<std::size_t>(result)};
    return tls_result(result);
}

IoResult Transport::send_file(int file, std::uint64_t offset, std::size_t length) {
    auto position = static_cast<off_t>(offset);
    if (!ssl_) {
        const ssize_t sent =
            retry_interrupted([&] { return ::sendfile(fd_, file, &position, length); });
        if (sent >= 0) return {IoStatus::Done, static_cast<std::size_t>(sent)};
        return failed_call(IoStatus::WantWrite);
    }
    // One record at a time, read again where the last call did not take it.
    std::array<char, kRecordBytes> record;
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(file, record.data(), std::min(length, record.size()), position); });
    if (got == 0) return {IoStatus::Done, 0};
    if (got < 0) return {IoStatus::Failed};
    const iovec part{.iov_base = record.data(), .iov_len = static_cast<std::size_t>(got)};
    return write(std::span(&part, 1));
}

bool Transport::has_buffered_input() const {
    return ssl_ && SSL_has_pending(ssl_.get()) == 1;
}

void Transport::end_tls() {
    if (!ssl_ || SSL_is_init_finished(ssl_.get()) == 0) return;
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());
}

void Transport::end_output() {
    end_tls();
    (void)::shutdown(fd_, SHUT_WR);
}

std::span<iovec> drop_front(std::span<iovec> parts, std::size_t count) {
    while (!parts.empty() && count >= parts.front().iov_len) {
        count -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (count > 0) {
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
        parts.front().iov_len -= count;
    }
    return parts;
}

}  // namespace tarn::net
