#include "server/s3/services.h"

#include <boost/asio/bind_executor.hpp>

namespace tarn::s3 {

namespace asio = boost::asio;

BodyId new_body_id(Random& random) {
    BodyId id;
    random.fill(id.bytes);
    return id;
}

net::Task<Result<storage::Row, storage::StoreError>> load_row(Services& services,
                                                              storage::Table table,
                                                              storage::Partition partition,
                                                              std::string key) {
    if (auto cached = services.metadata.get_cached(table, partition, key)) {
        co_return *std::move(cached);
    }
    co_return co_await services.pool.run(
        [&] { return services.metadata.get(table, partition, key); });
}

net::Task<storage::CommitResult> commit(Services& services, storage::Batch batch) {
    const auto home = co_await asio::this_coro::executor;
    storage::CommitResult result = fail(storage::StoreError::Io);
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [&](auto handler) {
            // std::function wants something copyable; the handler is not.
            auto resume = std::make_shared<decltype(handler)>(std::move(handler));
            services.metadata.commit(std::move(batch),
                                     [&result, home, resume](storage::CommitResult outcome) {
                                         asio::post(home, [&result, resume, outcome]() mutable {
                                             result = outcome;
                                             std::move (*resume)();
                                         });
                                     });
        },
        asio::use_awaitable);
    co_return result;
}

}  // namespace tarn::s3
