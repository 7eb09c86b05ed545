#include "config/logd_cf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/nearest.h"
#include "base/text.h"
#include "config/lines.h"
#include "config/logging_policy.h"
#include "config/times.h"

namespace hb::config {
namespace {

constexpr unsigned kPermissions = 0777;

class LogdCfParser {
 public:
  explicit LogdCfParser(const std::string& file) : file_(file) {}

  LogdCfResult parse(std::string_view text) {
    Lines lines(text);
    while (const auto line = lines.next()) {
      number_ = lines.number();
      parse_line(Piece{*line});
    }
    result_.good = diagnostics_.errors() == 0;
    result_.diagnostics = std::move(diagnostics_).take();
    return std::move(result_);
  }

 private:
  struct Directive {
    std::string_view name;
    std::string_view expected;
    bool may_be_empty;  // as in cluster-glue, where such a line does as good as nothing
    bool (LogdCfParser::*take)(const Piece& value);
  };
  static const std::array<Directive, 10> kDirectives;

  void parse_line(const Piece& line) {
    const Piece text = line.until("#").without_leading(kBlanks).without_trailing(kBlanks);
    if (text.text.empty()) return;
    const Piece name = text.until(kBlanks);
    const Piece value = text.from(name.text.size()).without_leading(kBlanks);
    const std::string lower = to_lower(name.text);
    const auto* const directive =
        std::find_if(kDirectives.begin(), kDirectives.end(),
                     [&](const Directive& known) { return known.name == lower; });
    if (directive == kDirectives.end()) return unknown(name);
    if (value.text.empty() && directive->may_be_empty) {
      diagnostics_.warning(at(name),
                           fmt::format("{} without a value does nothing", directive->name), {},
                           std::string(directive->expected));
    } else if (value.text.empty()) {
      diagnostics_.error(at(name), fmt::format("{} has no value", directive->name), {},
                         std::string(directive->expected));
    } else if (!(this->*directive->take)(value)) {
      diagnostics_.error(at(value), fmt::format("{} cannot have this value", directive->name),
                         value.text, std::string(directive->expected));
    }
  }

  void unknown(const Piece& name) {
    std::vector<std::string_view> names;
    names.reserve(kDirectives.size());
    for (const Directive& known : kDirectives) names.push_back(known.name);
    const std::string_view nearest = nearest_of(name.text, names);
    diagnostics_.error(
        at(name), "Illegal directive", name.text,
        nearest.empty() ? "a directive of logd.cf" : fmt::format("perhaps \"{}\"", nearest));
  }

  [[nodiscard]] Location at(const Piece& piece) const { return {file_, number_, piece.column}; }

  bool path(std::optional<std::string>& field, const Piece& value) {
    if (!value.text.starts_with('/')) {
      diagnostics_.warning(at(value),
                           "not an absolute path: it is taken from the directory in which ha_logd "
                           "is started",
                           value.text, "an absolute path");
    }
    field = std::string(value.text);
    return true;
  }
  static bool name(std::string& field, const Piece& value) {
    if (value.text.size() > LogdCf::kEntityLongest) return false;
    field = std::string(value.text);
    return true;
  }

  bool logfile(const Piece& value) { return path(result_.logd_cf.logfile, value); }
  bool debugfile(const Piece& value) { return path(result_.logd_cf.debugfile, value); }
  bool entity(const Piece& value) { return name(result_.logd_cf.entity, value); }
  bool syslogprefix(const Piece& value) { return name(result_.logd_cf.syslogprefix, value); }

  bool logfacility(const Piece& value) {
    const std::optional<int> facility = syslog_facility(value.text);
    if (!facility && value.text != "none") return false;
    result_.logd_cf.facility = facility;
    return true;
  }

  bool logmode(const Piece& value) {
    unsigned mode = 0;
    const char* const end = value.text.data() + value.text.size();
    const auto [stop, error] = std::from_chars(value.text.data(), end, mode, 8);
    if (error != std::errc() || stop != end || mode > 07777U) return false;
    if (mode > kPermissions) {
      diagnostics_.warning(at(value), "logmode: only the permission bits count", value.text,
                           fmt::format("{:04o}", mode & kPermissions));
    }
    result_.logd_cf.logmode = mode & kPermissions;
    return true;
  }

  bool syslogmsgfmt(const Piece& value) {
    const auto boolean = parse_boolean(value.text);
    if (!boolean) return false;
    result_.logd_cf.syslogmsgfmt = *boolean;
    return true;
  }

  // Queues between the two processes of 3.0.6; here there is one, with a bound of its own.
  bool length(const Piece& value) {
    if (value.text.starts_with('-')) return false;
    if (!parse_unsigned(value.text)) {
      diagnostics_.warning(at(value), "not a number; it has no effect anyway", value.text,
                           "a number, or no such line");
    }
    return true;
  }

  bool useapphbd(const Piece& value) {
    const auto boolean = parse_boolean(value.text);
    if (!boolean) return false;
    if (*boolean) {
      diagnostics_.warning(at(value), "useapphbd has no effect: nothing is registered with apphbd",
                           value.text);
    }
    return true;
  }

  const std::string& file_;
  unsigned number_ = 0;
  LogdCfResult result_;
  Diagnostics diagnostics_;
};

const std::array<LogdCfParser::Directive, 10> LogdCfParser::kDirectives = {{
    {"debugfile", "an absolute path", true, &LogdCfParser::debugfile},
    {"logfile", "an absolute path", true, &LogdCfParser::logfile},
    {"logfacility", "a syslog facility in lower case, or none", false, &LogdCfParser::logfacility},
    {"entity", "a name of at most 63 bytes", true, &LogdCfParser::entity},
    {"syslogprefix", "a name of at most 63 bytes", true, &LogdCfParser::syslogprefix},
    {"logmode", "an octal mode up to 0777", true, &LogdCfParser::logmode},
    {"syslogmsgfmt", "a boolean", false, &LogdCfParser::syslogmsgfmt},
    {"sendqlen", "a number", true, &LogdCfParser::length},
    {"recvqlen", "a number", true, &LogdCfParser::length},
    {"useapphbd", "a boolean", false, &LogdCfParser::useapphbd},
}};

}  // namespace

LogdCfResult parse_logd_cf(std::string_view text, const std::string& file) {
  return LogdCfParser(file).parse(text);
}

}  // namespace hb::config
