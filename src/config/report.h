#pragma once

#include <optional>
#include <string>

#include "config/configuration.h"
#include "config/difference.h"

namespace hb::config {

// What a checked configuration was compared with.
struct Compared {
  std::string with;  // "pid 4711", "/root/ha.d.old"
  Difference difference;
};

// One line a diagnostic and a verdict, for people; then the changes, if it was compared.
[[nodiscard]] std::string render_report(const CheckResult& result,
                                        const std::optional<Compared>& compared = std::nullopt);

// The same for programs: {"valid", "errors", "warnings", "diagnostics": [{"severity", "file",
// "line", "column", "problem", "found", "expected", "text"}]}, and if it was compared
// "difference": {"with", "changes", "restart"}, see render_json(Difference); bytes that are not
// UTF-8 are replaced.
[[nodiscard]] std::string render_report_json(
    const CheckResult& result, const std::optional<Compared>& compared = std::nullopt);

}  // namespace hb::config
