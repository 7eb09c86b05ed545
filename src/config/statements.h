#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.h"

namespace hb::config {

// Directives that do not stand in ha.cf: how the other two files are spoken of.
inline constexpr std::string_view kSelfStatement = "node name";     // of this node
inline constexpr std::string_view kKeyStatement = "key";            // a line of authkeys
inline constexpr std::string_view kSigningStatement = "auth";       // the key that signs
inline constexpr std::string_view kGroupStatement = "haresources";  // a group

// One thing that a configuration says, so that two configurations can be compared, and what is in
// force be written down without the secrets.
struct Statement {
  std::string directive;  // of ha.cf, or one of the above
  std::string subject;    // which one of several; empty where there can be but one
  std::string shown;      // for people, as written; never a secret
  std::string meaning;    // equal exactly if the same is meant, however it is written

  friend bool operator==(const Statement&, const Statement&) = default;
};

// Which list a statement belongs to: respawn and failfast are one, stonith and stonith_host
// another.
[[nodiscard]] std::string_view list_of(std::string_view directive);

// Stands for a secret: the same for the same, and telling nothing of it.
using Disguise = std::function<std::string(std::string_view secret)>;

/// Everything that a configuration says, in the order of the table of directives, then authkeys,
/// then haresources. Two configurations of which this is equal do the same.
/// (list, subject) occurs once: a line given twice counts as `subject (2)`.
[[nodiscard]] std::vector<Statement> statements(const Configuration& configuration,
                                                const Disguise& disguise);

}  // namespace hb::config
