// With which seed does a test draw random input? With its own, always the same; or, to look for more, with ever others.
//
// PYRO_SEED=1 timeout 180 build/tests/test_profile --gtest_filter='Hostile.*' --gtest_repeat=-1
// --gtest_break_on_failure draws anew at each repetition; the last seed that was printed, as PYRO_SEED, draws the same
// again.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace pyro {

inline uint32_t random_seed(uint32_t usual) {
  static const char *const given = std::getenv("PYRO_SEED");
  if (given == nullptr) return usual;
  static uint32_t next = static_cast<uint32_t>(std::strtoul(given, nullptr, 10));
  std::printf("PYRO_SEED=%u\n", next);
  std::fflush(stdout);
  return next++;
}

}  // namespace pyro
