#include "config/in_force.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace hb::config {
namespace {

constexpr int kFormat = 1;

// Any bytes may stand in a file of ours, but not in JSON.
std::string bytes_of(const nlohmann::json& member) {
  return hex_decode(member.get<std::string>()).value_or("");
}

}  // namespace

std::string render(const InForce& in_force) {
  nlohmann::ordered_json file;
  file["format"] = kFormat;
  file["pid"] = in_force.pid;
  file["resource_management"] = in_force.resource_management;
  file["salt"] = hex_encode(in_force.salt);
  auto& all = file["statements"] = nlohmann::ordered_json::array();
  for (const Statement& statement : in_force.statements) {
    nlohmann::ordered_json one;
    one["directive"] = statement.directive;
    one["subject"] = hex_encode(statement.subject);
    one["shown"] = hex_encode(statement.shown);
    one["meaning"] = hex_encode(statement.meaning);
    all.push_back(std::move(one));
  }
  return file.dump() + "\n";
}

Expected<InForce, std::string> parse_in_force(std::string_view text) {
  const auto file = nlohmann::json::parse(text, nullptr, false);
  if (!file.is_object()) return unexpected(std::string("it is no JSON object"));
  try {
    if (file.at("format").get<int>() != kFormat) {
      return unexpected(fmt::format("it has another format than {}", kFormat));
    }
    InForce in_force;
    in_force.pid = file.at("pid").get<int>();
    in_force.resource_management = file.at("resource_management").get<bool>();
    in_force.salt = bytes_of(file.at("salt"));
    for (const auto& one : file.at("statements")) {
      in_force.statements.push_back({one.at("directive").get<std::string>(),
                                     bytes_of(one.at("subject")), bytes_of(one.at("shown")),
                                     bytes_of(one.at("meaning"))});
    }
    return in_force;
  } catch (const nlohmann::json::exception& error) {
    return unexpected(std::string(error.what()));
  }
}

}  // namespace hb::config
