#pragma once

#include <string>

#include "config/configuration.h"

namespace hb::config {

// One line a diagnostic and a verdict, for people.
[[nodiscard]] std::string render_report(const CheckResult& result);

// The same for programs: {"valid", "errors", "warnings", "diagnostics": [{"severity", "file",
// "line", "column", "problem", "found", "expected", "text"}]}; bytes that are not UTF-8 are
// replaced.
[[nodiscard]] std::string render_report_json(const CheckResult& result);

}  // namespace hb::config
