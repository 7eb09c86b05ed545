#pragma once

#include <string>
#include <utility>

#include "base/encoding.h"
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

// The event that a message is: its sender and what else the header says, in the forms of the wire.
inline RunEventScript event_of(const std::string& type, const wire::Header& header) {
  RunEventScript script{type, {{"t", type}, {"src", header.src.value()}}};
  if (header.seq) script.fields.emplace_back("seq", to_hex(header.seq->value()));
  script.fields.emplace_back("hg", to_hex(header.generation.value()));
  script.fields.emplace_back("ts", to_hex(header.timestamp));
  if (header.load) script.fields.emplace_back("ld", *header.load);
  if (header.ttl) script.fields.emplace_back("ttl", std::to_string(*header.ttl));
  return script;
}

}  // namespace hb::core
