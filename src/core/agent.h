#pragma once

#include <cstdint>

#include "base/agent.h"
#include "base/strong.h"

namespace hb::core {

using hb::AgentOp;
using hb::AgentResult;
using hb::word;

// Numbers the runs of one life, so that an outcome finds its question.
using AgentRun = Strong<struct AgentRunTag, std::uint64_t>;

}  // namespace hb::core
