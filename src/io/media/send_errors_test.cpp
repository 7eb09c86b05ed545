#include "io/media/send_errors.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using Verdict = SendErrors::Verdict;

TEST(SendErrors, TenAreToldAndTheTenthAnnouncesTheSilence) {
  SendErrors errors;
  for (unsigned i = 1; i < SendErrors::kLoud; ++i) EXPECT_EQ(errors.failed(), Verdict::kReport);
  EXPECT_EQ(errors.failed(), Verdict::kReportAndSuppress);
  EXPECT_EQ(errors.failed(), Verdict::kSilent);
}

TEST(SendErrors, AreToldAgainAfterAThousand) {
  SendErrors errors;
  for (unsigned i = 1; i < SendErrors::kPeriod; ++i) (void)errors.failed();
  EXPECT_EQ(errors.failed(), Verdict::kSilent);
  EXPECT_EQ(errors.failed(), Verdict::kReport);
}

TEST(SendErrors, ASuccessNowAndThenDoesNotEndTheSilence) {
  SendErrors errors;
  for (unsigned i = 0; i < SendErrors::kLoud; ++i) (void)errors.failed();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(errors.succeeded());
    EXPECT_EQ(errors.failed(), Verdict::kSilent);
  }
}

TEST(SendErrors, TheEndOfTheSilenceIsToldOnce) {
  SendErrors errors;
  for (unsigned i = 0; i < SendErrors::kLoud; ++i) (void)errors.failed();
  for (unsigned i = 1; i < SendErrors::kCalm; ++i) EXPECT_FALSE(errors.succeeded());
  EXPECT_TRUE(errors.succeeded());
  EXPECT_FALSE(errors.succeeded());
  EXPECT_EQ(errors.failed(), Verdict::kReport);
}

TEST(SendErrors, SingleErrorsEndWithoutAWord) {
  SendErrors errors;
  (void)errors.failed();
  for (unsigned i = 0; i < 3 * SendErrors::kCalm; ++i) EXPECT_FALSE(errors.succeeded());
}

}  // namespace
}  // namespace hb::io
