#include "wire/message.h"

#include <algorithm>

namespace hb::wire {
namespace {

auto find_field(auto& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
}

void set(std::vector<Field>& fields, std::string_view name, FieldType type, std::string bytes) {
  const auto found = find_field(fields, name);
  Field& field = found == fields.end() ? fields.emplace_back() : *found;
  field = Field{
      .name = std::string(name), .type = type, .bytes = std::move(bytes), .items = {}, .child = {}};
}

}  // namespace

void Message::add(Field field) {
  // A heartbeat has some fifteen fields, a child often a single one.
  constexpr std::size_t kUsual = 20;
  if (fields_.size() == 1) fields_.reserve(kUsual);
  fields_.push_back(std::move(field));
}

void Message::add_string(std::string name, std::string value) {
  add({.name = std::move(name),
       .type = FieldType::kString,
       .bytes = std::move(value),
       .items = {},
       .child = {}});
}

void Message::add_binary(std::string name, std::string bytes) {
  add({.name = std::move(name),
       .type = FieldType::kBinary,
       .bytes = std::move(bytes),
       .items = {},
       .child = {}});
}

void Message::set_string(std::string_view name, std::string value) {
  set(fields_, name, FieldType::kString, std::move(value));
}

void Message::set_binary(std::string_view name, std::string bytes) {
  set(fields_, name, FieldType::kBinary, std::move(bytes));
}

void Message::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& f) { return f.name == name; });
}

const Field* Message::find(std::string_view name) const {
  const auto found = find_field(fields_, name);
  return found == fields_.end() ? nullptr : &*found;
}

std::optional<std::string_view> Message::string(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr || field->type != FieldType::kString) return std::nullopt;
  return field->bytes;
}

bool operator==(const Message& a, const Message& b) { return a.fields_ == b.fields_; }

}  // namespace hb::wire
