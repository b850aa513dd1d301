// The program's own log, to standard error: lines for people on a terminal, JSON lines otherwise.
// (Access logs are files in AWS's formats and have nothing to do with this.)
//
// Thread-safe.  Messages are made safe here, whatever they contain: control characters are escaped,
// so that nobody can forge a line, and the values of signatures, tokens and secret keys are masked.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tarn {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Off };
enum class LogFormat : std::uint8_t { Auto, Text, Json };  // Auto: Text on a terminal

std::optional<LogLevel> parse_log_level(std::string_view text);    // "debug", …, "off"
std::optional<LogFormat> parse_log_format(std::string_view text);  // "auto", "text", "json"

// Call it once at start-up.  Without it: Info, Auto.
void init_logging(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level);
void log_message(LogLevel level, std::string_view message);

// What log_message() writes instead of the message.
std::string safe_log_text(std::string_view message);

template <class... Args>
void log_at(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(level)) log_message(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::Debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::Info, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::Warning, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::Error, format, std::forward<Args>(args)...);
}

}  // namespace tarn
