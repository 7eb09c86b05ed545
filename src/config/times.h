#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "config/diagnostic.h"

namespace hb::config {

// Longest time a directive takes. 3.0.6 has no limit; a longer one can only be a slip, and would
// overflow where times are added.
inline constexpr Duration kLongestTime = std::chrono::hours(24 * 365);

/// Parses a time of ha.cf: `2`, `1.5`, `2s`, `2sec` (seconds), `1500ms`, `250us`, `5m`, `5min`,
/// `1h`.
///
/// The number is any run of digits and dots, of which a second dot ends the value (`1..2` is 1),
/// and a unit that begins with `ms` or `us` means those (`1500msec`); all units in any case.
/// @param text   the value alone, without blanks around it.
/// @param where  position of `text`, for the error.
/// @return the time, rounded to whole milliseconds half up; 0 is allowed here and refused, if at
///         all, by the directive.
/// Errors: no number; unknown unit; longer than kLongestTime.
/// Spec: ha-cf 2.1 (s, sec, m, min, h are ours).
[[nodiscard]] Parsed<Duration> parse_time(std::string_view text, const Location& where);

// What parse_time() accepts, in words.
inline constexpr std::string_view kTimeSyntax =
    "a number with ms, us, s, min or h, or without unit for seconds";

// `1000ms`: how a time that nobody wrote is shown and exported.
[[nodiscard]] std::string format_ms(Duration time);

// true on yes y 1 / false off no n 0 in any case; none for anything else. Spec: ha-cf 2.2.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);

inline constexpr std::string_view kBooleanSyntax = "true, on, yes, y, 1, false, off, no, n or 0";

}  // namespace hb::config
