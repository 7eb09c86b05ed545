#include "config/diagnostic.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace hb::config {

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

namespace {

// What an error quotes is enough to recognise, not a whole file without line ends.
constexpr std::size_t kLongestQuote = 200;

std::string quotable(std::string_view found) {
  if (found.size() <= kLongestQuote) return std::string(found);
  return std::string(found.substr(0, kLongestQuote)) + "...";
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "info";
  }
  return "";
}

namespace {

// `label` stands before the problem: the severity, or nothing.
std::string render_labelled(const Diagnostic& diagnostic, std::string_view label) {
  std::string text = printable(diagnostic.where.file);
  if (diagnostic.where.line != 0) {
    text += fmt::format(":{}:{}", diagnostic.where.line, diagnostic.where.column);
  }
  text += fmt::format(": {}{}", label, printable(diagnostic.problem));
  if (!diagnostic.found.empty()) {
    text += fmt::format("; found \"{}\"", printable(diagnostic.found));
  }
  if (!diagnostic.expected.empty()) {
    text += fmt::format("; expected {}", printable(diagnostic.expected));
  }
  return text;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
  return render_labelled(diagnostic, fmt::format("{}: ", to_string(diagnostic.severity)));
}

std::string render_for_log(const Diagnostic& diagnostic) { return render_labelled(diagnostic, {}); }

void Diagnostics::error(Location where, std::string problem, std::string_view found,
                        std::string expected) {
  add({Severity::kError, std::move(where), std::move(problem), quotable(found),
       std::move(expected)});
}

void Diagnostics::warning(Location where, std::string problem, std::string_view found,
                          std::string expected) {
  add({Severity::kWarning, std::move(where), std::move(problem), quotable(found),
       std::move(expected)});
}

void Diagnostics::info(Location where, std::string problem, std::string_view found,
                       std::string expected) {
  add({Severity::kInfo, std::move(where), std::move(problem), quotable(found),
       std::move(expected)});
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++errors_;
  // The first error is kept even behind a thousand warnings: it is why the file is refused.
  const bool first_error = diagnostic.severity == Severity::kError && errors_ == 1;
  if (kept_.size() < kMostKept || first_error) {
    kept_.push_back(std::move(diagnostic));
  } else {
    ++dropped_;
  }
}

void Diagnostics::append(std::vector<Diagnostic> more) {
  for (Diagnostic& diagnostic : more) add(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::take() && {
  if (dropped_ > 0) {
    kept_.push_back({Severity::kInfo,
                     {kept_.back().where.file, 0, 0},
                     fmt::format("{} more messages are not shown", dropped_),
                     "",
                     ""});
  }
  return std::move(kept_);
}

}  // namespace hb::config
