#include "config/times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace hb::config {
namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};

constexpr std::array<Unit, 6> kUnits = {{{"", 1000.0},
                                         {"s", 1000.0},
                                         {"sec", 1000.0},
                                         {"m", 60'000.0},
                                         {"min", 60'000.0},
                                         {"h", 3'600'000.0}}};

std::optional<double> milliseconds_of(std::string_view unit) {
  const std::string lower = to_lower(unit);
  if (lower.starts_with("ms")) return 1.0;
  if (lower.starts_with("us")) return 0.001;
  for (const Unit& known : kUnits) {
    if (lower == known.name) return known.milliseconds;
  }
  return std::nullopt;
}

// The number up to a second dot; `.` alone is 0, as atof has it. None if it is beyond a double.
std::optional<double> value_of(std::string_view number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value,
                                            std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  return value;
}

}  // namespace

Parsed<Duration> parse_time(std::string_view text, const Location& where) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto error = [&](std::string problem, std::string expected) {
    return unexpected(Diagnostic{Severity::kError, where, std::move(problem), std::string(text),
                                 std::move(expected)});
  };
  if (end == 0) return error("not a time", std::string(kTimeSyntax));

  const auto unit = milliseconds_of(text.substr(end));
  if (!unit) {
    return error(fmt::format("\"{}\" is not a unit of time", text.substr(end)),
                 std::string(kTimeSyntax));
  }
  const auto value = value_of(text.substr(0, end));
  constexpr double kMost = static_cast<double>(
      std::chrono::duration_cast<std::chrono::milliseconds>(kLongestTime).count());
  if (!value || *value * *unit > kMost) return error("too long a time", "at most a year (8760h)");
  return Duration(std::chrono::milliseconds(std::llround(*value * *unit)));
}

std::string format_ms(Duration time) { return fmt::format("{}ms", to_ms(time)); }

std::optional<bool> parse_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 5> kTrue = {"true", "on", "yes", "y", "1"};
  constexpr std::array<std::string_view, 5> kFalse = {"false", "off", "no", "n", "0"};
  const std::string lower = to_lower(text);
  if (std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), lower) != kFalse.end()) return false;
  return std::nullopt;
}

}  // namespace hb::config
