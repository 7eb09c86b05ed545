#pragma once

#include <cstdint>
#include <string_view>

#include "base/fence_outcome.h"
#include "base/strong.h"

namespace hb::core {

using hb::FenceOutcome;
using hb::word;

// Numbers the attempts of one life, so that an outcome finds its question.
using FenceAttempt = Strong<struct FenceAttemptTag, std::uint64_t>;

// Results of which no attempt is the reason: nothing had to be fenced, and nobody could.
inline constexpr std::string_view kFenceUnneeded = "unneeded";
inline constexpr std::string_view kFenceNoDevice = "n_stnth";
// Never sent: what `hb_fence_confirm` writes into the FIFO.
inline constexpr std::string_view kFenceByOperator = "confirmed";

}  // namespace hb::core
