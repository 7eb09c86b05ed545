#include "wire/netstring.h"

#include <utility>

#include "wire/field_rules.h"

namespace hb::wire {
namespace {

// "(t)" before the name, '=' after it.
constexpr std::size_t kFieldOverhead = 4;

Expected<Message, Rejection> decode_body(std::string_view bytes, int depth);

std::optional<FieldType> field_type(char digit) {
  if (digit < '0' || digit > '5') return std::nullopt;
  return static_cast<FieldType>(digit - '0');
}

Expected<void, Rejection> decode_netstring_value(std::string_view value, int depth, Field& field) {
  switch (field.type) {
    case FieldType::kString:
      return decode_string(value, field);
    case FieldType::kBinary:
    case FieldType::kCompressed:
      field.bytes = value;
      return {};
    case FieldType::kList:
      return decode_list(value, field);
    case FieldType::kStruct:
    case FieldType::kUncompressed: {
      auto child = decode_body(value, depth + 1);
      if (!child) return unexpected(Rejection::kMalformed);
      field.child = std::move(*child);
      return {};
    }
  }
  return unexpected(Rejection::kMalformed);
}

// The content of one netstring: "(t)name=value". 3.0.6 ends itself when the three bytes of the type
// are not there (spec: wire-protocol 3); here that is one more malformed packet.
Expected<Field, Rejection> decode_field(std::string_view content, int depth) {
  if (content.size() < kFieldOverhead || content[0] != '(' || content[2] != ')') {
    return unexpected(Rejection::kMalformed);
  }
  const auto type = field_type(content[1]);
  if (!type) return unexpected(Rejection::kMalformed);
  auto split = split_field(*type, content.substr(3));
  if (!split) return unexpected(split.error());
  if (const auto done = decode_netstring_value(split->value, depth, split->field); !done) {
    return unexpected(done.error());
  }
  return std::move(split->field);
}

Expected<Message, Rejection> decode_body(std::string_view bytes, int depth) {
  if (depth > kNetstringDeepest) return unexpected(Rejection::kMalformed);
  if (!bytes.starts_with(kNetstringStart)) return unexpected(Rejection::kNotAMessage);
  std::string_view rest = bytes.substr(kNetstringStart.size());
  Message message;
  while (!rest.starts_with(kNetstringEnd)) {
    const auto content = take_netstring(rest);
    if (!content) return unexpected(content.error());
    auto field = decode_field(*content, depth);
    if (!field) return unexpected(field.error());
    message.add(std::move(*field));
  }
  return message;
}

void append_head(const Field& field, std::size_t value_size, std::string& out) {
  append_length(kFieldOverhead + field.name.size() + value_size, out);
  out += '(';
  out += static_cast<char>('0' + static_cast<int>(field.type));
  out += ')';
  out += field.name;
  out += '=';
}

Expected<void, SealError> encode_body(const Message& message, int depth, std::string_view skip,
                                      std::string& out);

Expected<void, SealError> encode_field(const Field& field, int depth, std::string& out) {
  if (!is_valid_name(field.name)) return unexpected(SealError::kBadName);
  switch (field.type) {
    case FieldType::kString:
      if (field.bytes.find('\0') != field.bytes.npos) return unexpected(SealError::kNulInString);
      append_head(field, field.bytes.size(), out);
      append_replacing(field.bytes, kNewlineStandIn, '\n', out);
      break;
    case FieldType::kBinary:
    case FieldType::kCompressed:
      append_head(field, field.bytes.size(), out);
      out += field.bytes;
      break;
    case FieldType::kList: {
      std::string packed;
      if (auto done = append_packed_list(field.items, packed); !done) return done;
      if (packed.size() >= kPackedListLimit) return unexpected(SealError::kBadList);
      append_head(field, packed.size(), out);
      out += packed;
      break;
    }
    case FieldType::kStruct:
    case FieldType::kUncompressed: {
      std::string child;
      if (auto done = encode_body(field.child, depth + 1, {}, child); !done) return done;
      append_head(field, child.size(), out);
      out += child;
      break;
    }
  }
  out += ',';
  return {};
}

Expected<void, SealError> encode_body(const Message& message, int depth, std::string_view skip,
                                      std::string& out) {
  if (depth > kNetstringDeepest) return unexpected(SealError::kTooDeep);
  out += kNetstringStart;
  for (const Field& field : message.fields()) {
    if (!skip.empty() && field.name == skip) continue;
    if (auto done = encode_field(field, depth, out); !done) return done;
  }
  out += kNetstringEnd;
  return {};
}

}  // namespace

Expected<NetstringFrame, Rejection> frame_netstring(std::string_view bytes) {
  if (!bytes.starts_with(kNetstringStart)) return unexpected(Rejection::kNotAMessage);
  std::string_view rest = bytes.substr(kNetstringStart.size());
  while (!rest.starts_with(kNetstringEnd)) {
    if (const auto content = take_netstring(rest); !content) return unexpected(content.error());
  }
  rest.remove_prefix(kNetstringEnd.size());
  NetstringFrame frame{.body = bytes.substr(0, bytes.size() - rest.size()), .trailer = {}};
  if (rest.empty()) return frame;
  const auto trailer = take_netstring(rest);
  if (!trailer) return unexpected(trailer.error());
  frame.trailer = *trailer;
  return frame;
}

Expected<Message, Rejection> decode_netstring(std::string_view bytes) {
  return decode_body(bytes, 0);
}

Expected<void, SealError> encode_netstring(const Message& message, std::string& out,
                                           std::string_view skip) {
  return encode_body(message, 0, skip, out);
}

}  // namespace hb::wire
