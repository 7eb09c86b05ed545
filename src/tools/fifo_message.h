#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/expected.h"

namespace hb::tools {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kFifo = "/var/lib/heartbeat/fifo";

// `name=value`, as on a command line. Error: no name, or a name or value that would break the form.
[[nodiscard]] Expected<std::pair<std::string, std::string>, std::string> parse_field(
    std::string_view text);

// The classic form without header, as the daemon reads it from the FIFO: `>>>`, a field a line,
// `<<<`.
[[nodiscard]] std::string classic_message(const Fields& fields);

/// Writes one message to the daemon of this node, in one piece, on a line of its own.
///
/// Never waits: when nobody reads the FIFO, that is the error.
/// Errors, as a sentence for people: no daemon runs; not allowed; longer than a pipe takes at once.
[[nodiscard]] Expected<void, std::string> send_to_daemon(const std::string& fifo,
                                                         const std::string& message);

}  // namespace hb::tools
