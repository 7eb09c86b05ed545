#pragma once

#include <functional>

namespace hb::tools {

// Runs `work` in a child process and returns its result, an exit code, as soon as there is one. The
// child then goes on with `afterwork`, on its own, without terminal and standard streams:
// announcing an address takes longer than anybody wants to wait. Call it before there are threads.
[[nodiscard]] int run_with_afterwork(const std::function<int()>& work,
                                     const std::function<void()>& afterwork);

}  // namespace hb::tools
