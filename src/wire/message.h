#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hb::wire {

// The numbers are those of the wire (spec: wire-protocol 2.1).
enum class FieldType : std::uint8_t {
  kString = 0,
  kBinary = 1,
  kStruct = 2,
  kList = 3,
  kCompressed = 4,
  kUncompressed = 5,  // a struct that its sender meant to compress; read like kStruct
};

struct Field;

// An ordered list of typed fields, as the wire carries it. Order is kept and means nothing; names
// may repeat, look-ups find the first. Only wire/ and the code that hands a message on unopened
// (clients, scripts) see this type; the protocol sees wire::Packet.
class Message {
 public:
  Message() = default;

  void add(Field field);
  void add_string(std::string name, std::string value);
  void add_binary(std::string name, std::string bytes);

  // Overwrites the first string field of that name in place, or adds one.
  void set_string(std::string_view name, std::string value);
  void set_binary(std::string_view name, std::string bytes);
  void remove(std::string_view name);  // every field of that name

  // The first field of that name, or null.
  [[nodiscard]] const Field* find(std::string_view name) const;
  // The value of the first field of that name, if it is a string.
  [[nodiscard]] std::optional<std::string_view> string(std::string_view name) const;

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }

  friend bool operator==(const Message&, const Message&);

 private:
  std::vector<Field> fields_;
};

struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  std::string bytes;               // kString, kBinary, kCompressed
  std::vector<std::string> items;  // kList
  Message child;                   // kStruct, kUncompressed

  friend bool operator==(const Field&, const Field&) = default;
};

}  // namespace hb::wire
