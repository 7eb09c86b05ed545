#include "wire/log_record.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/local_frame.h"

namespace hb::wire {
namespace {

using ::testing::ElementsAre;

std::string repeat(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// `ha_logger -t mytag "hello world"` of cluster-glue 1.0.12, the whole frame (amd64).
const std::string kRecorded = from_hex(
    "6c000000cdab0000"
    "02000000"
    "08000000"
    "06000000"
    "0c000000"
    "00000000"
    "6b3c0000"
    "6d79746167" +
    repeat("00", 59) +
    "3e18036b00000000"
    "68656c6c6f20776f726c6400");

const LogRecord kHello = {.facility = 8,
                          .priority = 6,
                          .priority_word = false,
                          .pid = 15467,
                          .entity = "mytag",
                          .unix_time = 0x6b03183e,
                          .text = "hello world"};

struct Read {
  std::vector<std::string> bodies;
  std::vector<std::size_t> lengths;
  bool sound = true;
};
Read read(LocalFrameReader& reader, std::string_view bytes) {
  Read all;
  all.sound = reader.feed(bytes, [&](const LocalFrame& frame) {
    all.bodies.emplace_back(frame.body);
    all.lengths.push_back(frame.length);
  });
  return all;
}
std::string framed(std::string_view body) {
  std::string out;
  append_local_frame(out, body);
  return out;
}

TEST(LocalFrame, RecordedFrameIsReadAndWritten) {
  LocalFrameReader reader;
  const Read all = read(reader, kRecorded);
  ASSERT_EQ(all.bodies.size(), 1U);
  EXPECT_EQ(framed(all.bodies[0]), kRecorded);
}

TEST(LocalFrame, AnyCutOfTheStreamGivesTheSameFrames) {
  const std::string stream = framed("one") + framed("") + framed("three");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    LocalFrameReader reader;
    Read first = read(reader, stream.substr(0, cut));
    const Read second = read(reader, stream.substr(cut));
    first.bodies.insert(first.bodies.end(), second.bodies.begin(), second.bodies.end());
    EXPECT_THAT(first.bodies, ElementsAre("one", "", "three")) << cut;
  }
}

TEST(LocalFrame, OfALongBodyTheFirstBytesAreKept) {
  LocalFrameReader reader(3);
  const Read all = read(reader, framed("abcdef") + framed("x"));
  EXPECT_THAT(all.bodies, ElementsAre("abc", "x"));
  EXPECT_THAT(all.lengths, ElementsAre(6U, 1U));
}

TEST(LocalFrame, WhatIsNoFrameEndsTheStream) {
  for (const char* header : {"0c000000cdab0100", "ffffffffcdab0000", "01000400cdab0000"}) {
    LocalFrameReader reader;
    EXPECT_FALSE(read(reader, from_hex(header)).sound) << header;
    EXPECT_FALSE(read(reader, framed("later")).sound) << header;
  }
  LocalFrameReader reader;
  const Read all = read(reader, framed("good") + from_hex("0c000000cdab0100") + framed("later"));
  EXPECT_FALSE(all.sound);
  EXPECT_THAT(all.bodies, ElementsAre("good"));
}

TEST(LocalFrame, TheLongestBodyIsTaken) {
  LocalFrameReader reader;
  EXPECT_THAT(read(reader, framed(std::string(kLocalBodyLongest, 'x'))).lengths,
              ElementsAre(kLocalBodyLongest));
}

TEST(LogRecord, RecordedOneIsReadAndWritten) {
  const std::string body = kRecorded.substr(kLocalHeaderSize);
  EXPECT_EQ(decode_log_record(body, body.size()), kHello);
  EXPECT_EQ(encode_log_record(kHello), body);
}

TEST(LogRecord, EntityAndTextAreBounded) {
  LogRecord record = kHello;
  record.entity = std::string(100, 'e');
  record.text = std::string("before\0behind", 13);
  const std::string body = encode_log_record(record);
  const auto back = decode_log_record(body, body.size());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->entity, std::string(63, 'e'));
  EXPECT_EQ(back->text, "before");
}

TEST(LogRecord, WithoutNulNothingBehindIsRead) {
  std::string body = encode_log_record(kHello);
  for (std::size_t i = 24; i < 88; ++i) body[i] = 'e';
  body.back() = '!';
  const auto record = decode_log_record(body, body.size());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->entity, std::string(63, 'e'));
  EXPECT_EQ(record->text, "hello world!");
}

TEST(LogRecord, OfATextThatWasNotKeptTheBeginningIsRead) {
  const std::string body = encode_log_record(kHello);
  const auto record = decode_log_record(std::string_view(body).substr(0, 101), body.size());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->text, "hello");
}

struct Bad {
  const char* name;
  std::size_t at;  // byte to change
  char value;
  LogRecordError error;
};
class BadLogRecordTest : public ::testing::TestWithParam<Bad> {};
TEST_P(BadLogRecordTest, IsRefused) {
  std::string body = encode_log_record(kHello);
  body[GetParam().at] = GetParam().value;
  const auto record = decode_log_record(body, body.size());
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error(), GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    , BadLogRecordTest,
    ::testing::Values(Bad{"AnotherType", 0, 3, LogRecordError::kUnknownType},
                      Bad{"PriorityTooLarge", 8, 8, LogRecordError::kBadPriority},
                      Bad{"PriorityBelowZero", 11, '\x80', LogRecordError::kBadPriority},
                      Bad{"MoreTextThanThereIs", 12, 13, LogRecordError::kTextTooLong},
                      Bad{"TextBelowZero", 15, '\xff', LogRecordError::kTextTooLong}),
    [](const auto& row) { return row.param.name; });

TEST(LogRecord, ShorterThanItsFixedPartIsRefused) {
  const std::string body = encode_log_record(kHello);
  for (std::size_t size = 0; size < kLogRecordHeaderSize; ++size) {
    EXPECT_EQ(decode_log_record(std::string_view(body).substr(0, size), size).error(),
              LogRecordError::kTooShort);
  }
}

}  // namespace
}  // namespace hb::wire
