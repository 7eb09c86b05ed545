#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/host/log/severity.h"

namespace hb::runtime {

// A row of either table: the core's notes, or what is logged around it.
struct CatalogueEntry {
  std::string_view id;
  io::Severity severity;
  std::string_view text;
  std::string_view explanation;
};

// Every line that heartbeat or ha_logd can log, sorted by id.
[[nodiscard]] const std::vector<CatalogueEntry>& message_catalogue();

[[nodiscard]] std::optional<CatalogueEntry> find_message(std::string_view id);

// The row that a line of a log was most likely made of; the line may have its time, host and
// severity before it. None if no row fits. Of what the check of the files found, the text of the
// row is the finding itself, and views `line`.
[[nodiscard]] std::optional<CatalogueEntry> recognise_line(std::string_view line);

// Ids that somebody may have meant, the nearest first; at most five.
[[nodiscard]] std::vector<std::string_view> similar_ids(std::string_view id);

// What `heartbeat explain` prints of one row.
[[nodiscard]] std::string render_explanation(const CatalogueEntry& entry);
// One line for each row.
[[nodiscard]] std::string render_message_list();
// docs/messages.md
[[nodiscard]] std::string render_message_page();
// The journal's catalogue: what `journalctl -x` shows below a line.
[[nodiscard]] std::string render_journal_catalogue();
// The filter of logcheck(8): what is only information need not be mailed to anybody.
[[nodiscard]] std::string render_logcheck_filter();

}  // namespace hb::runtime
