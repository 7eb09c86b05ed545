// hb_clock: a clock that a test can set, for one host of the lab. Preloaded into its daemon.
//
// The clocks of the machine belong to everybody, and a time namespace does not offset the wall
// clock. So the functions that tell the time are taken over here and add what stands in the file
// that $HB_LAB_CLOCK names: two signed 64-bit numbers, nanoseconds for the wall clock and for
// CLOCK_BOOTTIME, in the machine's byte order. The file is mapped, so a change counts at once. The
// monotonic clock is left alone: nothing on a real host can make it jump.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Offsets {
  std::atomic<std::int64_t> wall;
  std::atomic<std::int64_t> boot;
};

const Offsets* map_offsets() {
  static const Offsets none{};
  const char* path = std::getenv("HB_LAB_CLOCK");
  const int fd = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return &none;
  const void* mapped = mmap(nullptr, sizeof(Offsets), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? &none : static_cast<const Offsets*>(mapped);
}

std::int64_t offset_of(clockid_t clock) {
  static const Offsets* const offsets = map_offsets();
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return offsets->wall.load(std::memory_order_relaxed);
    case CLOCK_BOOTTIME:
      return offsets->boot.load(std::memory_order_relaxed);
    default:
      return 0;
  }
}

int tell(clockid_t clock, timespec* time) {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const std::int64_t offset = offset_of(clock);
  if (result != 0 || offset == 0) return result;
  const std::int64_t at = time->tv_sec * kSecond + time->tv_nsec + offset;
  time->tv_sec = at / kSecond;
  time->tv_nsec = at % kSecond;
  return 0;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept { return tell(clock, time); }

time_t time(time_t* result) noexcept {
  timespec now{};
  tell(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* result, void*) noexcept {
  timespec now{};
  tell(CLOCK_REALTIME, &now);
  *result = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

}  // extern "C"
