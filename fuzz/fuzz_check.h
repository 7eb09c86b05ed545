#pragma once

#include <cstdlib>

// A property that every input must keep; a fuzzer reports the abort with the input that broke it.
#define HB_FUZZ_CHECK(condition) ((condition) ? static_cast<void>(0) : std::abort())
