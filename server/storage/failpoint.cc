#include "server/storage/failpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

namespace tarn::storage {

std::atomic<bool> detail::failpoints_armed{false};

namespace {

constexpr std::size_t kPointCount = std::size(kFailpoints);

enum class Action : std::uint8_t { None, Crash, Error, Sleep, Skip };

struct Setting {
    Action action = Action::None;
    std::chrono::milliseconds pause{0};
    std::uint64_t at_pass = 0;  // 0: every pass
};

struct Point {
    Setting setting;
    std::uint64_t passes = 0;
};

std::mutex mutex;
std::array<Point, kPointCount> points;

std::optional<std::size_t> index_of(std::string_view name) {
    const auto* const found = std::ranges::find(kFailpoints, name);
    if (found == std::end(kFailpoints)) return std::nullopt;
    return static_cast<std::size_t>(found - std::begin(kFailpoints));
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t number = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::optional<Setting> parse_setting(std::string_view text) {
    Setting setting;
    if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
        const auto pass = parse_number(text.substr(at + 1));
        if (!pass || *pass == 0) return std::nullopt;
        setting.at_pass = *pass;
        text = text.substr(0, at);
    }
    constexpr std::string_view kSleep = "sleep:";
    if (text.starts_with(kSleep)) {
        const auto pause = parse_number(text.substr(kSleep.size()));
        if (!pause) return std::nullopt;
        setting.action = Action::Sleep;
        setting.pause = std::chrono::milliseconds(*pause);
    } else if (text == "crash") {
        setting.action = Action::Crash;
    } else if (text == "error") {
        setting.action = Action::Error;
    } else if (text == "skip") {
        setting.action = Action::Skip;
    } else {
        return std::nullopt;
    }
    return setting;
}

bool arm_one(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    const auto index = index_of(text.substr(0, equals));
    const auto setting = parse_setting(text.substr(equals + 1));
    if (!index || !setting) return false;
    points[*index].setting = *setting;
    return true;
}

// Counts the pass and says what to do at it.
Setting next_pass(std::size_t index) {
    const std::lock_guard lock(mutex);
    Point& point = points[index];
    ++point.passes;
    if (point.setting.at_pass != 0 && point.setting.at_pass != point.passes) return {};
    return point.setting;
}

}  // namespace

FailpointOutcome detail::pass_failpoint(std::string_view name) {
    const auto index = index_of(name);
    if (!index) return FailpointOutcome::GoOn;
    const Setting setting = next_pass(*index);
    switch (setting.action) {
        case Action::None:
            break;
        case Action::Crash:
            std::raise(SIGKILL);
            break;
        case Action::Error:
            return FailpointOutcome::Error;
        case Action::Sleep:
            std::this_thread::sleep_for(setting.pause);
            break;
        case Action::Skip:
            return FailpointOutcome::Skip;
    }
    return FailpointOutcome::GoOn;
}

std::vector<std::string> arm_failpoints(std::string_view settings) {
    const std::lock_guard lock(mutex);
    points.fill({});
    detail::failpoints_armed = !settings.empty();

    std::vector<std::string> misunderstood;
    while (!settings.empty()) {
        const std::size_t comma = std::min(settings.find(','), settings.size());
        const std::string_view one = settings.substr(0, comma);
        if (!one.empty() && !arm_one(one)) misunderstood.emplace_back(one);
        settings.remove_prefix(std::min(comma + 1, settings.size()));
    }
    return misunderstood;
}

std::vector<std::string> arm_failpoints_from_environment() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the server changes the environment
    const char* const settings = std::getenv("TARN_FAILPOINTS");
    return arm_failpoints(settings != nullptr ? settings : "");
}

std::uint64_t failpoint_passes(std::string_view name) {
    const std::lock_guard lock(mutex);
    const auto index = index_of(name);
    return index ? points[*index].passes : 0;
}

}  // namespace tarn::storage
