#include "io/host/state_files.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/text.h"
#include "io/unique_fd.h"

namespace hb::io {
namespace {

namespace fs = std::filesystem;

Expected<void, IoError> write_all(const UniqueFd& file, std::string_view content,
                                  const std::string& name) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return unexpected(IoError{errno, "write " + name});
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<std::string, IoError> read_all(const UniqueFd& file, const fs::path& path,
                                        std::size_t limit) {
  std::string content;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unexpected(IoError{errno, "read " + path.string()});
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) return unexpected(IoError{EFBIG, "read " + path.string()});
  }
}

// A file beside the real one, removed again unless it takes its place.
class TemporaryFile {
 public:
  static Expected<TemporaryFile, IoError> make(const fs::path& path, mode_t mode) {
    ::unlink(path.c_str());  // of an interrupted predecessor, or set for us
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) return unexpected(IoError{errno, "create " + path.string()});
    TemporaryFile file(path, std::move(fd));
    if (::fchmod(file.fd_.get(), mode) != 0) {
      return unexpected(IoError{errno, "set mode of " + path.string()});
    }
    return file;
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  Expected<void, IoError> write(std::string_view content) {
    if (auto written = write_all(fd_, content, path_.string()); !written) return written;
    if (::fsync(fd_.get()) != 0) return unexpected(IoError{errno, "write out " + path_.string()});
    return {};
  }
  Expected<void, IoError> replace(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) {
      return unexpected(IoError{errno, "replace " + target.string()});
    }
    path_.clear();
    return {};
  }

 private:
  TemporaryFile(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  fs::path path_;
  UniqueFd fd_;
};

Expected<void, IoError> sync_directory(const fs::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) {
    return unexpected(IoError{errno, "write out directory " + directory.string()});
  }
  return {};
}

// A block of data, since a full disk still takes empty files.
Expected<void, IoError> try_writing_in(const fs::path& directory) {
  auto file = TemporaryFile::make(directory / ".hb-write-test", 0600);
  if (!file) return unexpected(std::move(file.error()));
  return file->write(std::string(4096, '\0'));
}

}  // namespace

Expected<void, IoError> atomic_write_file(const fs::path& path, std::string_view content,
                                          mode_t mode) {
  fs::path beside = path;
  beside += ".tmp";
  auto file = TemporaryFile::make(beside, mode);
  if (!file) return unexpected(std::move(file.error()));
  if (auto written = file->write(content); !written) return written;
  if (auto replaced = file->replace(path); !replaced) return replaced;
  return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Expected<std::string, IoError> read_file(const fs::path& path, std::size_t limit) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return unexpected(IoError{errno, "open " + path.string()});
  return read_all(file, path, limit);
}

Expected<std::string, IoError> read_own_file(const fs::path& path, std::size_t limit) {
  // Not blocking: a FIFO in its place must not hold us up.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return unexpected(IoError{errno, "open " + path.string()});
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return unexpected(IoError{errno, "stat " + path.string()});
  const bool ours = S_ISREG(facts.st_mode) && facts.st_nlink == 1 && facts.st_uid == ::geteuid() &&
                    (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!ours) return unexpected(IoError{EPERM, "trust " + path.string()});
  return read_all(file, path, limit);
}

Expected<void, IoError> renew_directory(const fs::path& path, mode_t mode) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return unexpected(IoError{error.value(), "remove " + path.string()});
  if (::mkdir(path.c_str(), 0700) != 0)
    return unexpected(IoError{errno, "create " + path.string()});
  const UniqueFd made(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!made || ::fstat(made.get(), &facts) != 0) {
    return unexpected(IoError{errno, "open " + path.string()});
  }
  if (facts.st_uid != ::geteuid()) return unexpected(IoError{EPERM, "trust " + path.string()});
  if (::fchmod(made.get(), mode) != 0) {
    return unexpected(IoError{errno, "set mode of " + path.string()});
  }
  return {};
}

Expected<void, IoError> ensure_directories(const std::vector<DirectorySpec>& wanted) {
  for (const auto& [path, mode] : wanted) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), mode) == 0) {
      ::chmod(path.c_str(), mode);  // whatever the umask is
    } else if (errno != EEXIST) {
      return unexpected(IoError{errno, "create directory " + path.string()});
    }
    if (!fs::is_directory(path, error)) {
      return unexpected(IoError{ENOTDIR, "use directory " + path.string()});
    }
    if (auto tried = try_writing_in(path); !tried) return tried;
  }
  return {};
}

// --- generation ---

namespace {

constexpr std::uint64_t kLargestIn306 = 999'999'999'999'999;  // what fits into its 15 columns
constexpr std::uint64_t kClockSurelySet = 1'577'836'800;      // 2020; an earlier one never was
constexpr std::uint64_t kFurthestAhead = 10ULL * 365 * 24 * 60 * 60;

// Numbers begin at the clock and grow by one a start, or at 1 after a damage with 3.0.6.
bool can_be_a_generation(std::uint64_t number, std::uint64_t unix_time) {
  if (number == 0 || number >= kLargestIn306) return false;
  return unix_time < kClockSurelySet || number <= unix_time + kFurthestAhead;
}

}  // namespace

StartGeneration generation_after(std::optional<std::string_view> content, std::uint64_t unix_time) {
  if (!content) return {Generation(unix_time + 1), GenerationOrigin::kNoFile};
  const std::vector<std::string> words = split_words(*content);
  const auto number = words.size() == 1 ? parse_unsigned(words.front()) : std::nullopt;
  if (!number || !can_be_a_generation(*number, unix_time)) {
    return {Generation(unix_time + 1), GenerationOrigin::kUnreadable};
  }
  // Without the newline it may be the beginning of a number, which is not above the whole one.
  if (content->back() != '\n') {
    return {Generation(std::max(*number, unix_time) + 1), GenerationOrigin::kUnreadable};
  }
  return {Generation(*number + 1), GenerationOrigin::kCounted};
}

std::string generation_text(Generation generation) {
  return fmt::format("{:>15}\n", generation.value());
}

Expected<StartGeneration, IoError> next_generation(const fs::path& path, std::uint64_t unix_time) {
  auto content = read_file(path);
  if (!content && content.error().code == EFBIG) content = "(too large for a number)";
  if (!content && content.error().code != ENOENT) return unexpected(content.error());
  const auto text = content ? std::optional<std::string_view>(*content) : std::nullopt;
  const StartGeneration start = generation_after(text, unix_time);
  const auto written = atomic_write_file(path, generation_text(start.generation), 0600);
  if (!written) return unexpected(written.error());
  return start;
}

// --- uuid ---

namespace {

// RFC 4122, version 4.
Expected<Uuid, IoError> random_uuid() {
  Uuid::Bytes bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return unexpected(IoError{errno, "get random bytes"});
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
  return Uuid(bytes);
}

// The generator behind glibc's srand() and rand(): additive feedback r[n] = r[n-3] + r[n-31], its
// first words made by a linear congruence, its first 310 results thrown away.
class GlibcRand {
 public:
  explicit GlibcRand(std::uint32_t seed) {
    std::int64_t word = static_cast<std::int32_t>(seed == 0 ? 1 : seed);
    for (auto& slot : state_) {
      slot = static_cast<std::uint32_t>(word);
      word = word * 16807 % 2147483647;
      if (word < 0) word += 2147483647;
    }
    for (int i = 0; i < 310; ++i) (void)next();
  }

  std::uint32_t next() {
    state_[place_] += state_[(place_ + 28) % kWords];  // n-31 is the place itself, n-3 is 28 on
    const std::uint32_t result = state_[place_] >> 1U;
    place_ = (place_ + 1) % kWords;
    return result;
  }

 private:
  static constexpr std::size_t kWords = 31;
  std::array<std::uint32_t, kWords> state_{};
  std::size_t place_ = 3;
};

std::uint32_t seed_of(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name) {
    hash = hash * 31 + static_cast<std::uint32_t>(static_cast<signed char>(c));
  }
  return hash;
}

}  // namespace

std::optional<Uuid> uuid_in(std::string_view content) {
  if (content.size() != sizeof(Uuid::Bytes)) return std::nullopt;
  const auto uuid = Uuid::from_bytes(content);
  return uuid && !uuid->is_null() ? uuid : std::nullopt;
}

Expected<NodeUuid, IoError> load_or_make_uuid(
    const fs::path& path, const std::function<std::optional<Uuid>()>& remembered) {
  auto content = read_file(path);
  if (!content && content.error().code == EFBIG) content = std::string();
  if (!content && content.error().code != ENOENT) return unexpected(content.error());
  if (const auto kept = content ? uuid_in(*content) : std::nullopt) {
    return NodeUuid{*kept, UuidOrigin::kKept};
  }
  const bool is_damaged = content.has_value();
  const auto recalled = is_damaged ? remembered() : std::nullopt;
  const auto uuid = recalled ? Expected<Uuid, IoError>(*recalled) : random_uuid();
  if (!uuid) return unexpected(uuid.error());
  if (auto written = atomic_write_file(path, uuid->raw(), 0600); !written) {
    return unexpected(std::move(written.error()));
  }
  if (!is_damaged) return NodeUuid{*uuid, UuidOrigin::kMade};
  return NodeUuid{*uuid, recalled ? UuidOrigin::kRecalled : UuidOrigin::kRemade};
}

Uuid uuid_from_node_name(const NodeName& name) {
  GlibcRand random(seed_of(name.value()));
  Uuid::Bytes bytes{};
  for (auto& byte : bytes) {
    const std::uint32_t high = random.next() % 16;
    const std::uint32_t low = random.next() % 16;
    byte = static_cast<std::uint8_t>(high << 4U | low);
  }
  return Uuid(bytes);
}

}  // namespace hb::io
