#include <map>

#include <gtest/gtest.h>

#include "vectors/made_packets.h"

// The made packets of wire.jsonl through the whole receive path, codec and core, in the order in
// which a real 3.0.6 was shown them: our node must come to the verdict that was recorded.
namespace hb {
namespace {

TEST(Vectors, ReachTheRecordedVerdicts) {
  std::map<int, core::Node> receivers;
  Instant now(std::chrono::hours(1));
  int judged = 0;
  for (const vectors::MadePacket& made : vectors::made_packets()) {
    SCOPED_TRACE(made.name);
    const auto [node, fresh] =
        receivers.try_emplace(made.run, core::Node(vectors::receiver_settings()));
    if (fresh) static_cast<void>(node->second.step(now, core::Started{}));
    now += std::chrono::milliseconds(1);
    const bool accepted = made.packet && vectors::accepts(node->second, now, *made.packet);
    EXPECT_EQ(accepted, made.accepted);
    ++judged;
  }
  EXPECT_EQ(judged, 55);
}

}  // namespace
}  // namespace hb
