#include "config/encoding.h"

namespace hb::config {

PlainText plain_text(std::string_view text, const std::string& file) {
  constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return {"", Diagnostic{Severity::kError,
                           {file, 1, 1},
                           "the file is in UTF-16, which cannot be read",
                           "",
                           "the file saved as plain text (UTF-8 without a byte order mark)"}};
  }
  if (text.starts_with(kUtf8Mark)) {
    return {text.substr(kUtf8Mark.size()),
            Diagnostic{Severity::kError,
                       {file, 1, 1},
                       "the file begins with a byte order mark, three bytes that no editor shows",
                       "",
                       "the file saved without one: sed -i '1s/^\\xEF\\xBB\\xBF//' " + file}};
  }
  return {text, std::nullopt};
}

}  // namespace hb::config
