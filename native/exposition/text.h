// What does Prometheus' text format 0.0.4 look like? Lines, numbers that no locale changes, nothing of what they mean.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>

#include "exposition/series.h"

namespace pyro::exposition {

// "12.345678901": exact, without zeros at its end.
std::string seconds(uint64_t ns);
// 2^exponent as the shortest text that a reader turns into the same number: "1.1920928955078125e-07", "0.5", "32".
std::string power_of_two(int exponent);

class Text {
 public:
  // HELP, UNIT where there is one, and TYPE of the samples that follow.
  void family(const char *name, const char *type, const char *unit, const char *help);
  // `labels`: what stands between the braces; may be empty.
  void sample(const std::string &labels, const std::string &value);
  void sample(const std::string &labels, uint64_t value) { sample(labels, std::to_string(value)); }
  void histogram(const std::string &labels, const Durations &durations);
  std::string take() { return std::move(out_); }

 private:
  void line(const char *suffix, const std::string &labels, const std::string &value);

  std::string name_;
  std::string out_;
};

}  // namespace pyro::exposition
