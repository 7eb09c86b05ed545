#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace hb::config {

// A file's text as far as it can be read, and what is wrong with the way it was saved.
struct PlainText {
  std::string_view text;
  std::optional<Diagnostic> problem;
};

/// Editors of other systems put a byte order mark in front of a file, or save it as UTF-16; the
/// first word would then be illegal for no reason that anybody can see. A mark is told and skipped;
/// of UTF-16 nothing is read. 3.0.6 refuses both, as we do, without saying why.
[[nodiscard]] PlainText plain_text(std::string_view text, const std::string& file);

}  // namespace hb::config
