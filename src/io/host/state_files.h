#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/expected.h"
#include "base/ids.h"
#include "base/uuid.h"
#include "io/io_error.h"

namespace hb::io {

/// Replaces a file so that after a crash either the old or the new content is there, whole.
///
/// Written beside it, synced, renamed, directory synced; blocks, so for start and child processes.
/// Whatever stands in either place, a link above all, is replaced and not followed: the directory
/// may belong to a user whom we do not trust. Errors: any of these steps (disk full, read-only,
/// unwritable directory); the old file stays.
[[nodiscard]] Expected<void, IoError> atomic_write_file(const std::filesystem::path& path,
                                                        std::string_view content,
                                                        mode_t mode = 0600);

/// The whole file, if it has at most `limit` bytes (EFBIG otherwise).
[[nodiscard]] Expected<std::string, IoError> read_file(const std::filesystem::path& path,
                                                       std::size_t limit = 64 * 1024);

/// A file that only we can have written: regular, of one name, ours, for others not to write. What
/// root is to believe of a file in a directory that is not root's.
/// Errors: ELOOP if it is a symbolic link; EPERM if somebody else may have had a hand in it; EFBIG
/// beyond `limit`.
[[nodiscard]] Expected<std::string, IoError> read_own_file(const std::filesystem::path& path,
                                                           std::size_t limit = 64 * 1024);

/// Removes a directory with all that is in it and makes it anew. Follows no link: its parent may
/// belong to a user whom we do not trust.
/// Errors: EEXIST or EPERM if somebody puts something in its place meanwhile; not removable.
[[nodiscard]] Expected<void, IoError> renew_directory(const std::filesystem::path& path,
                                                      mode_t mode);

struct DirectorySpec {
  std::filesystem::path path;
  mode_t mode = 0755;
};
/// Makes the missing ones, parents too (0755). Leaves what exists as it is, but tries whether it
/// can be written to: a full or read-only disk is an error of the start, not of the first takeover.
[[nodiscard]] Expected<void, IoError> ensure_directories(const std::vector<DirectorySpec>& wanted);

// Where the generation of this start came from.
enum class GenerationOrigin : std::uint8_t {
  kCounted,     // one more than in the file
  kNoFile,      // current time + 1
  kUnreadable,  // damaged: the same (3.0.6: 1, which peers take for a replay)
};
struct StartGeneration {
  Generation generation;
  GenerationOrigin origin;
};

/// The generation that follows what stood in the file, as a pure decision.
///
/// A file is damaged if it is not one number with a newline behind it, or if the number cannot be
/// one: 0, beyond the columns that 3.0.6 reads, or more than ten years ahead of a clock that is
/// set. Peers would believe such a number, and it could never be lowered again. What stands without
/// its newline is a lower bound.
///
/// @param content    of the file; none if there is no file.
/// @param unix_time  seconds since 1970.
[[nodiscard]] StartGeneration generation_after(std::optional<std::string_view> content,
                                               std::uint64_t unix_time);

/// How the number stands in the file (spec: ha-cf 8.2): 15 columns and a newline.
[[nodiscard]] std::string generation_text(Generation generation);

/// Reads, counts on and writes back hb_generation, durably, before the number is used
/// (spec: ha-cf 8.2, wire-protocol 13): peers ignore whoever comes with a smaller one.
///
/// @param unix_time  seconds since 1970.
/// Errors: the file exists and cannot be read, or cannot be written.
[[nodiscard]] Expected<StartGeneration, IoError> next_generation(const std::filesystem::path& path,
                                                                 std::uint64_t unix_time);

// Where the uuid of this start came from.
enum class UuidOrigin : std::uint8_t {
  kKept,      // the file
  kMade,      // there was no file
  kRecalled,  // the file was damaged, but somebody remembered
  kRemade,    // the file was damaged
};
struct NodeUuid {
  Uuid uuid;
  UuidOrigin origin = UuidOrigin::kKept;
};

/// The uuid that a file's content is: 16 raw bytes, not all of them zero.
[[nodiscard]] std::optional<Uuid> uuid_in(std::string_view content);

/// The uuid in hb_uuid. If there is none it is made and written: from what is `remembered`, which
/// is asked only for a file that is damaged, else by chance.
/// Errors: the file exists and cannot be read, or cannot be written.
[[nodiscard]] Expected<NodeUuid, IoError> load_or_make_uuid(
    const std::filesystem::path& path, const std::function<std::optional<Uuid>()>& remembered);

/// `uuidfrom nodename`: the uuid that 3.0.6 on glibc derives from the lower-case name
/// (spec: wire-protocol 13).
[[nodiscard]] Uuid uuid_from_node_name(const NodeName& name);

}  // namespace hb::io
