#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "io/media/medium.h"
#include "io/media/udp_medium.h"

namespace hb::io {

// `hbaping CARD`: whether the storage behind a Fibre Channel adapter answers.
struct HbaConfig {
  std::string card;  // as the HBAAPI library lists it; also the ping node's name
  std::chrono::milliseconds interval{1000};  // between two inquiries
  // Asks the library: `PROGRAM CARD MILLISECONDS` writes a line `ok`, or `no REASON`, each time.
  std::string program = "/usr/libexec/heartbeat/hba_inquiry";

  friend bool operator==(const HbaConfig&, const HbaConfig&) = default;
};

// The way to a Fibre Channel ping node. Libraries of card vendors block as long as their hardware
// likes, and crash: they live in a program of their own, never in the daemon. When an inquiry has
// succeeded, the observer gets what send() was handed last, as if it had come back.
//
// A program that ends is started again after a while; one that is silent for long is killed. Its
// ping node counts as silent meanwhile.
[[nodiscard]] std::unique_ptr<Medium> make_hba_medium(const MediaContext& context,
                                                      HbaConfig config);

}  // namespace hb::io
