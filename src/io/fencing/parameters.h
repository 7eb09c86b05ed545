#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/expected.h"

namespace hb::io {

// What a fencing device is configured with, in order; the values are secret.
using FenceParameters = std::vector<std::pair<std::string, std::string>>;

/// Values in the order of a device's parameter names, as in `stonith -p` and in the files that
/// `stonith` of ha.cf names: separated by blanks, the last one takes the rest of the text.
///
/// Errors: fewer values than names; text where there are no names. No value is quoted in them.
/// Source: spec stonith 1.1, 2.
[[nodiscard]] Expected<FenceParameters, std::string> positional_parameters(
    const std::vector<std::string>& names, std::string_view text);

/// Words `name=value`, separated by blanks or line ends; a value may stand in double quotes, then
/// blanks are part of it. Lines that begin with `#` are comments.
///
/// Errors: a word without `=`, a name of other characters than letters, digits, `_` and `-`, a
/// quote that does not end. They say which word it was by its number, never what it is.
/// Source: spec stonith 5.1 (what an agent reads), 2 (what our ha.cf accepts).
[[nodiscard]] Expected<FenceParameters, std::string> named_parameters(std::string_view text);

/// Lines `name=value`, as fence agents read them: the value is the rest of the line, one pair of
/// double quotes around it is taken off. Blank lines and lines that begin with `#` are passed over.
///
/// Errors: as named_parameters().
/// Source: spec stonith 5.1, 5.4.
[[nodiscard]] Expected<FenceParameters, std::string> named_lines(std::string_view text);

/// The parameters of a device whose parameter names are known: named ones if each word is a
/// `name=value` with one of these names, else values in their order.
[[nodiscard]] Expected<FenceParameters, std::string> parameters_of(
    const std::vector<std::string>& names, std::string_view text, bool from_file);

/// The names that a plugin prints in answer to `getconfignames`, separated by blanks.
///
/// Errors: a name that cannot be that of a variable; more than kMostParameters.
[[nodiscard]] Expected<std::vector<std::string>, std::string> parameter_names(
    std::string_view answer);
inline constexpr std::size_t kMostParameters = 50;

// What a device is configured with, beside all the names that it knows, in its order.
struct MatchedParameters {
  std::vector<std::string> names;
  FenceParameters given;
};

/// What stands in ha.cf or in the file that it names, by the names that the device itself prints.
///
/// Errors: as parameter_names() and parameters_of().
[[nodiscard]] Expected<MatchedParameters, std::string> match_parameters(std::string_view answer,
                                                                        std::string_view text,
                                                                        bool from_file);

/// The first line that is neither blank nor a comment; empty if there is none.
[[nodiscard]] std::string_view parameter_line(std::string_view file);

/// Values that no log may show: those of passwords, communities and the like, by their names.
[[nodiscard]] std::vector<std::string> secrets_of(const FenceParameters& parameters);

/// The text with `***` in the place of each of these.
[[nodiscard]] std::string without_secrets(std::string text,
                                          const std::vector<std::string>& secrets);

}  // namespace hb::io
