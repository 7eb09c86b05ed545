#pragma once

#include <string>

#include "core/outbox.h"

// What event scripts are told of nodes and links, with the line of the log that goes with it. Types
// and fields are those of 3.0.6 (spec: ha-cf 13).
namespace hb::core {

inline void tell_link(Outbox& out, NoteId note, const char* word, const NodeName& node,
                      const LinkName& link) {
  out.note(note, node.value(), link.value());
  out.add(RunEventScript{
      "ifstat", {{"t", "ifstat"}, {"node", node.value()}, {"ifname", link.value()}, {"st", word}}});
}

inline void tell_status_event(Outbox& out, const NodeName& node, std::string word) {
  out.add(
      RunEventScript{"status", {{"t", "status"}, {"src", node.value()}, {"st", std::move(word)}}});
}

}  // namespace hb::core
