// Are numbers written so that every reader gets the same ones back?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "exposition/text.h"

namespace pyro::exposition {
namespace {

TEST(Numbers, SecondsAreExactToTheNanosecond) {
  EXPECT_EQ(seconds(0), "0");
  EXPECT_EQ(seconds(1), "0.000000001");
  EXPECT_EQ(seconds(1500000000), "1.5");
  EXPECT_EQ(seconds(3000000000), "3");
  EXPECT_EQ(seconds(12345678901), "12.345678901");
  EXPECT_EQ(seconds(UINT64_MAX), "18446744073.709551615");
}

TEST(Numbers, PowersOfTwoAreTheShortestTextThatIsExactlyThem) {
  for (int exponent = kFirstExponent; exponent <= wire::kGridHighExponent; exponent++) {
    const std::string text = power_of_two(exponent);
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), std::ldexp(1.0, exponent)) << text;
    for (int digits = 1; digits < 17; digits++) {  // no fewer digits would do
      char shorter[64];
      snprintf(shorter, sizeof shorter, "%.*g", digits, std::ldexp(1.0, exponent));
      if (std::strtod(shorter, nullptr) == std::ldexp(1.0, exponent)) {
        EXPECT_EQ(text, shorter);
        break;
      }
    }
  }
  EXPECT_EQ(power_of_two(-23), "1.1920928955078125e-07");
  EXPECT_EQ(power_of_two(-14), "6.103515625e-05");
  EXPECT_EQ(power_of_two(-13), "0.0001220703125");
  EXPECT_EQ(power_of_two(-1), "0.5");
  EXPECT_EQ(power_of_two(5), "32");
}

TEST(Numbers, BucketsAreCumulativeOnTheGridsOwnBounds) {
  Durations durations;
  wire::HistogramCopy copy{};
  const auto put = [&copy](uint64_t ns) {
    copy.bucket[static_cast<size_t>(wire::grid.index(ns))]++;
    copy.sum_ns += ns;
  };
  const uint64_t octave = 1000000000 / 8;  // 2^-3 s, a bound: inclusive
  for (const uint64_t ns : {uint64_t{1}, uint64_t{119}, uint64_t{120}, octave, octave + 1, uint64_t{40000000000}})
    put(ns);
  durations.add(copy);
  Text text;
  text.histogram("a=\"b\"", durations);
  const std::string out = text.take();
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"1.1920928955078125e-07\"} 2\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"2.384185791015625e-07\"} 3\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"0.125\"} 4\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"0.25\"} 5\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"32\"} 5\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_bucket{a=\"b\",le=\"+Inf\"} 6\n"), std::string::npos) << out;
  EXPECT_NE(out.find("_sum{a=\"b\"} 40.250000241\n_count{a=\"b\"} 6\n"), std::string::npos) << out;
}

}  // namespace
}  // namespace pyro::exposition
