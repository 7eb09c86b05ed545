#include "config/haresources.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/resource_script.h"
#include "base/service_address.h"
#include "base/text.h"
#include "config/lines.h"

namespace hb::config {
namespace {

constexpr std::string_view kSeparator = "::";
constexpr std::string_view kOcf = "OCF";
constexpr std::string_view kOcfAgents = "/usr/lib/ocf/resource.d";
constexpr std::string_view kOcfInstances = "/etc/ha.d/conf/OCF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The shell pattern [0-9]*.[0-9]*.[0-9]*.[0-9]* by which 3.0.6 knows an address.
bool looks_like_ipv4(std::string_view word) {
  if (word.empty() || !is_digit(word.front())) return false;
  int dots = 0;
  for (std::size_t i = 1; i + 1 < word.size() && dots < 3; ++i) {
    if (word[i] == '.' && is_digit(word[i + 1])) ++dots;
  }
  return dots == 3;
}

// `fd77::150` or `fd77::150/64/eth0`: by the part that must be an address.
bool begins_with_ipv6(std::string_view word) {
  const auto address = IpAddress::parse(word.substr(0, word.find('/')));
  return address && address->family() == AddressFamily::kIpv6;
}

// A logical line: the text of its physical lines with nothing in between, and where each began.
class LogicalLine {
 public:
  void append(const Piece& piece, unsigned line) {
    starts_.push_back({text_.size(), line, piece.column});
    text_ += piece.text;
  }
  void clear() {
    text_.clear();
    starts_.clear();
  }
  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] Location at(std::size_t offset, const std::string& file) const {
    const auto after = std::find_if(starts_.begin() + 1, starts_.end(),
                                    [&](const Start& start) { return start.offset > offset; });
    const Start& start = *(after - 1);
    return {file, start.line, start.column + static_cast<unsigned>(offset - start.offset)};
  }

 private:
  struct Start {
    std::size_t offset;
    unsigned line;
    unsigned column;
  };
  std::string text_;
  std::vector<Start> starts_;
};

class HaresourcesParser {
 public:
  HaresourcesParser(const std::string& file, const World& world) : file_(file), world_(world) {}

  HaresourcesResult parse(std::string_view text) && {
    Lines lines(text);
    while (const auto physical = lines.next()) {
      if (!take(*physical, lines.number())) parse_logical_line();
    }
    if (continues_) {
      diagnostics_.warning(line_.at(line_.text().size(), file_),
                           "the file ends in a continued line", "\\", "no \\ at the end");
      parse_logical_line();
    }
    result_.diagnostics = std::move(diagnostics_).take();
    return std::move(result_);
  }

 private:
  // Adds a physical line without its comment; true if the next one belongs to it.
  bool take(std::string_view physical, unsigned number) {
    Piece piece = Piece{physical}.until("#").without_trailing("\r");
    // A comment hides a backslash behind it, and blanks behind a backslash disable it.
    continues_ = piece.text.ends_with('\\');
    if (continues_) piece = piece.first(piece.text.size() - 1);
    line_.append(piece, number);
    return continues_;
  }

  void parse_logical_line() {
    const std::string text = line_.text();
    const std::vector<Piece> words = split(Piece{text}, kBlanks);
    if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
      diagnostics_.error(line_.at(nul, file_), "the line holds a NUL byte", "", "text");
    } else if (words.size() == 1) {
      diagnostics_.warning(at(words.front()), "a node without a resource does nothing",
                           words.front().text, "a node and its resources");
    } else if (!words.empty()) {
      parse_group(words);
    }
    line_.clear();
  }

  void parse_group(const std::vector<Piece>& words) {
    LocatedGroup located;
    located.node = at(words.front());
    located.group.preferred = NodeName(to_lower(words.front().text));
    located.group.key = GroupKey(std::string(words[1].text));
    check_key(words[1]);
    for (std::size_t i = 1; i < words.size(); ++i) {
      located.group.resources.push_back(parse_resource(words[i]));
      located.resources.push_back(at(words[i]));
    }
    result_.groups.push_back(std::move(located));
  }

  // The key names the group in messages, so two groups of one key could not be told apart.
  void check_key(const Piece& word) {
    const auto [earlier, first] = keys_.emplace(std::string(word.text), at(word));
    if (first) return;
    diagnostics_.error(at(word),
                       fmt::format("the first resource of a group must be unique; it is that of "
                                   "line {} already",
                                   earlier->second.line),
                       word.text, "another first resource");
  }

  ResourceSpec parse_resource(const Piece& word) {
    ResourceSpec spec;
    spec.text = std::string(word.text);
    // Mostly a continuation that a blank behind it has undone.
    if (word.text.ends_with('\\')) {
      diagnostics_.error(at(word), "stray backslash", word.text,
                         "\\ as the very last character of the line, or none");
      return spec;
    }
    const std::size_t separator = std::min(word.text.find(kSeparator), word.text.size());
    const Piece name = word.first(separator);
    if (is_bare_address(word, name)) {
      spec.script = looks_like_ipv4(word.text) ? "IPaddr" : "IPv6addr";
      spec.arguments = {spec.text};
      if (is_built_in(spec.script)) check_address(word);
      return spec;
    }
    spec.script = std::string(name.text);
    const Piece rest = word.from(separator + kSeparator.size());
    if (name.text.empty()) {
      diagnostics_.error(at(word), "a resource without a script's name", word.text,
                         "script::argument or an address");
    } else if (is_address_agent(name.text) && is_built_in(name.text)) {
      parse_address_arguments(word, rest, spec);
    } else {
      const std::vector<Piece> arguments = arguments_of(rest);
      for (const Piece& argument : arguments) spec.arguments.emplace_back(argument.text);
      if (name.text == kOcf && is_built_in(kOcf)) {
        check_ocf(word, arguments);
      } else {
        check_script(name);
      }
    }
    return spec;
  }

  // `abc::1` is an IPv6 address, unless there is a script abc.
  [[nodiscard]] bool is_bare_address(const Piece& word, const Piece& name) const {
    if (looks_like_ipv4(word.text)) return true;
    return begins_with_ipv6(word.text) && !script_exists(name.text);
  }

  // The rest is one argument where `::` belongs to an IPv6 address, else it is split as for others.
  void parse_address_arguments(const Piece& word, const Piece& rest, ResourceSpec& spec) {
    std::vector<Piece> arguments = arguments_of(rest);
    if (begins_with_ipv6(rest.text)) arguments = {rest};
    for (const Piece& argument : arguments) spec.arguments.emplace_back(argument.text);
    if (arguments.size() != 1) {
      diagnostics_.error(
          at(arguments.size() < 2 ? word : arguments[1]),
          fmt::format("{} takes one argument, not {}", spec.script, arguments.size()), word.text,
          "ip[/mask[/interface[:label]][/broadcast]]");
      return;
    }
    check_address(arguments.front());
  }

  void check_address(const Piece& argument) {
    const auto address = parse_service_address(argument.text);
    if (address) {
      for (const AddressError& ignored : address->ignored) {
        diagnostics_.warning(at(argument.from(ignored.position)),
                             "part of the service address is ignored", ignored.found,
                             ignored.expected);
      }
      check_unique(argument, address->address);
      if (address->interface) check_interface(argument, *address->interface);
      return;
    }
    const AddressError& error = address.error();
    diagnostics_.error(at(argument.from(error.position)), "bad service address", error.found,
                       error.expected);
  }

  // It may come later than we do, but on every node that may get the group.
  void check_interface(const Piece& argument, const std::string& interface) {
    if (world_.interface(interface)) return;
    const std::size_t offset = argument.text.find("/" + interface) + 1;
    diagnostics_.warning(at(argument.from(offset)), "there is no such interface at present",
                         interface, "a network interface of this machine");
  }

  // One address can be on one machine only, so two groups of it cannot be apart.
  void check_unique(const Piece& argument, const IpAddress& address) {
    const auto [earlier, first] = addresses_.emplace(address.text(), at(argument));
    if (first) {
      result_.addresses.push_back({address, earlier->second});
      return;
    }
    diagnostics_.warning(at(argument),
                         fmt::format("address {} is in haresources already, on line {}",
                                     address.text(), earlier->second.line),
                         argument.text, "each address once");
  }

  // The words between the separators; empty ones vanish, as the shell has it.
  static std::vector<Piece> arguments_of(Piece rest) {
    std::vector<Piece> arguments;
    while (!rest.text.empty()) {
      const std::size_t end = std::min(rest.text.find(kSeparator), rest.text.size());
      if (end > 0) arguments.push_back(rest.first(end));
      rest = rest.from(end + kSeparator.size());
    }
    return arguments;
  }

  // `OCF::agent[::instance]`: whether there are such an agent and such parameters.
  void check_ocf(const Piece& word, const std::vector<Piece>& arguments) {
    if (arguments.empty() || arguments.size() > 2) {
      diagnostics_.warning(at(arguments.empty() ? word : arguments[2]), "no agent can be run so",
                           word.text, "OCF::agent or OCF::agent::instance");
      return;
    }
    const std::string_view agent = arguments[0].text;
    if (!ocf_agent_exists(agent)) {
      diagnostics_.warning(at(arguments[0]), "there is no such OCF agent", agent,
                           fmt::format("an executable file in {}/<provider>", kOcfAgents));
      return;
    }
    if (arguments.size() < 2) return;
    const std::string file = fmt::format("{}/{}/{}", kOcfInstances, agent, arguments[1].text);
    const auto facts = world_.path(file);
    if (facts && facts->is_readable) return;
    diagnostics_.warning(at(arguments[1]), "there are no parameters for the OCF agent",
                         arguments[1].text, "a readable file " + file);
  }

  [[nodiscard]] bool ocf_agent_exists(std::string_view agent) const {
    if (!is_script_name(agent)) return false;
    const std::vector<std::string> providers = world_.names_in(kOcfAgents);
    return std::any_of(providers.begin(), providers.end(), [&](const std::string& provider) {
      return is_executable(fmt::format("{}/{}/{}", kOcfAgents, provider, agent));
    });
  }

  void check_script(const Piece& name) {
    if (script_exists(name.text)) return;
    std::string expected =
        fmt::format("an executable file in {} or {}", kResourceDirectory, kInitDirectory);
    const Piece before = name.until(":");
    if (before.text.size() < name.text.size() &&
        (is_address_agent(before.text) || script_exists(before.text))) {
      expected = fmt::format("{}::…: two colons before each argument", before.text);
    }
    diagnostics_.warning(at(name),
                         fmt::format("Cannot locate resource script {}", name.text.substr(0, 100)),
                         name.text, std::move(expected));
  }

  // Of a name whose work the daemon can do: whether it does, or the administrator's script in
  // resource.d has taken its place.
  [[nodiscard]] bool is_built_in(std::string_view name) const {
    const std::string path = fmt::format("{}/{}", kResourceDirectory, name);
    return !is_executable(path) || is_stock_script(name, world_.read(path).value_or(""));
  }

  [[nodiscard]] bool script_exists(std::string_view name) const {
    if (!is_script_path(name)) return false;
    return is_executable(fmt::format("{}/{}", kResourceDirectory, name)) ||
           is_executable(fmt::format("{}/{}", kInitDirectory, name));
  }

  [[nodiscard]] bool is_executable(const std::string& path) const {
    const auto facts = world_.path(path);
    return facts && facts->is_regular && facts->is_executable;
  }

  // Words are pieces of the logical line; its offsets are their columns less one.
  [[nodiscard]] Location at(const Piece& piece) const { return line_.at(piece.column - 1, file_); }

  const std::string& file_;
  const World& world_;
  HaresourcesResult result_;
  Diagnostics diagnostics_;
  LogicalLine line_;
  bool continues_ = false;
  std::map<std::string, Location> keys_;
  std::map<std::string, Location> addresses_;
};

}  // namespace

HaresourcesResult parse_haresources(std::string_view text, const std::string& file,
                                    const World& world) {
  return HaresourcesParser(file, world).parse(text);
}

}  // namespace hb::config
