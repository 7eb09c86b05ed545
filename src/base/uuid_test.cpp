#include "base/uuid.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hb {
namespace {

TEST(Uuid, PrintsItsBytesFromLeftToRight) {
  const auto uuid = Uuid::from_bytes(*hex_decode("f3727cf5aae82f22b5f603e93235dadc"));
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->text(), "f3727cf5-aae8-2f22-b5f6-03e93235dadc");
  EXPECT_EQ(Uuid::from_bytes(uuid->raw()), uuid);
  EXPECT_FALSE(uuid->is_null());
}

TEST(Uuid, IsNullByDefault) {
  EXPECT_TRUE(Uuid().is_null());
  EXPECT_FALSE(Uuid::from_bytes("short"));
}

}  // namespace
}  // namespace hb
