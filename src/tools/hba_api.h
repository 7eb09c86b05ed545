#pragma once

#include <cstdint>
#include <ctime>  // hbaapi.h forgets it
#include <optional>
#include <string>
#include <vector>

#include <hbaapi.h>

#include "base/expected.h"

namespace hb::tools {

// The HBAAPI library (SNIA common HBA API 2), found and loaded at run time: whoever has no Fibre
// Channel need not have it. It loads in turn the vendors' libraries that /etc/hba.conf names. All
// of its calls may block for as long as the hardware likes.
class HbaLibrary {
 public:
  // Errors: why it cannot be loaded, for people.
  [[nodiscard]] static Expected<HbaLibrary, std::string> load();

  HbaLibrary(HbaLibrary&& other) noexcept;
  HbaLibrary& operator=(HbaLibrary&&) = delete;
  ~HbaLibrary();

  [[nodiscard]] std::vector<std::string> adapters() const;

 private:
  friend class HbaAdapter;

  struct Calls {
    decltype(&HBA_LoadLibrary) load_library;
    decltype(&HBA_FreeLibrary) free_library;
    decltype(&HBA_GetNumberOfAdapters) count;
    decltype(&HBA_GetAdapterName) name;
    decltype(&HBA_OpenAdapter) open;
    decltype(&HBA_CloseAdapter) close;
    decltype(&HBA_RefreshInformation) refresh;
    decltype(&HBA_GetFcpTargetMapping) mapping;
    decltype(&HBA_SendScsiInquiry) inquiry;
  };

  HbaLibrary(void* handle, const Calls& calls) : handle_(handle), calls_(calls) {}

  void* handle_;
  Calls calls_;
};

// One adapter, asked whether the storage behind it answers. Opens it when it is needed, and anew
// after an error.
class HbaAdapter {
 public:
  HbaAdapter(const HbaLibrary& library, std::string name)
      : calls_(library.calls_), library_(library), name_(std::move(name)) {}
  ~HbaAdapter() { close(); }
  HbaAdapter(const HbaAdapter&) = delete;
  HbaAdapter& operator=(const HbaAdapter&) = delete;

  // Sends a SCSI inquiry to the logical units that are mapped to the adapter, until one answers.
  //
  // Errors: there is no such adapter; nothing is mapped; nobody answers: why, for people.
  [[nodiscard]] Expected<void, std::string> inquire();

 private:
  static constexpr std::size_t kMostAsked = 8;      // units in one inquiry
  static constexpr std::size_t kMostMapped = 4096;  // what a library may claim

  [[nodiscard]] Expected<void, std::string> open();
  void close();
  [[nodiscard]] Expected<std::vector<HBA_FCPSCSIENTRY>, std::string> mapped_units();

  const HbaLibrary::Calls& calls_;
  const HbaLibrary& library_;
  std::string name_;
  HBA_HANDLE handle_ = HBA_HANDLE_INVALID;
  std::size_t answered_last_ = 0;  // place of the unit that is asked first
};

}  // namespace hb::tools
