#include "common/observe/log.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tarn {
namespace {

// What precedes a value that must not be written, as it appears in queries, headers and JSON.
constexpr std::string_view kSecretNames[] = {
    "x-amz-signature",    "x-amz-security-token",  "signature",
    "awssecretaccesskey", "secretaccesskey",       "secret_access_key",
    "sessiontoken",       "session_token",         "password",
    "authorization",      "x-amz-s3session-token",
};
constexpr std::string_view kMask = "***";

std::atomic<LogLevel> minimum_level{LogLevel::Info};

bool is_name_char(char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '_';
}

bool ends_value(char c) {
    return c == '&' || c == ',' || c == ';' || c == '"' || c == '\'' || c == ' ' || c == '\n' ||
           c == '\r' || c == '}' || c == ')';
}

// The start of the value where a secret's name ends at position; nothing if no value follows.
std::optional<std::size_t> value_start(std::string_view text, std::size_t position) {
    while (position < text.size() && (text[position] == '"' || text[position] == '\''))
        ++position;
    if (position == text.size() || (text[position] != '=' && text[position] != ':')) {
        return std::nullopt;
    }
    ++position;
    while (position < text.size() &&
           (text[position] == ' ' || text[position] == '"' || text[position] == '\''))
        ++position;
    return position;
}

std::string mask_secrets(std::string_view text) {
    std::string masked;
    std::size_t position = 0;
    while (position < text.size()) {
        if (!is_name_char(text[position])) {
            masked.push_back(text[position++]);
            continue;
        }
        std::size_t end = position;
        while (end < text.size() && is_name_char(text[end]))
            ++end;
        const std::string_view name = text.substr(position, end - position);
        masked.append(name);
        position = end;
        const bool secret = std::ranges::any_of(
            kSecretNames, [&](std::string_view known) { return iequals(known, name); });
        const auto start = secret ? value_start(text, end) : std::nullopt;
        if (!start) continue;
        masked.append(text.substr(end, *start - end)).append(kMask);
        position = *start;
        // The Authorization header's value has several words.
        const bool to_line_end = iequals(name, "authorization");
        while (position < text.size() &&
               !(to_line_end ? text[position] == '\n' : ends_value(text[position])))
            ++position;
    }
    return masked;
}

std::string escape_control(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            escaped.append(fmt::format("\\x{:02x}", byte));
        } else {
            escaped.push_back(c);
        }
    }
    return escaped;
}

// The text of a JSON string; control characters are escaped already.
std::string json_text(std::string_view text) {
    std::string out;
    const bool valid = is_utf8(text);
    for (char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(valid || static_cast<unsigned char>(c) < 0x80 ? c : '?');
    }
    return out;
}

struct Output {
    std::shared_ptr<spdlog::logger> logger;
    bool json = false;
};

std::shared_ptr<const Output> make_output(LogFormat format) {
    auto output = std::make_shared<Output>();
    output->json =
        format == LogFormat::Json || (format == LogFormat::Auto && ::isatty(STDERR_FILENO) == 0);
    if (output->json) {
        output->logger =
            std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        output->logger->set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","pid":%P,"message":"%v"})",
            spdlog::pattern_time_type::utc);
    } else {
        output->logger = std::make_shared<spdlog::logger>(
            "", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>());
        output->logger->set_pattern("%H:%M:%S.%e %^%l%$ %v");
    }
    output->logger->set_level(spdlog::level::trace);
    output->logger->flush_on(spdlog::level::trace);
    return output;
}

// Replaced once at start-up, before there are other threads.
std::shared_ptr<const Output>& output() {
    static std::shared_ptr<const Output> instance = make_output(LogFormat::Auto);
    return instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warning:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
        case LogLevel::Off:
            break;
    }
    return spdlog::level::off;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
    constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
        {"debug", LogLevel::Debug},  {"info", LogLevel::Info},   {"warning", LogLevel::Warning},
        {"warn", LogLevel::Warning}, {"error", LogLevel::Error}, {"off", LogLevel::Off},
    };
    for (const auto& [name, level] : kLevels) {
        if (iequals(name, text)) return level;
    }
    return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
    if (iequals(text, "auto")) return LogFormat::Auto;
    if (iequals(text, "text")) return LogFormat::Text;
    if (iequals(text, "json")) return LogFormat::Json;
    return std::nullopt;
}

void init_logging(LogLevel level, LogFormat format) {
    minimum_level.store(level, std::memory_order_relaxed);
    output() = make_output(format);
}

bool log_enabled(LogLevel level) {
    return level >= minimum_level.load(std::memory_order_relaxed);
}

std::string safe_log_text(std::string_view message) {
    return escape_control(mask_secrets(message));
}

void log_message(LogLevel level, std::string_view message) {
    if (!log_enabled(level) || level == LogLevel::Off) return;
    const Output& out = *output();
    const std::string text = safe_log_text(message);
    out.logger->log(spdlog_level(level), "{}", out.json ? json_text(text) : text);
}

}  // namespace tarn
