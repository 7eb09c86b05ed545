#include "io/host/host_name.h"

#include <sys/utsname.h>

namespace hb::io {

std::string host_name() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

}  // namespace hb::io
