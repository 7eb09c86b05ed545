#pragma once

#include <array>
#include <string_view>

namespace hb::wire {

// How a status begins whose sender is an active member, in either form of packet: all that such a
// one says in a calm cluster is that it lives. Of 3.0.6 and of ours alike, since the fields stand
// in the order in which they were added (spec: wire-protocol 9.2). Ours begins otherwise when it
// follows news (Status::follows_news): "dt" then stands before "st".
inline constexpr std::array<std::string_view, 2> kActiveStatusBeginnings = {
    "###\n11:(0)t=status,12:(0)st=active,",
    ">>>\nt=status\nst=active\n",
};

}  // namespace hb::wire
