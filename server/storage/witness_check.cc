#include "server/storage/witness_check.h"

#include "server/storage/log_prefix.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAdvice =
    " Acknowledged changes would be lost. Put the files back or restore the data directory from a "
    "backup; to go on without what is missing, start once with --accept-loss.";

EngineError lost(std::string what) {
    what.append(kAdvice);
    return {.kind = EngineError::Kind::LostCommits, .message = std::move(what)};
}

// Numbers of the write-ahead logs ("000012.log"), in order.
std::vector<std::uint64_t> log_numbers(const fs::path& directory) {
    std::vector<std::uint64_t> numbers;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
        if (entry.path().extension() != ".log") continue;
        const std::string stem = entry.path().stem().string();
        std::uint64_t number = 0;
        const auto [end, failure] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (failure == std::errc{} && end == stem.data() + stem.size()) numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::optional<EngineError> check_prefix(const fs::path& path, std::uint64_t needed_bytes) {
    const auto contents = read_file(path);
    if (!contents) {
        return lost(
            fmt::format("{} cannot be read: {}.", path.string(), to_text(contents.error())));
    }
    const std::uint64_t whole = whole_log_prefix(*contents);
    if (whole >= needed_bytes) return std::nullopt;
    return lost(
        fmt::format("{} is damaged or cut off after byte {}, but {} bytes of it were "
                    "written durably.",
                    path.string(), whole, needed_bytes));
}

Result<std::string, StoreError> read_if_present(const fs::path& path) {
    auto contents = read_file(path);
    if (!contents && contents.error() == StoreError::NotFound) return std::string();
    return contents;
}

Result<void, StoreError> cut_torn_tail(const fs::path& path) {
    TARN_TRY(const std::string contents, read_if_present(path));
    const std::uint64_t whole = whole_log_prefix(contents);
    if (!has_torn_tail(contents, whole)) return {};
    TARN_TRY(const FileDescriptor file, open_file(path, O_WRONLY));
    if (::ftruncate(file.get(), static_cast<off_t>(whole)) != 0) {
        return fail(store_error_of_errno(errno));
    }
    return sync_data(file.get());
}

}  // namespace

std::optional<EngineError> check_logs(const fs::path& directory, const Witness& witness) {
    const fs::path manifest = directory / fmt::format("MANIFEST-{:06}", witness.manifest_number);
    std::error_code error;
    // A start that was killed early may have replaced the manifest after the note was written.
    if (witness.manifest_number != 0 && fs::exists(manifest, error)) {
        if (auto problem = check_prefix(manifest, witness.manifest_bytes)) return problem;
    }

    const auto numbers = log_numbers(directory);
    if (numbers.empty() || numbers.back() < witness.log_number) {
        return lost(
            fmt::format("The write-ahead log {} is missing.",
                        (directory / fmt::format("{:06}.log", witness.log_number)).string()));
    }
    for (const std::uint64_t number : numbers) {
        const fs::path log = directory / fmt::format("{:06}.log", number);
        std::uint64_t needed_bytes = 0;
        if (number == witness.log_number) {
            // What comes after the note is a write that the crash cut off.
            needed_bytes = witness.log_bytes;
        } else if (number != numbers.back()) {
            // A log is left for the next one only when all of it has been synced.
            needed_bytes = fs::file_size(log, error);
        }
        if (auto problem = check_prefix(log, needed_bytes)) return problem;
    }
    return std::nullopt;
}

Result<void, StoreError> cut_torn_tails(const fs::path& directory) {
    if (const auto numbers = log_numbers(directory); !numbers.empty()) {
        auto cut = cut_torn_tail(directory / fmt::format("{:06}.log", numbers.back()));
        if (!cut) return cut;
    }
    // Contents: "MANIFEST-000123\n".
    TARN_TRY(const std::string current, read_if_present(directory / "CURRENT"));
    if (current.empty()) return {};  // a new database
    return cut_torn_tail(directory / current.substr(0, current.find('\n')));
}

std::optional<EngineError> check_recovered(const std::optional<Witness>& witness,
                                           const std::string& database_id, std::uint64_t sequence) {
    if (!witness) {
        if (sequence == 0) return std::nullopt;  // a new database
        return lost(
            "WITNESS, which says how far the database must have got, is missing or damaged.");
    }
    if (witness->database_id != database_id) {
        return EngineError{
            .kind = EngineError::Kind::Corrupt,
            .message = fmt::format("meta/ holds the database {}, but WITNESS belongs "
                                   "to {}: the files are not of one data directory.",
                                   database_id, witness->database_id)};
    }
    if (!witness->relaxed && sequence < witness->sequence) {
        return lost(fmt::format("The database ends at commit {}, but {} was acknowledged.",
                                sequence, witness->sequence));
    }
    return std::nullopt;
}

}  // namespace tarn::storage
