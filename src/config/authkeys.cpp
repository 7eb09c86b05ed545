#include "config/authkeys.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "config/lines.h"

namespace hb::config {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kKeyLine =
    "a number from 0 to 15, crc, md5 or sha1, and (but for crc) a key";
constexpr std::string_view kMethods = "crc, md5 or sha1, in lower case";

// Names of digests that people try. Any other word in a method's place may be the key itself, of a
// line whose method was forgotten, so it is not shown.
bool is_digest_name(std::string_view word) {
  constexpr std::array<std::string_view, 16> kNames = {
      "crc",    "md5",    "sha1",  "md4",  "sha",      "sha-1",     "sha224",      "sha256",
      "sha384", "sha512", "crc32", "hmac", "hmac-md5", "hmac-sha1", "hmac-sha256", "none"};
  const std::string lower = to_lower(word);
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

std::string_view shown_method(std::string_view word) {
  return is_digest_name(word) ? word : kHidden;
}

// A number is shown if it can be an index or a near miss of one; a longer one may be a secret.
std::string_view shown_number(std::string_view word) {
  const bool short_number = word.size() <= 4 && parse_unsigned(word).has_value();
  return short_number ? word : kHidden;
}

// A number with what stands right behind it, as 3.0.6 takes a word apart: `1sha1`, `+1`.
struct NumberWord {
  std::optional<std::uint64_t> number;
  Piece digits, rest;
  bool has_sign = false;
};

NumberWord take_number(const Piece& word) {
  NumberWord result;
  result.has_sign = word.text.starts_with('+');
  const Piece unsigned_word = word.from(result.has_sign ? 1 : 0);
  const std::size_t end =
      std::min(unsigned_word.text.find_first_not_of("0123456789"), unsigned_word.text.size());
  result.digits = unsigned_word.first(end);
  result.rest = unsigned_word.from(end);
  result.number = parse_unsigned(result.digits.text);
  return result;
}

class AuthkeysParser {
 public:
  explicit AuthkeysParser(const std::string& file) : file_(file) {}

  AuthkeysResult parse(std::string_view text) && {
    Lines lines(text);
    while (const auto line = lines.next()) {
      line_ = lines.number();
      parse_line(Piece{*line}.without_leading(kBlanks).without_trailing(kBlanks));
    }
    AuthkeysResult result;
    Authkeys keys = finish();
    if (diagnostics_.errors() == 0) result.keys = std::move(keys);
    result.diagnostics = std::move(diagnostics_).take();
    return result;
  }

 private:
  void parse_line(const Piece& line) {
    if (line.text.empty() || line.text.front() == '#') return;
    if (line.text.find('\0') != std::string_view::npos) {
      diagnostics_.error(at(line), "the line holds a NUL byte", "", "text");
      return;
    }
    if (line.text.front() == 'a') {
      parse_auth(line);
    } else {
      parse_key(without_comment(split(line, kBlanks)), line);
    }
  }

  // A comment begins with a word that begins with `#`; a `#` inside a word belongs to it.
  static std::vector<Piece> without_comment(std::vector<Piece> words) {
    const auto comment = std::find_if(words.begin(), words.end(),
                                      [](const Piece& word) { return word.text.front() == '#'; });
    words.erase(comment, words.end());
    return words;
  }

  void parse_auth(const Piece& line) {
    constexpr std::string_view kWord = "auth";
    if (!line.text.starts_with(kWord)) {
      diagnostics_.error(at(line), "not an auth line", kHidden, "auth and the number of a key");
      auth_refused_ = true;
      return;
    }
    const auto words = without_comment(split(line.from(kWord.size()), kBlanks));
    const NumberWord word = words.empty() ? NumberWord{} : take_number(words.front());
    const auto& number = word.number;
    if (!number) {
      diagnostics_.error(at(line), "auth line without the number of a key",
                         words.empty() ? "" : shown_number(words.front().text),
                         "auth and a number from 0 to 15");
      auth_refused_ = true;
      return;
    }
    if (!is_index(*number)) {
      invalid_number(words.front());
      auth_refused_ = true;
      return;
    }
    tell_sign(word, words.front());
    if (!word.rest.text.empty() || words.size() > 1) {
      diagnostics_.warning(at(word.rest.text.empty() ? words[1] : word.rest),
                           "auth: what follows the number is ignored", kHidden);
    }
    sending_ = {static_cast<int>(*number), at(words.front())};
  }

  void parse_key(std::vector<Piece> words, const Piece& line) {
    any_key_line_ = true;
    const NumberWord word = words.empty() ? NumberWord{} : take_number(words.front());
    auto number = word.number;
    if (!word.rest.text.empty()) {
      // Anything but a method may be a slip that left half a secret there.
      if (wire::parse_digest_method(word.rest.text)) {
        words.insert(words.begin() + 1, word.rest);
      } else {
        number.reset();
      }
    }
    if (!number || words.size() < 2) {
      diagnostics_.error(at(line), "bad key line",
                         words.empty() ? kHidden : shown_number(words.front().text),
                         std::string(kKeyLine));
      return;
    }
    if (!is_index(*number)) {
      invalid_number(words.front());
      return;
    }
    const int index = static_cast<int>(*number);
    tell_sign(word, words.front());
    words.front() = word.digits;
    if (!word.rest.text.empty()) {
      diagnostics_.warning(at(word.rest), "no blank between the number and the method",
                           fmt::format("{}{}", index, word.rest.text),
                           fmt::format("{} {}", index, word.rest.text));
    }
    refused_.emplace(index, true);  // until the line proves good
    const Piece& method_word = words[1];
    const auto method = wire::parse_digest_method(method_word.text);
    if (!method) {
      diagnostics_.error(at(method_word),
                         fmt::format("Invalid authtype [{}]", shown_method(method_word.text)),
                         shown(words), std::string(kMethods));
      return;
    }
    const bool has_secret = words.size() > 2;
    if (*method == wire::DigestMethod::kCrc && has_secret) {
      diagnostics_.error(at(words[2]), "method crc doesn't use a key", shown(words),
                         fmt::format("{} crc", index));
      return;
    }
    if (*method != wire::DigestMethod::kCrc && !has_secret) {
      diagnostics_.error(at(method_word), fmt::format("method {} requires a key", method_word.text),
                         shown(words), "the key behind the method (it cannot begin with #)");
      return;
    }
    if (words.size() > 3) {
      diagnostics_.warning(at(words[3]), "what follows the key is ignored", kHidden);
    }
    refused_.erase(index);
    store(index, *method, has_secret ? words[2].text : std::string_view(), words.front());
  }

  void tell_sign(const NumberWord& word, const Piece& where) {
    if (!word.has_sign) return;
    diagnostics_.warning(at(where), "a sign before the number of a key",
                         fmt::format("+{}", shown_number(word.digits.text)),
                         std::string(shown_number(word.digits.text)));
  }

  void store(int index, wire::DigestMethod method, std::string_view secret, const Piece& where) {
    const auto [earlier, first] = lines_.emplace(index, line_);
    if (!first) {
      diagnostics_.warning(
          at(where), fmt::format("key {} is given twice, first on line {}; this one counts", index,
                                 earlier->second));
      earlier->second = line_;
    }
    wire::Key& key = keys_[index];
    key.number = index;
    key.method = method;
    key.secret = std::string(secret);
  }

  Authkeys finish() {
    const Location whole{file_, 0, 0};
    if (!sending_) {
      if (!auth_refused_) {
        diagnostics_.error(whole, "Missing auth directive", "", "a line: auth and a key's number");
      }
    } else if (keys_.count(sending_->first) == 0 && refused_.count(sending_->first) == 0) {
      diagnostics_.error(
          sending_->second,
          fmt::format("Auth Key [{}] not found in keyfile [{}]", sending_->first, file_),
          std::to_string(sending_->first), "the number of a key of this file");
    }
    if (!any_key_line_) {
      diagnostics_.error(whole, "No authentication specified.", "",
                         "at least one key, such as: 1 sha1 secret");
    }
    Authkeys result;
    result.sending = sending_ ? sending_->first : 0;
    for (const auto& [index, key] : keys_) result.keys.push_back(key);
    return result;
  }

  // A key line as it may be told: number, known method, nothing of the rest.
  static std::string shown(const std::vector<Piece>& words) {
    std::string text =
        fmt::format("{} {}", shown_number(words[0].text), shown_method(words[1].text));
    if (words.size() > 2) text += fmt::format(" {}", kHidden);
    return text;
  }

  static bool is_index(std::uint64_t number) {
    return number <= static_cast<std::uint64_t>(wire::kHighestKeyNumber);
  }

  void invalid_number(const Piece& word) {
    diagnostics_.error(at(word), fmt::format("Invalid authnum [{}]", shown_number(word.text)),
                       shown_number(word.text),
                       fmt::format("a number from 0 to {}", wire::kHighestKeyNumber));
  }

  [[nodiscard]] Location at(const Piece& piece) const { return {file_, line_, piece.column}; }

  const std::string& file_;
  Diagnostics diagnostics_;
  unsigned line_ = 0;
  std::optional<std::pair<int, Location>> sending_;
  bool auth_refused_ = false;
  bool any_key_line_ = false;  // good or bad
  std::map<int, wire::Key> keys_;
  std::map<int, unsigned> lines_;  // key, line that defines it
  std::map<int, bool> refused_;    // keys whose line is an error already told
};

}  // namespace

AuthkeysResult parse_authkeys(std::string_view text, const std::string& file) {
  return AuthkeysParser(file).parse(text);
}

std::optional<Diagnostic> check_key_file(const std::string& file, std::uint32_t mode,
                                         std::uint32_t owner) {
  constexpr std::uint32_t kGroupOrOtherReadOrWrite = 0066;
  if ((mode & kGroupOrOtherReadOrWrite) != 0) {
    return Diagnostic{Severity::kError,
                      {file, 0, 0},
                      fmt::format("Bad permissions on keyfile [{}], 600 recommended.", file),
                      fmt::format("{:04o}", mode & 07777U),
                      "0600 (chmod 600)"};
  }
  if (owner != 0) {
    return Diagnostic{Severity::kError,
                      {file, 0, 0},
                      fmt::format("keyfile [{}] does not belong to root", file),
                      fmt::format("uid {}", owner),
                      "uid 0 (chown root)"};
  }
  return std::nullopt;
}

}  // namespace hb::config
