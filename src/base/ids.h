#pragma once

#include <cstdint>
#include <string>

#include "base/strong.h"

namespace hb {

// Lower-case name of a node (spec: nodes are compared exactly, so the edge lower-cases).
using NodeName = Strong<struct NodeNameTag, std::string>;

// Name of a link: interface, serial device or ping node by which a peer is heard.
using LinkName = Strong<struct LinkNameTag, std::string>;

// First resource of a haresources line; names the group in cluster messages.
using GroupKey = Strong<struct GroupKeyTag, std::string>;

// Wire "hg": counts a node's starts, so a larger one is a later life of that node.
using Generation = Strong<struct GenerationTag, std::uint64_t>;

// Wire "seq": number of a message within one generation, from 1.
using SeqNo = Strong<struct SeqNoTag, std::uint64_t>;

constexpr SeqNo next(SeqNo n) { return SeqNo(n.value() + 1); }

}  // namespace hb
