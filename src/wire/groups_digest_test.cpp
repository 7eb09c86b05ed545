#include "wire/groups_digest.h"

#include <gtest/gtest.h>

namespace hb::wire {
namespace {

ResourceGroup group(const char* node, const char* resource) {
  return {GroupKey(resource), NodeName(node), {{resource, {}, resource}}};
}

TEST(GroupsDigest, IsThatOfNodesResourcesAndTheirOrder) {
  const std::vector<ResourceGroup> groups = {group("ada", "web"), group("bob", "ip")};
  EXPECT_EQ(groups_digest(groups), groups_digest({group("ada", "web"), group("bob", "ip")}));
  EXPECT_NE(groups_digest(groups), groups_digest({group("bob", "ip"), group("ada", "web")}));
  EXPECT_NE(groups_digest(groups), groups_digest({group("ada", "web"), group("ada", "ip")}));
  EXPECT_NE(groups_digest(groups), groups_digest({group("ada", "web")}));
}

}  // namespace
}  // namespace hb::wire
