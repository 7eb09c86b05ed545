#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "wire/errors.h"
#include "wire/message.h"

// Rules of fields, names, strings and lists that both forms share (spec: wire-protocol 2). For the
// codecs in this folder only.
namespace hb::wire {

// At least one byte; no '=', newline or NUL; does not begin with '(' (a type in the classic form),
// nor with a marker of the classic form.
[[nodiscard]] bool is_valid_name(std::string_view name);

// Strings cannot carry byte 0x13: it stands for newline, on building and on receiving.
inline constexpr char kNewlineStandIn = 0x13;

// Appends `text` with each `from` turned into `to`.
void append_replacing(std::string_view text, char from, char to, std::string& out);

// Appends the packed list: for each element its length, ':', the bytes, ','.
// Errors: kBadList (no element, or an empty one, at which 3.0.6 drops the message), kNulInString.
[[nodiscard]] Expected<void, SealError> append_packed_list(const std::vector<std::string>& items,
                                                           std::string& out);

// Errors: kMalformed, also for what append_packed_list() would refuse.
[[nodiscard]] Expected<std::vector<std::string>, Rejection> unpack_list(std::string_view packed);

// A field whose value is still as it came.
struct UndecodedField {
  Field field;
  std::string_view value;
};

// Divides `name=value` at its first '='. Errors: kMalformed (no '=', or no valid name before it).
[[nodiscard]] Expected<UndecodedField, Rejection> split_field(FieldType type,
                                                              std::string_view text);

// The value of a string, of a list. Errors: kMalformed.
[[nodiscard]] Expected<void, Rejection> decode_string(std::string_view value, Field& field);
[[nodiscard]] Expected<void, Rejection> decode_list(std::string_view value, Field& field);

// Cuts one netstring from the front of `rest` and returns its content. Leading zeros of the length,
// and bytes between its digits and the colon, are passed over as 3.0.6 does.
// Errors: kTruncated, kMalformed.
[[nodiscard]] Expected<std::string_view, Rejection> take_netstring(std::string_view& rest);

// Appends the netstring of `content`.
void append_netstring(std::string_view content, std::string& out);

// Appends `length` in decimal and a colon.
void append_length(std::size_t length, std::string& out);

}  // namespace hb::wire
