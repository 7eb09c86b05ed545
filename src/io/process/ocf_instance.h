#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/expected.h"

namespace hb::io {

struct OcfInstanceError {
  unsigned line = 0;  // from 1
  std::string found, expected;

  friend bool operator==(const OcfInstanceError&, const OcfInstanceError&) = default;
};

/// Parses /etc/ha.d/conf/OCF/<agent>/<instance>: shell assignments `NAME=value`, one a line, with
/// comments and blank lines, `export` before the name allowed, values bare or in quotes.
///
/// 3.0.6 sources the file into a shell. Here nothing is executed or expanded: `$`, backquote and
/// backslash are only taken within single quotes.
/// @return the variables for the agent: those named `OCF_…` as they are, others as
/// OCF_RESKEY_<name>
///         too, since that is what an agent looks for. Errors: the first line that is no
///         assignment.
/// Source: spec resources.md 1.2.
[[nodiscard]] Expected<std::map<std::string, std::string>, OcfInstanceError> parse_ocf_instance(
    std::string_view text);

}  // namespace hb::io
