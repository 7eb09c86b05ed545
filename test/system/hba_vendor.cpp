// The library of a vendor whose card does what a file says: for tests, registered with the HBAAPI
// library by a hba.conf of their own. `state` beside this library holds one word: ok, down,
// complains, unplugged, stale, hangs or crashes; without the file there is no card.

#include <cstdlib>
#include <cstring>
#include <ctime>  // hbaapi.h forgets it
#include <fstream>
#include <string>

#include <dlfcn.h>
#include <unistd.h>

// clang-format off: the second needs the first
#include <hbaapi.h>
#include <vendorhbaapi.h>
// clang-format on

namespace {

constexpr const char* kName = "lab-card-0";
constexpr HBA_HANDLE kHandle = 7;
constexpr unsigned kUnits = 3;
bool stale = false;

std::string state() {
  Dl_info self{};
  ::dladdr(reinterpret_cast<void*>(&state), &self);
  std::string path(self.dli_fname);
  path.replace(path.rfind('/') + 1, std::string::npos, "state");
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

HBA_UINT32 version() { return HBA_LIBVERSION; }
HBA_STATUS load() { return HBA_STATUS_OK; }
HBA_STATUS unload() { return HBA_STATUS_OK; }
HBA_UINT32 count() { return state().empty() ? 0 : 1; }
HBA_STATUS name(HBA_UINT32 index, char* text) {
  if (index != 0) return HBA_STATUS_ERROR_ILLEGAL_INDEX;
  std::strcpy(text, kName);
  return HBA_STATUS_OK;
}
HBA_HANDLE open(char* text) {
  return std::strcmp(text, kName) == 0 && state() != "unplugged" ? kHandle : HBA_HANDLE_INVALID;
}
void close(HBA_HANDLE) {}
void refresh(HBA_HANDLE) { stale = false; }

HBA_STATUS mapping(HBA_HANDLE, HBA_FCPTARGETMAPPING* target) {
  const std::string now = state();
  if (now == "unplugged") return HBA_STATUS_ERROR_UNAVAILABLE;
  if (now == "stale" && stale) return HBA_STATUS_ERROR_STALE_DATA;
  const HBA_UINT32 room = target->NumberOfEntries;
  target->NumberOfEntries = kUnits;
  if (room < kUnits) {
    stale = true;
    return HBA_STATUS_ERROR_MORE_DATA;
  }
  for (unsigned i = 0; i < kUnits; ++i) {
    std::memset(&target->entry[i], 0, sizeof target->entry[i]);
    target->entry[i].FcpId.PortWWN.wwn[7] = static_cast<HBA_UINT8>(i);
    target->entry[i].FcpId.FcpLun = i;
  }
  return HBA_STATUS_OK;
}

// Of all units the last one answers.
HBA_STATUS inquiry(HBA_HANDLE, HBA_WWN port, HBA_UINT64 unit, HBA_UINT8, HBA_UINT32, void* answer,
                   HBA_UINT32 size, void*, HBA_UINT32) {
  const std::string now = state();
  if (now == "hangs") ::pause();
  if (now == "crashes") std::abort();
  if (port.wwn[7] != kUnits - 1 || unit != kUnits - 1) return HBA_STATUS_ERROR_TRY_AGAIN;
  if (now == "complains") return HBA_STATUS_SCSI_CHECK_CONDITION;
  if (now != "ok" && now != "stale") return HBA_STATUS_ERROR_TRY_AGAIN;
  std::memset(answer, 0, size);
  return HBA_STATUS_OK;
}

}  // namespace

extern "C" HBA_STATUS HBA_RegisterLibrary(HBA_ENTRYPOINTS* entries) {
  entries->GetVersionHandler = version;
  entries->LoadLibraryHandler = load;
  entries->FreeLibraryHandler = unload;
  entries->GetNumberOfAdaptersHandler = count;
  entries->GetAdapterNameHandler = name;
  entries->OpenAdapterHandler = open;
  entries->CloseAdapterHandler = close;
  entries->RefreshInformationHandler = refresh;
  entries->GetFcpTargetMappingHandler = mapping;
  entries->ScsiInquiryHandler = inquiry;
  return HBA_STATUS_OK;
}
