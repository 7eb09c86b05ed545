#include "io/host/realtime.h"

#include <cstdint>

#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hb::io {
namespace {

std::optional<IoError> take_realtime_class(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0) {
    return std::nullopt;
  }
  return IoError{errno,
                 "SCHED_FIFO priority " + std::to_string(priority) +
                     " (needs root, CAP_SYS_NICE or RLIMIT_RTPRIO, and a cgroup that allows it; "
                     "or set `realtime off`)"};
}

// The program itself is the first object of the list.
int read_in_program(dl_phdr_info* object, std::size_t, void*) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Before Linux 5.14 unknown; then the pages come when they are first used.
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);
  }
  return 1;  // no further object
}

std::optional<IoError> lock_memory() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK, &unlimited);  // without the right to, what is allowed may suffice
  if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    return IoError{
        errno,
        "lock memory (needs root, CAP_IPC_LOCK or a larger RLIMIT_MEMLOCK; or set `realtime off`)"};
  }
  ::dl_iterate_phdr(read_in_program, nullptr);
  return std::nullopt;
}

}  // namespace

RealtimeRefusals become_realtime(int priority) {
  return {.scheduling = take_realtime_class(priority), .memory_lock = lock_memory()};
}

void become_ordinary() {
  const sched_param parameters{};
  ::sched_setscheduler(0, SCHED_OTHER, &parameters);
  ::munlockall();
}

namespace {

// Returns the size of before.
std::size_t set_thread_stack_size(std::size_t bytes) {
  pthread_attr_t attributes;
  std::size_t before = 0;
  if (::pthread_getattr_default_np(&attributes) != 0) return before;
  ::pthread_attr_getstacksize(&attributes, &before);
  if (::pthread_attr_setstacksize(&attributes, bytes) == 0) {
    ::pthread_setattr_default_np(&attributes);
  }
  ::pthread_attr_destroy(&attributes);
  return before;
}

}  // namespace

ThreadStackSize::ThreadStackSize(std::size_t bytes) : before_(set_thread_stack_size(bytes)) {}
ThreadStackSize::~ThreadStackSize() { (void)set_thread_stack_size(before_); }

void exclude_from_core_dumps(const void* begin, std::size_t size) {
  if (size == 0) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t into_page = reinterpret_cast<std::uintptr_t>(begin) % page;
  const char* const first = static_cast<const char*>(begin) - into_page;
  ::madvise(const_cast<char*>(first), into_page + size, MADV_DONTDUMP);
}

}  // namespace hb::io
