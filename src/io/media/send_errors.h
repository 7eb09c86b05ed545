#pragma once

#include <cstdint>

namespace hb::io {

// How loudly the errors of one medium are told: ten of them, then silence up to the thousandth,
// then anew (spec: ha-cf 10.7). A cable that is out would fill the log otherwise.
class SendErrors {
 public:
  static constexpr unsigned kLoud = 10;
  static constexpr unsigned kPeriod = 1000;
  // Successes in a row that end the silence: single ones occur on a medium of several peers, too.
  static constexpr unsigned kCalm = 100;

  enum class Verdict : std::uint8_t { kSilent, kReport, kReportAndSuppress };

  [[nodiscard]] constexpr Verdict failed() {
    successes_ = 0;
    ++errors_;
    if (errors_ > kPeriod) errors_ = 1;
    if (errors_ < kLoud) return Verdict::kReport;
    return errors_ == kLoud ? Verdict::kReportAndSuppress : Verdict::kSilent;
  }

  // True when the errors are over that had been suppressed.
  [[nodiscard]] constexpr bool succeeded() {
    if (errors_ == 0 || ++successes_ < kCalm) return false;
    const bool suppressed = errors_ >= kLoud;
    errors_ = successes_ = 0;
    return suppressed;
  }

 private:
  unsigned errors_ = 0, successes_ = 0;
};

}  // namespace hb::io
