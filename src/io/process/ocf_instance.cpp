#include "io/process/ocf_instance.h"

#include <algorithm>
#include <optional>

namespace hb::io {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto any = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), any);
}

// The value at the front of `text`, which may be made of bare and quoted pieces; what follows must
// be nothing or a comment.
std::optional<std::string> parse_value(std::string_view text) {
  std::string value;
  while (!text.empty() && kBlank.find(text.front()) == std::string_view::npos) {
    const char quote = text.front();
    if (quote != '\'' && quote != '"') {
      if (std::string_view("$`\\;&|<>()").find(quote) != std::string_view::npos)
        return std::nullopt;
      value += quote;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view piece = text.substr(1, end - 1);
    if (quote == '"' && piece.find_first_of("$`\\") != std::string_view::npos) return std::nullopt;
    value += piece;
    text.remove_prefix(end + 1);
  }
  text = without_blanks(text);
  if (!text.empty() && text.front() != '#') return std::nullopt;
  return value;
}

}  // namespace

Expected<std::map<std::string, std::string>, OcfInstanceError> parse_ocf_instance(
    std::string_view text) {
  static constexpr std::string_view kExport = "export ";
  std::map<std::string, std::string> variables;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;

    std::string_view assignment = line;
    if (assignment.substr(0, kExport.size()) == kExport) {
      assignment = without_blanks(assignment.substr(kExport.size()));
    }
    const std::size_t equals = std::min(assignment.find('='), assignment.size());
    const std::string name(assignment.substr(0, equals));
    const auto value =
        equals == assignment.size() ? std::nullopt : parse_value(assignment.substr(equals + 1));
    if (!is_name(name) || !value) {
      return unexpected(
          OcfInstanceError{number, std::string(line),
                           "NAME=value; $, ` and \\ in single quotes, nothing behind it"});
    }
    variables[name] = *value;
    if (name.rfind("OCF_", 0) != 0) variables["OCF_RESKEY_" + name] = *value;
  }
  return variables;
}

}  // namespace hb::io
