#include "io/fencing/parameters.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace hb::io {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_character);
}

std::string no_name_value(std::size_t number) {
  return fmt::format("word {} of the parameters is no name=value", number);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Expected<FenceParameters, std::string> positional_parameters(const std::vector<std::string>& names,
                                                             std::string_view text) {
  FenceParameters parameters;
  text = trimmed(text);
  for (const std::string& name : names) {
    if (text.empty()) {
      return unexpected(fmt::format("{} parameters are needed ({}), {} are given", names.size(),
                                    fmt::join(names, " "), parameters.size()));
    }
    const bool last = &name == &names.back();
    const std::size_t end = last ? text.size() : std::min(text.find_first_of(kBlanks), text.size());
    parameters.emplace_back(name, std::string(text.substr(0, end)));
    text = trimmed(text.substr(end));
  }
  if (!text.empty()) return unexpected(std::string("the device has no parameters"));
  return parameters;
}

Expected<FenceParameters, std::string> named_parameters(std::string_view text) {
  FenceParameters parameters;
  bool at_line_start = true;
  while (!text.empty()) {
    if (kBlanks.find(text.front()) != std::string_view::npos) {
      at_line_start = at_line_start || text.front() == '\n';
      text.remove_prefix(1);
      continue;
    }
    if (at_line_start && text.front() == '#') {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
      continue;
    }
    at_line_start = false;
    const std::size_t number = parameters.size() + 1;
    const std::size_t end = std::min(text.find_first_of("= \t\r\n"), text.size());
    const std::string_view name = text.substr(0, end);
    if (end == text.size() || text[end] != '=' || !is_name(name))
      return unexpected(no_name_value(number));
    text.remove_prefix(end + 1);
    const bool quoted = !text.empty() && text.front() == '"';
    if (quoted) text.remove_prefix(1);
    std::size_t length = text.find_first_of(quoted ? "\"" : kBlanks);
    if (quoted && length == std::string_view::npos) {
      return unexpected(fmt::format("the quote in word {} of the parameters does not end", number));
    }
    length = std::min(length, text.size());
    parameters.emplace_back(name, text.substr(0, length));
    text.remove_prefix(std::min(length + (quoted ? 1 : 0), text.size()));
  }
  return parameters;
}

Expected<FenceParameters, std::string> named_lines(std::string_view text) {
  FenceParameters parameters;
  for (auto line = parameter_line(text); !line.empty(); line = parameter_line(text)) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals)))
      return unexpected(no_name_value(parameters.size() + 1));
    std::string_view value = line.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    parameters.emplace_back(line.substr(0, equals), value);
    text.remove_prefix(static_cast<std::size_t>(line.data() + line.size() - text.data()));
  }
  return parameters;
}

Expected<FenceParameters, std::string> parameters_of(const std::vector<std::string>& names,
                                                     std::string_view text, bool from_file) {
  auto named = named_parameters(text);
  const auto is_known = [&](const auto& parameter) {
    return std::find(names.begin(), names.end(), parameter.first) != names.end();
  };
  if (named && !named->empty() && std::all_of(named->begin(), named->end(), is_known)) return named;
  return positional_parameters(names, from_file ? parameter_line(text) : text);
}

Expected<std::vector<std::string>, std::string> parameter_names(std::string_view answer) {
  std::vector<std::string> names = split_words(answer);
  if (names.size() > kMostParameters)
    return unexpected(
        fmt::format("it names {} parameters, {} are possible", names.size(), kMostParameters));
  if (!std::all_of(names.begin(), names.end(), is_name))
    return unexpected(std::string("what it prints are no names of parameters"));
  return names;
}

Expected<MatchedParameters, std::string> match_parameters(std::string_view answer,
                                                          std::string_view text, bool from_file) {
  auto names = parameter_names(answer);
  if (!names) return unexpected(std::move(names).error());
  auto given = parameters_of(*names, text, from_file);
  if (!given) return unexpected(std::move(given).error());
  return MatchedParameters{.names = std::move(*names), .given = std::move(*given)};
}

std::string_view parameter_line(std::string_view file) {
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = trimmed(file.substr(0, end));
    if (!line.empty() && line.front() != '#') return line;
    file.remove_prefix(std::min(end + 1, file.size()));
  }
  return {};
}

std::vector<std::string> secrets_of(const FenceParameters& parameters) {
  constexpr std::array<std::string_view, 6> kSigns = {"pass",  "pwd",       "secret",
                                                      "token", "community", "key"};
  std::vector<std::string> secrets;
  for (const auto& [name, value] : parameters) {
    const std::string lower = to_lower(name);
    const bool is_secret = std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) {
      return lower.find(sign) != std::string::npos;
    });
    if (is_secret && !value.empty()) secrets.push_back(value);
  }
  // The longest first: one may be part of another.
  std::sort(secrets.begin(), secrets.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  return secrets;
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  constexpr std::string_view kStars = "***";
  for (const std::string& secret : secrets) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kStars.size())) {
      text.replace(at, secret.size(), kStars);
    }
  }
  return text;
}

}  // namespace hb::io
