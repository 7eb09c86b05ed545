#include "tools/hba_api.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

namespace hb::tools {
namespace {

constexpr const char* kLibrary = "libHBAAPI.so.2";

// The words of the standard, where its header has but numbers.
std::string_view word(HBA_STATUS status) {
  switch (status) {
    case HBA_STATUS_ERROR_NOT_SUPPORTED:
      return "not supported";
    case HBA_STATUS_ERROR_INVALID_HANDLE:
      return "invalid handle";
    case HBA_STATUS_ERROR_ILLEGAL_WWN:
      return "no such port";
    case HBA_STATUS_ERROR_STALE_DATA:
      return "the configuration has changed";
    case HBA_STATUS_ERROR_BUSY:
      return "the adapter is busy";
    case HBA_STATUS_ERROR_TRY_AGAIN:
      return "no answer in time";
    case HBA_STATUS_ERROR_UNAVAILABLE:
      return "the adapter is gone or switched off";
    case HBA_STATUS_ERROR_INVALID_LUN:
      return "no such logical unit";
    case HBA_STATUS_ERROR_NOT_A_TARGET:
      return "no SCSI target";
    default:  // a vendor's library may say any number
      return "error";
  }
}

std::string failure(std::string_view what, HBA_STATUS status) {
  return fmt::format("{}: {} ({})", what, word(status), status);
}

template <class Call>
bool find(void* library, const char* name, Call& call) {
  call = reinterpret_cast<Call>(::dlsym(library, name));
  return call != nullptr;
}

}  // namespace

Expected<HbaLibrary, std::string> HbaLibrary::load() {
  void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return unexpected(std::string(reason ? reason : kLibrary));
  }
  Calls calls{};
  const bool complete = find(handle, "HBA_LoadLibrary", calls.load_library) &&
                        find(handle, "HBA_FreeLibrary", calls.free_library) &&
                        find(handle, "HBA_GetNumberOfAdapters", calls.count) &&
                        find(handle, "HBA_GetAdapterName", calls.name) &&
                        find(handle, "HBA_OpenAdapter", calls.open) &&
                        find(handle, "HBA_CloseAdapter", calls.close) &&
                        find(handle, "HBA_RefreshInformation", calls.refresh) &&
                        find(handle, "HBA_GetFcpTargetMapping", calls.mapping) &&
                        find(handle, "HBA_SendScsiInquiry", calls.inquiry);
  if (!complete) {
    ::dlclose(handle);
    return unexpected(fmt::format("{} lacks calls of the common HBA API", kLibrary));
  }
  if (const HBA_STATUS status = calls.load_library(); status != HBA_STATUS_OK) {
    ::dlclose(handle);
    return unexpected(failure("HBA_LoadLibrary", status));
  }
  return HbaLibrary(handle, calls);
}

HbaLibrary::HbaLibrary(HbaLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), calls_(other.calls_) {}

// Its code stays: vendors' libraries may have left threads behind.
HbaLibrary::~HbaLibrary() {
  if (handle_ != nullptr) calls_.free_library();
}

std::vector<std::string> HbaLibrary::adapters() const {
  std::vector<std::string> names;
  const HBA_UINT32 count = std::min<HBA_UINT32>(calls_.count(), 256);
  for (HBA_UINT32 i = 0; i < count; ++i) {
    std::array<char, 1024> name{};  // the standard says 256 at most
    if (calls_.name(i, name.data()) == HBA_STATUS_OK) {
      names.emplace_back(name.data(), ::strnlen(name.data(), name.size() - 1));
    }
  }
  return names;
}

Expected<void, std::string> HbaAdapter::open() {
  if (handle_ != HBA_HANDLE_INVALID) return {};
  // HBAAPI 2.2.9 finds an adapter by its name only after it was asked for the names.
  const std::vector<std::string> there = library_.adapters();
  handle_ = calls_.open(name_.data());
  if (handle_ != HBA_HANDLE_INVALID) return {};
  return unexpected(
      there.empty() ? std::string("no adapter: does /etc/hba.conf name the vendor's library?")
                    : fmt::format("no adapter {}; there are: {}", name_, fmt::join(there, ", ")));
}

void HbaAdapter::close() {
  if (handle_ != HBA_HANDLE_INVALID) calls_.close(std::exchange(handle_, HBA_HANDLE_INVALID));
}

// The first call tells how much room is needed; between the two the fabric may change.
Expected<std::vector<HBA_FCPSCSIENTRY>, std::string> HbaAdapter::mapped_units() {
  std::size_t room = 1;
  HBA_STATUS status = HBA_STATUS_OK;
  for (int attempt = 0; attempt < 4; ++attempt) {
    const std::size_t bytes =
        offsetof(HBA_FCPTARGETMAPPING, entry) + room * sizeof(HBA_FCPSCSIENTRY);
    // As C wants it: a structure with an array of the length that is needed at its end.
    const std::unique_ptr<void, decltype(&std::free)> memory(std::calloc(1, bytes), &std::free);
    auto* mapping = static_cast<HBA_FCPTARGETMAPPING*>(memory.get());
    mapping->NumberOfEntries = static_cast<HBA_UINT32>(room);
    status = calls_.mapping(handle_, mapping);
    const std::size_t claimed = mapping->NumberOfEntries;
    if (status == HBA_STATUS_OK) {
      const auto* first = reinterpret_cast<const HBA_FCPSCSIENTRY*>(
          static_cast<const char*>(memory.get()) + offsetof(HBA_FCPTARGETMAPPING, entry));
      return std::vector<HBA_FCPSCSIENTRY>(first, first + std::min(claimed, room));
    }
    if (status == HBA_STATUS_ERROR_MORE_DATA) {
      room = std::min(std::max(claimed, room + 1), kMostMapped);
    } else if (status == HBA_STATUS_ERROR_STALE_DATA) {
      calls_.refresh(handle_);
    } else {
      break;
    }
  }
  return unexpected(failure("the targets of the adapter", status));
}

Expected<void, std::string> HbaAdapter::inquire() {
  if (auto opened = open(); !opened) return opened;
  const auto units = mapped_units();
  if (!units) {
    close();
    return unexpected(units.error());
  }
  if (units->empty()) return unexpected(std::string("no target is mapped to the adapter"));

  HBA_STATUS status = HBA_STATUS_OK;
  for (std::size_t i = 0; i < std::min(units->size(), kMostAsked); ++i) {
    const std::size_t place = (answered_last_ + i) % units->size();
    const HBA_FCPID& unit = (*units)[place].FcpId;
    std::array<unsigned char, 96> answer{};
    std::array<unsigned char, 96> sense{};
    status = calls_.inquiry(handle_, unit.PortWWN, unit.FcpLun, 0, 0, answer.data(), answer.size(),
                            sense.data(), sense.size());
    // A unit that complains is there.
    if (status == HBA_STATUS_OK || status == HBA_STATUS_SCSI_CHECK_CONDITION) {
      answered_last_ = place;
      return {};
    }
  }
  close();  // it may have been pulled, or its driver reloaded
  return unexpected(failure("no target answers an inquiry", status));
}

}  // namespace hb::tools
