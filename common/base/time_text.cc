#include "common/base/time_text.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace tarn {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kLongWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Two-digit years up to this one are in the 2000s (POSIX, strptime %y).  Unlike RFC 9110, section
// 5.6.7, which lets the century slide with the present: this module knows no clock, and no client
// has sent such a date for decades.
constexpr unsigned kLastTwoDigitYearOf2000s = 68;

// ---- writing ----

// A moment taken apart, in UTC.
struct Fields {
    unsigned year = 0, month = 0, day = 0, weekday = 0;
    unsigned hour = 0, minute = 0, second = 0, millisecond = 0;
};

// All forms have four digits for the year, so what lies outside of them becomes the nearest moment
// that has a form.
Fields fields_of(WallTime time) {
    using namespace std::chrono;
    constexpr WallTime kFirst{sys_days{year{0} / January / 1}};
    constexpr WallTime kLast{sys_days{year{10'000} / January / 1} - milliseconds(1)};
    time = std::clamp(time, kFirst, kLast);

    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const auto ms = static_cast<unsigned>((time - midnight).count());
    return {.year = static_cast<unsigned>(static_cast<int>(date.year())),
            .month = static_cast<unsigned>(date.month()),
            .day = static_cast<unsigned>(date.day()),
            .weekday = std::chrono::weekday(midnight).c_encoding(),
            .hour = ms / 3'600'000,
            .minute = ms / 60'000 % 60,
            .second = ms / 1000 % 60,
            .millisecond = ms % 1000};
}

// Fills a text of known length from left to right.
class Pen {
  public:
    explicit Pen(std::size_t length) : text_(length, '\0') {}
    Pen& number(unsigned value, std::size_t width) {
        for (std::size_t i = width; i-- > 0; value /= 10)
            text_[at_ + i] = static_cast<char>('0' + value % 10);
        at_ += width;
        return *this;
    }
    Pen& text(std::string_view piece) {
        std::ranges::copy(piece, text_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += piece.size();
        return *this;
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::size_t at_ = 0;
};

Pen& put_iso_to_seconds(Pen& pen, const Fields& fields) {
    return pen.number(fields.year, 4)
        .text("-")
        .number(fields.month, 2)
        .text("-")
        .number(fields.day, 2)
        .text("T")
        .number(fields.hour, 2)
        .text(":")
        .number(fields.minute, 2)
        .text(":")
        .number(fields.second, 2);
}

// ---- reading ----

// Takes a text apart from left to right.  After the first mismatch nothing matches any more, so
// that only done() need be asked.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    // Exactly width digits.
    unsigned number(std::size_t width) {
        if (rest_.size() < width) return mismatch();
        unsigned value = 0;
        for (const char c : rest_.substr(0, width)) {
            if (!is_digit(c)) return mismatch();
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        rest_.remove_prefix(width);
        return value;
    }
    Scanner& literal(std::string_view piece) {
        if (!try_literal(piece)) mismatch();
        return *this;
    }
    bool try_literal(std::string_view piece) {
        if (!rest_.starts_with(piece)) return false;
        rest_.remove_prefix(piece.size());
        return true;
    }
    // The index of the word that the text goes on with.
    template <std::size_t N>
    unsigned word(const std::string_view (&words)[N]) {
        for (unsigned i = 0; i < N; ++i) {
            if (try_literal(words[i])) return i;
        }
        return mismatch();
    }
    bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
    bool done() const { return matches_ && rest_.empty(); }

  private:
    unsigned mismatch() {
        matches_ = false;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool matches_ = true;
};

void scan_clock(Scanner& scanner, Fields& fields) {
    fields.hour = scanner.number(2);
    fields.minute = scanner.literal(":").number(2);
    fields.second = scanner.literal(":").number(2);
}

// A leap second (:60) is the first of the next minute.
std::optional<WallTime> time_of(const Fields& fields) {
    using namespace std::chrono;
    const year_month_day date{year(static_cast<int>(fields.year)), month(fields.month),
                              day(fields.day)};
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) {
        return std::nullopt;
    }
    return sys_days(date) + hours(fields.hour) + minutes(fields.minute) + seconds(fields.second) +
           milliseconds(fields.millisecond);
}

// The weekday must be one, but need not be that of the date: it carries nothing.
// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<WallTime> parse_imf_fixdate(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    scanner.word(kWeekdays);
    fields.day = scanner.literal(", ").number(2);
    fields.month = scanner.literal(" ").word(kMonths) + 1;
    fields.year = scanner.literal(" ").number(4);
    scan_clock(scanner.literal(" "), fields);
    if (!scanner.literal(" GMT").done()) return std::nullopt;
    return time_of(fields);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<WallTime> parse_rfc850_date(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    scanner.word(kLongWeekdays);
    fields.day = scanner.literal(", ").number(2);
    fields.month = scanner.literal("-").word(kMonths) + 1;
    const unsigned year = scanner.literal("-").number(2);
    fields.year = year + (year <= kLastTwoDigitYearOf2000s ? 2000 : 1900);
    scan_clock(scanner.literal(" "), fields);
    if (!scanner.literal(" GMT").done()) return std::nullopt;
    return time_of(fields);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<WallTime> parse_asctime_date(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    scanner.word(kWeekdays);
    fields.month = scanner.literal(" ").word(kMonths) + 1;
    fields.day = scanner.literal(" ").try_literal(" ") ? scanner.number(1) : scanner.number(2);
    scan_clock(scanner.literal(" "), fields);
    fields.year = scanner.literal(" ").number(4);
    if (!scanner.done()) return std::nullopt;
    return time_of(fields);
}

// Digits of a fraction of a second; what is finer than a millisecond is cut off.
unsigned scan_milliseconds(Scanner& scanner) {
    unsigned value = scanner.number(1) * 100;
    for (unsigned weight = 10; scanner.next_is_digit(); weight /= 10)
        value += scanner.number(1) * weight;
    return value;
}

}  // namespace

std::string format_http_date(WallTime time) {
    const Fields fields = fields_of(time);
    Pen pen(sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1);
    pen.text(kWeekdays[fields.weekday])
        .text(", ")
        .number(fields.day, 2)
        .text(" ")
        .text(kMonths[fields.month - 1])
        .text(" ")
        .number(fields.year, 4)
        .text(" ")
        .number(fields.hour, 2)
        .text(":")
        .number(fields.minute, 2)
        .text(":")
        .number(fields.second, 2)
        .text(" GMT");
    return pen.take();
}

std::optional<WallTime> parse_http_date(std::string_view text) {
    if (auto time = parse_imf_fixdate(text)) return time;
    if (auto time = parse_rfc850_date(text)) return time;
    return parse_asctime_date(text);
}

std::string format_iso8601_ms(WallTime time) {
    const Fields fields = fields_of(time);
    Pen pen(sizeof("2006-02-03T16:45:09.000Z") - 1);
    put_iso_to_seconds(pen, fields).text(".").number(fields.millisecond, 3).text("Z");
    return pen.take();
}

std::string format_iso8601(WallTime time) {
    Pen pen(sizeof("2006-02-03T16:45:09Z") - 1);
    put_iso_to_seconds(pen, fields_of(time)).text("Z");
    return pen.take();
}

std::optional<WallTime> parse_iso8601(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    fields.year = scanner.number(4);
    fields.month = scanner.literal("-").number(2);
    fields.day = scanner.literal("-").number(2);
    scan_clock(scanner.literal("T"), fields);
    if (scanner.try_literal(".")) fields.millisecond = scan_milliseconds(scanner);

    milliseconds offset{0};
    if (!scanner.try_literal("Z")) {
        const bool is_east = scanner.try_literal("+");
        if (!is_east) scanner.literal("-");
        const unsigned hours = scanner.number(2);
        const unsigned minutes = scanner.literal(":").number(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset = std::chrono::minutes(hours * 60 + minutes);
        if (!is_east) offset = -offset;
    }
    if (!scanner.done()) return std::nullopt;
    const auto local = time_of(fields);
    if (!local) return std::nullopt;
    return *local - offset;
}

std::string format_amz_date(WallTime time) {
    const Fields fields = fields_of(time);
    Pen pen(sizeof("20060203T164509Z") - 1);
    pen.number(fields.year, 4)
        .number(fields.month, 2)
        .number(fields.day, 2)
        .text("T")
        .number(fields.hour, 2)
        .number(fields.minute, 2)
        .number(fields.second, 2)
        .text("Z");
    return pen.take();
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    fields.year = scanner.number(4);
    fields.month = scanner.number(2);
    fields.day = scanner.number(2);
    fields.hour = scanner.literal("T").number(2);
    fields.minute = scanner.number(2);
    fields.second = scanner.number(2);
    if (!scanner.literal("Z").done()) return std::nullopt;
    return time_of(fields);
}

}  // namespace tarn
