#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "config/configuration.h"
#include "core/notes.h"
#include "core/settings.h"
#include "io/host/log/log.h"
#include "runtime/identity.h"
#include "runtime/media_set.h"
#include "runtime/ping_set.h"
#include "wire/key_ring.h"
#include "wire/packet_codec.h"

// From the words of one layer to those of another. The layers do not know each other; this does.
namespace hb::runtime {

// Without what only a start needs: remembered hosts, groups left running.
[[nodiscard]] core::Settings to_settings(const config::Configuration& configuration,
                                         const Identity& identity, bool resource_management);

// Of what all nodes of a cluster should have in common (haresources; of ha.cf the nodes, the times,
// auto_failback, autojoin and crm).
[[nodiscard]] wire::ConfigDigests digests(const config::Configuration& configuration);

// The media that are built; several ucast lines of one interface are one medium.
[[nodiscard]] std::vector<MediumSpec> to_media(const config::HaCf& ha_cf);

// The ways to the ping nodes.
[[nodiscard]] std::vector<PingSpec> to_ping_nodes(const config::HaCf& ha_cf);

[[nodiscard]] io::LogTargets to_log_targets(const config::HaCf& ha_cf);
[[nodiscard]] wire::CodecOptions to_codec_options(const config::HaCf& ha_cf);

[[nodiscard]] io::Message to_message(const core::Note& note);
[[nodiscard]] io::Severity to_log_severity(core::Severity severity);

}  // namespace hb::runtime
