#include "config/report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hb::config {
namespace {

std::size_t count(const CheckResult& result, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(result.diagnostics.begin(), result.diagnostics.end(),
                    [&](const Diagnostic& d) { return d.severity == severity; }));
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace

std::string render_report(const CheckResult& result, const std::optional<Compared>& compared) {
  std::string text;
  for (const Diagnostic& diagnostic : result.diagnostics) text += render(diagnostic) + "\n";
  text += fmt::format("configuration is {}: {}, {}\n", result.configuration ? "valid" : "not valid",
                      counted(count(result, Severity::kError), "error"),
                      counted(count(result, Severity::kWarning), "warning"));
  if (compared)
    text += fmt::format("compared with {}:\n{}", compared->with, render(compared->difference));
  return text;
}

std::string render_report_json(const CheckResult& result, const std::optional<Compared>& compared) {
  nlohmann::ordered_json report;
  report["valid"] = result.configuration.has_value();
  report["errors"] = count(result, Severity::kError);
  report["warnings"] = count(result, Severity::kWarning);
  auto& all = report["diagnostics"] = nlohmann::ordered_json::array();
  for (const Diagnostic& diagnostic : result.diagnostics) {
    nlohmann::ordered_json one;
    one["severity"] = to_string(diagnostic.severity);
    one["file"] = diagnostic.where.file;
    one["line"] = diagnostic.where.line;
    one["column"] = diagnostic.where.column;
    one["problem"] = diagnostic.problem;
    one["found"] = diagnostic.found;
    one["expected"] = diagnostic.expected;
    one["text"] = render(diagnostic);
    all.push_back(std::move(one));
  }
  if (compared) {
    auto& difference = report["difference"];
    difference["with"] = compared->with;
    difference.update(nlohmann::ordered_json::parse(render_json(compared->difference)));
  }
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hb::config
