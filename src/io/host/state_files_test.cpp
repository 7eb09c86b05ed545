#include "io/host/state_files.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::content_of;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

constexpr std::uint64_t kNow = 1'800'000'000;

class StateFilesTest : public ::testing::Test {
 protected:
  // A file system of 64 KiB on the directory, seen by this process only.
  void mount_small() const {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << "needs root";
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(::mount("small", directory_.path().c_str(), "tmpfs", 0, "size=64k"), 0);
  }
  void unmount() const { ::umount2(directory_.path().c_str(), MNT_DETACH); }

  [[nodiscard]] mode_t mode_of(const std::filesystem::path& path) const {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 07777U;
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(directory_.path())) {
      ++count;
    }
    return count;
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "file";
};

TEST_F(StateFilesTest, AtomicWriteReplacesContentAndMode) {
  testing::write(path_, "an old and longer content");
  ASSERT_TRUE(atomic_write_file(path_, "new", 0640));
  EXPECT_EQ(content_of(path_), "new");
  EXPECT_EQ(mode_of(path_), 0640U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(StateFilesTest, AtomicWriteOnAFullDiskKeepsTheOldFile) {
  mount_small();
  ASSERT_TRUE(atomic_write_file(path_, "old"));
  const auto result = atomic_write_file(path_, std::string(1 << 20, 'x'));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOSPC);
  EXPECT_THAT(result.error().text(), HasSubstr("No space left on device"));
  EXPECT_EQ(content_of(path_), "old");
  EXPECT_EQ(files(), 1U);
  unmount();
}

TEST_F(StateFilesTest, AtomicWriteIntoAMissingDirectoryNamesIt) {
  const auto result = atomic_write_file(directory_ / "missing" / "file", "x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOENT);
  EXPECT_THAT(result.error().text(), HasSubstr("missing/file"));
}

TEST_F(StateFilesTest, ReadRefusesAFileBeyondTheLimit) {
  testing::write(path_, std::string(5000, 'x'));
  EXPECT_EQ(read_file(path_)->size(), 5000U);
  EXPECT_EQ(read_file(path_, 4999).error().code, EFBIG);
}

// Root writes and reads in directories of users whom it does not trust.
TEST_F(StateFilesTest, AtomicWriteFollowsNoLink) {
  const auto precious = directory_ / "precious";
  testing::write(precious, "kept");
  std::filesystem::create_symlink(precious, path_);
  std::filesystem::create_symlink(precious, directory_ / "file.tmp");
  ASSERT_TRUE(atomic_write_file(path_, "new"));
  EXPECT_EQ(content_of(precious), "kept");
  EXPECT_FALSE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(content_of(path_), "new");
  EXPECT_EQ(files(), 2U);
}

TEST_F(StateFilesTest, OnlyAFileOfOurOwnIsTrusted) {
  EXPECT_EQ(read_own_file(path_).error().code, ENOENT);
  ASSERT_TRUE(atomic_write_file(path_, "ours", 0644));
  EXPECT_EQ(*read_own_file(path_), "ours");
  EXPECT_EQ(read_own_file(path_, 3).error().code, EFBIG);

  std::filesystem::create_symlink(path_, directory_ / "link");
  EXPECT_EQ(read_own_file(directory_ / "link").error().code, ELOOP);
  std::filesystem::create_hard_link(path_, directory_ / "second");
  EXPECT_EQ(read_own_file(path_).error().code, EPERM);
  std::filesystem::remove(directory_ / "second");
  ASSERT_EQ(::chmod(path_.c_str(), 0664), 0);
  EXPECT_EQ(read_own_file(path_).error().code, EPERM);
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  ASSERT_EQ(::chown(path_.c_str(), 65534, 0), 0) << "needs root";
  EXPECT_EQ(read_own_file(path_).error().code, EPERM);
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_own_file(path_).error().code, EPERM) << "and does not wait for a writer";
}

TEST_F(StateFilesTest, ARenewedDirectoryIsEmptyAndLeavesWhatALinkNames) {
  const auto precious = directory_ / "precious";
  ASSERT_TRUE(ensure_directories({{precious, 0700}}));
  testing::write(precious / "file", "kept");
  std::filesystem::create_directory_symlink(precious, path_);
  ASSERT_TRUE(renew_directory(path_, 01777));
  EXPECT_EQ(content_of(precious / "file"), "kept");
  EXPECT_EQ(mode_of(precious), 0700U);
  EXPECT_FALSE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(mode_of(path_), 01777U);

  std::filesystem::create_directory_symlink(precious, path_ / "inside");
  ASSERT_TRUE(renew_directory(path_, 01755));
  EXPECT_TRUE(std::filesystem::is_empty(path_));
  EXPECT_EQ(content_of(precious / "file"), "kept");
  EXPECT_EQ(mode_of(path_), 01755U);
}

TEST_F(StateFilesTest, DirectoriesAreMadeWithTheirModes) {
  const auto deep = directory_ / "a" / "b";
  ASSERT_TRUE(ensure_directories({{deep, 0700}, {directory_ / "tmp", 01777}}));
  EXPECT_EQ(mode_of(deep), 0700U);
  EXPECT_EQ(mode_of(directory_ / "tmp"), 01777U);
  EXPECT_TRUE(std::filesystem::is_empty(deep));
  ASSERT_TRUE(ensure_directories({{deep, 0755}}));
  EXPECT_EQ(mode_of(deep), 0700U) << "an existing one is left as it is";
}

TEST_F(StateFilesTest, AFileInTheWayOfADirectoryIsAnError) {
  testing::write(path_, "");
  const auto result = ensure_directories({{path_}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOTDIR);
}

TEST_F(StateFilesTest, AFullDiskIsFoundAtStart) {
  mount_small();
  testing::write(directory_ / "filler", std::string(1 << 20, 'x'));
  const auto result = ensure_directories({{directory_.path()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOSPC);
  unmount();
}

TEST_F(StateFilesTest, AReadOnlyDirectoryIsFoundAtStart) {
  mount_small();
  ASSERT_EQ(::mount("", directory_.path().c_str(), "", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const auto result = ensure_directories({{directory_.path()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, EROFS);
  unmount();
}

// --- generation ---

struct GenerationCase {
  std::string name;
  std::optional<std::string> before;
  std::uint64_t generation;
  GenerationOrigin origin;
};
const std::vector<GenerationCase> kGenerations = {
    {"CountsOn", "     1795363069\n", 1795363070, GenerationOrigin::kCounted},
    {"AboveTheClockToo", "     1900000000\n", 1900000001, GenerationOrigin::kCounted},
    {"AfterADamageWith306", "              1\n", 2, GenerationOrigin::kCounted},
    {"WrittenByHand", "1795363069\n", 1795363070, GenerationOrigin::kCounted},
    {"TornWithinTheNumber", "     17957", kNow + 1, GenerationOrigin::kUnreadable},
    {"TornBeforeTheNewline", "     1795363069", kNow + 1, GenerationOrigin::kUnreadable},
    {"TornAboveTheClock", "     1900000000", 1900000001, GenerationOrigin::kUnreadable},
    {"TornToBlanks", "    ", kNow + 1, GenerationOrigin::kUnreadable},
    {"TornAndFilledUp", std::string("     17957\0\0\0\0\0\0", 16), kNow + 1,
     GenerationOrigin::kUnreadable},
    {"OverwrittenByAShorterOne", "     41\n795363069\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"NoFile", std::nullopt, kNow + 1, GenerationOrigin::kNoFile},
    {"EmptyFile", "", kNow + 1, GenerationOrigin::kUnreadable},
    {"Zeros", std::string(16, '\0'), kNow + 1, GenerationOrigin::kUnreadable},
    {"NoLifeHasNumberNought", "              0\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"YearsAheadOfTheClock", "     2110000000\n", 2110000001, GenerationOrigin::kCounted},
    {"TenYearsAheadOfTheClock", "     2120000000\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"BeyondTheColumns", "99999999999999999\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"Garbage", "not a number\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"HalfANumber", "179536x\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"Negative", "             -3\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"TooLarge", "18446744073709551616\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"TheLastOne", "18446744073709551615\n", kNow + 1, GenerationOrigin::kUnreadable},
    {"HugeFile", std::string(1 << 20, '1'), kNow + 1, GenerationOrigin::kUnreadable},
};
class GenerationTest : public ::testing::TestWithParam<GenerationCase> {};

TEST_P(GenerationTest, IsReadAndWrittenBack) {
  const TemporaryDirectory directory;
  const auto path = directory / "hb_generation";
  if (GetParam().before) testing::write(path, *GetParam().before);
  const auto start = next_generation(path, kNow);
  ASSERT_TRUE(start) << start.error().text();
  EXPECT_EQ(start->generation, Generation(GetParam().generation));
  EXPECT_EQ(start->origin, GetParam().origin);

  const std::string after = content_of(path);
  EXPECT_EQ(after.size(), 16U);
  EXPECT_EQ(after.back(), '\n');
  EXPECT_EQ(std::stoull(after), GetParam().generation);
}

INSTANTIATE_TEST_SUITE_P(Files, GenerationTest, ::testing::ValuesIn(kGenerations),
                         [](const auto& row) { return row.param.name; });

// A host without a clock that outlives its power begins in 1970 and would lose its place.
TEST(GenerationAfter, AClockThatWasNeverSetJudgesNothing) {
  const StartGeneration start = generation_after("     1795363069\n", 60);
  EXPECT_EQ(start.generation, Generation(1795363070));
  EXPECT_EQ(start.origin, GenerationOrigin::kCounted);
  EXPECT_EQ(generation_after("999999999999999\n", 60).origin, GenerationOrigin::kUnreadable);
}

TEST(GenerationAfter, IsNeverTakenFromATextThatIsCutOff) {
  const std::string whole = generation_text(Generation(kNow - 1000));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const StartGeneration start = generation_after(whole.substr(0, length), kNow);
    EXPECT_EQ(start.generation, Generation(kNow + 1)) << length;
    EXPECT_EQ(start.origin, GenerationOrigin::kUnreadable) << length;
  }
  EXPECT_EQ(generation_after(whole, kNow).origin, GenerationOrigin::kCounted);
}

TEST_F(StateFilesTest, AGenerationThatCannotBeWrittenIsNotUsed) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(next_generation(path_, kNow));
  EXPECT_FALSE(next_generation(directory_ / "missing" / "hb_generation", kNow));
}

// --- uuid ---

std::optional<Uuid> nothing() { return std::nullopt; }

TEST_F(StateFilesTest, AUuidIsMadeOnceAndKept) {
  const auto made = load_or_make_uuid(path_, [] { return Uuid::from_bytes(std::string(16, 'x')); });
  ASSERT_TRUE(made);
  EXPECT_EQ(made->origin, UuidOrigin::kMade) << "somebody may have removed it to have a new one";
  EXPECT_FALSE(made->uuid.is_null());
  EXPECT_EQ(content_of(path_), made->uuid.raw());
  const auto kept = load_or_make_uuid(path_, nothing);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->origin, UuidOrigin::kKept);
  EXPECT_EQ(kept->uuid, made->uuid);
}

const std::map<std::string, std::string> kDamagedUuids = {
    {"Empty", ""},
    {"Short", "short"},
    {"Null", std::string(16, '\0')},
    {"AsText", "c0bbedfc-73fb-42e6-aa84-6655f17ec892\n"},
    {"WithANewline", "0123456789abcdef\n"},
    {"Huge", std::string(1 << 20, 'x')},
};

TEST_F(StateFilesTest, ADamagedUuidIsReplacedByWhatIsRemembered) {
  const auto remembered = Uuid::from_bytes("0123456789abcdef");
  for (const auto& [name, content] : kDamagedUuids) {
    SCOPED_TRACE(name);
    testing::write(path_, content);
    const auto recalled = load_or_make_uuid(path_, [&] { return remembered; });
    ASSERT_TRUE(recalled);
    EXPECT_EQ(recalled->origin, UuidOrigin::kRecalled);
    EXPECT_EQ(recalled->uuid, remembered);
    EXPECT_EQ(content_of(path_), remembered->raw());
  }
}

TEST_F(StateFilesTest, ADamagedUuidThatNobodyRemembersIsMadeAnew) {
  for (const auto& [name, content] : kDamagedUuids) {
    SCOPED_TRACE(name);
    testing::write(path_, content);
    const auto made = load_or_make_uuid(path_, nothing);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->origin, UuidOrigin::kRemade);
    EXPECT_EQ(content_of(path_), made->uuid.raw());
  }
}

TEST(UuidFromNodeName, IsTheOneOf306) {
  EXPECT_EQ(uuid_from_node_name(NodeName("node2")).text(), "f3727cf5-aae8-2f22-b5f6-03e93235dadc");
}

// The C library's own generator is the judge, where it is glibc.
std::string by_the_library(const std::string& name) {
  std::uint32_t seed = 0;
  for (const char c : name)
    seed = seed * 31 + static_cast<std::uint32_t>(static_cast<signed char>(c));
  ::srand(seed);
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "0123456789abcdef"[::rand() % 16];
  return digits;
}

TEST(UuidFromNodeName, FollowsTheLibraryForAnyName) {
  for (const std::string name :
       {"", "a", "node1", "node2", "ada", "a-very-long-host-name.example.org", "n\u00f6de"}) {
    std::string text = uuid_from_node_name(NodeName(name)).text();
    std::erase(text, '-');
    EXPECT_EQ(text, by_the_library(name)) << name;
  }
}

}  // namespace
}  // namespace hb::io
