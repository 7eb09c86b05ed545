#include "wire/classic.h"

#include <array>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "wire/field_rules.h"

namespace hb::wire {
namespace {

constexpr std::string_view kEndLine = kClassicEnd.substr(0, 3);
constexpr std::string_view kAuthLine = "auth=";

// What stands for newline in the text of a struct field, by the depth of that field.
constexpr std::array<char, kClassicDeepest> kSpecialBytes = {20, 21, 22, 23, 24, 25, 26, 27,
                                                             28, 29, 30, 31, 15, 16, 17, 18};

Expected<Message, Rejection> decode_text(std::string_view text, int depth);

// Hands out the lines between the markers, empty ones passed over.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  // The next line without its LF; none at the end marker.
  // Errors: kTruncated, if the text ends before the end marker.
  Expected<std::optional<std::string_view>, Rejection> next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of('\n'), rest_.size()));
    if (rest_.starts_with(kEndLine)) return std::nullopt;
    const std::size_t end = rest_.find('\n');
    if (end == rest_.npos) return unexpected(Rejection::kTruncated);
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return line;
  }

 private:
  std::string_view rest_;
};

// Takes "(t)" from the front of a line. Strings have no prefix, and "(0)" is an error.
Expected<FieldType, Rejection> take_type(std::string_view& line) {
  if (!line.starts_with('(')) return FieldType::kString;
  if (line.size() < 3 || line[1] < '1' || line[1] > '4' || line[2] != ')') {
    return unexpected(Rejection::kMalformed);
  }
  const auto type = static_cast<FieldType>(line[1] - '0');
  line.remove_prefix(3);
  return type;
}

Expected<void, Rejection> decode_classic_value(std::string_view value, int depth, Field& field) {
  switch (field.type) {
    case FieldType::kString:
      return decode_string(value, field);
    case FieldType::kBinary:
    case FieldType::kCompressed: {
      auto bytes = base64_decode(value);
      if (!bytes) return unexpected(Rejection::kMalformed);
      field.bytes = std::move(*bytes);
      return {};
    }
    case FieldType::kList:
      return decode_list(value, field);
    case FieldType::kStruct: {
      if (depth >= kClassicDeepest) return unexpected(Rejection::kMalformed);
      std::string text;
      append_replacing(value, kSpecialBytes[static_cast<std::size_t>(depth)], '\n', text);
      auto child = decode_text(text, depth + 1);
      if (!child) return unexpected(Rejection::kMalformed);
      field.child = std::move(*child);
      return {};
    }
    case FieldType::kUncompressed:
      break;
  }
  return unexpected(Rejection::kMalformed);
}

Expected<Field, Rejection> decode_line(std::string_view line, int depth) {
  const auto type = take_type(line);
  if (!type) return unexpected(type.error());
  auto split = split_field(*type, line);
  if (!split) return unexpected(split.error());
  if (const auto done = decode_classic_value(split->value, depth, split->field); !done) {
    return unexpected(done.error());
  }
  return std::move(split->field);
}

Expected<Message, Rejection> decode_text(std::string_view text, int depth) {
  if (!text.starts_with(kClassicStart)) return unexpected(Rejection::kNotAMessage);
  LineReader lines(text.substr(kClassicStart.size()));
  Message message;
  while (true) {
    const auto line = lines.next();
    if (!line) return unexpected(line.error());
    if (!line->has_value()) return message;
    auto field = decode_line(**line, depth);
    if (!field) return unexpected(field.error());
    message.add(std::move(*field));
  }
}

Expected<void, SealError> encode_lines(const Message& message, int depth, std::string_view skip,
                                       std::string& out);

Expected<void, SealError> append_struct(const Message& child, int depth, std::string& out) {
  if (depth >= kClassicDeepest) return unexpected(SealError::kTooDeep);
  std::string text(kClassicStart);
  if (auto done = encode_lines(child, depth + 1, {}, text); !done) return done;
  text += kClassicEnd;
  const char special = kSpecialBytes[static_cast<std::size_t>(depth)];
  if (text.find(special) != text.npos) return unexpected(SealError::kSpecialByte);
  append_replacing(text, '\n', special, out);
  return {};
}

Expected<void, SealError> append_value(const Field& field, int depth, std::string& out) {
  switch (field.type) {
    case FieldType::kString:
      if (field.bytes.find('\0') != field.bytes.npos) return unexpected(SealError::kNulInString);
      append_replacing(field.bytes, '\n', kNewlineStandIn, out);
      return {};
    case FieldType::kBinary:
    case FieldType::kCompressed:
      out += base64_encode(field.bytes);
      return {};
    case FieldType::kList:
      for (const std::string& item : field.items) {
        if (item.find('\n') != item.npos) return unexpected(SealError::kBadList);
      }
      return append_packed_list(field.items, out);
    case FieldType::kStruct:
      return append_struct(field.child, depth, out);
    case FieldType::kUncompressed:
      break;
  }
  return unexpected(SealError::kNotInClassic);
}

Expected<void, SealError> encode_lines(const Message& message, int depth, std::string_view skip,
                                       std::string& out) {
  for (const Field& field : message.fields()) {
    if (!skip.empty() && field.name == skip) continue;
    if (!is_valid_name(field.name)) return unexpected(SealError::kBadName);
    if (field.type != FieldType::kString) {
      out += '(';
      out += static_cast<char>('0' + static_cast<int>(field.type));
      out += ')';
    }
    out += field.name;
    out += '=';
    if (auto done = append_value(field, depth, out); !done) return done;
    out += '\n';
  }
  return {};
}

}  // namespace

Expected<ClassicFrame, Rejection> frame_classic(std::string_view bytes) {
  if (!bytes.starts_with(kClassicStart)) return unexpected(Rejection::kNotAMessage);
  LineReader lines(bytes.substr(kClassicStart.size()));
  ClassicFrame frame;
  frame.signed_lines.reserve(bytes.size());
  while (true) {
    const auto line = lines.next();
    if (!line) return unexpected(line.error());
    if (!line->has_value()) return frame;
    if ((*line)->starts_with(kAuthLine)) {
      frame.authentication = (*line)->substr(kAuthLine.size());
    } else {
      frame.signed_lines += **line;
      frame.signed_lines += '\n';
    }
  }
}

Expected<Message, Rejection> decode_classic(std::string_view bytes) {
  return decode_text(bytes, 0);
}

Expected<void, SealError> encode_classic(const Message& message, std::string& out) {
  out += kClassicStart;
  if (auto done = encode_lines(message, 0, {}, out); !done) return done;
  out += kClassicEnd;
  return {};
}

Expected<void, SealError> encode_classic_lines(const Message& message, std::string& out,
                                               std::string_view skip) {
  return encode_lines(message, 0, skip, out);
}

}  // namespace hb::wire
