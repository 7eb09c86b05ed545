#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"

namespace hb::config {

// A place in a file. Lines and columns count from 1, columns in bytes; line 0 means the file as a
// whole.
struct Location {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;

  friend auto operator<=>(const Location&, const Location&) = default;
};

// A value and where it was read. Two are equal if they say the same, wherever they stand: a moved
// line is no change of configuration.
template <class T>
struct Located {
  T value{};
  Location where;

  friend bool operator==(const Located& a, const Located& b) { return a.value == b.value; }
};
template <class T>
Located(T, Location) -> Located<T>;

enum class Severity { kError, kWarning, kInfo };

// One thing to tell about a file. Never holds a secret.
struct Diagnostic {
  Severity severity = Severity::kError;
  Location where;
  std::string problem;   // what is wrong, with the directive's name: a whole message by itself
  std::string found;     // what stands there; empty if nothing does
  std::string expected;  // what would be right; empty if the problem says it

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

template <class T>
using Parsed = Expected<T, Diagnostic>;

// "error", "warning" or "info".
[[nodiscard]] std::string_view to_string(Severity severity);

// Control bytes as \xNN: terminals and log files get none from a file, however broken it is.
[[nodiscard]] std::string printable(std::string_view text);

// The one human form: `file:line:column: error: problem; found "x", expected y`. Line and column
// are left out for the file as a whole; control bytes are shown as \xNN.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);

// The same without the severity, for a log that shows its own.
[[nodiscard]] std::string render_for_log(const Diagnostic& diagnostic);

// Collects what a parser has to say; parsing goes on after an error, so that all are told at once.
class Diagnostics {
 public:
  // A file of nothing but errors must not cost unbounded memory: what comes after this many is
  // counted, not kept, and the count is told at the end.
  static constexpr std::size_t kMostKept = 1000;

  void error(Location where, std::string problem, std::string_view found = {},
             std::string expected = {});
  void warning(Location where, std::string problem, std::string_view found = {},
               std::string expected = {});
  void info(Location where, std::string problem, std::string_view found = {},
            std::string expected = {});
  void add(Diagnostic diagnostic);
  void append(std::vector<Diagnostic> more);

  [[nodiscard]] std::size_t errors() const { return errors_; }

  // Everything kept, in order of arrival, and a last line that tells what was not kept.
  [[nodiscard]] std::vector<Diagnostic> take() &&;

 private:
  std::vector<Diagnostic> kept_;
  std::size_t errors_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace hb::config
