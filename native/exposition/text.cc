// How are numbers and lines written?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/text.h"

namespace pyro::exposition {
namespace {

// What strconv of Go, and so Prometheus itself, writes with an exponent.
constexpr int kSmallestPlainExponent = -4;

std::string without_zeros(std::string fraction) {
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction;
}

}  // namespace

std::string seconds(uint64_t ns) {
  std::string text = std::to_string(ns / 1000000000);
  const std::string digits = std::to_string(ns % 1000000000);
  const std::string fraction = without_zeros(std::string(9 - digits.size(), '0') + digits);
  if (!fraction.empty()) text.append(1, '.').append(fraction);
  return text;
}

// 2^-k is 5^k / 10^k: its digits are those of a whole number.
std::string power_of_two(int exponent) {
  if (exponent >= 0) return std::to_string(uint64_t{1} << exponent);
  uint64_t power = 1;
  for (int i = 0; i < -exponent; i++) power *= 5;
  const std::string digits = std::to_string(power);
  const int leading = static_cast<int>(digits.size()) - 1 + exponent;
  if (leading >= kSmallestPlainExponent) return "0." + std::string(static_cast<size_t>(-leading - 1), '0') + digits;
  const std::string tens = std::to_string(-leading);
  const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
  return digits.substr(0, 1) + rest + (tens.size() < 2 ? "e-0" : "e-") + tens;
}

void Text::family(const char *name, const char *type, const char *unit, const char *help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  if (*unit) out_.append("# UNIT ").append(name).append(" ").append(unit).append("\n");
  out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Text::line(const char *suffix, const std::string &labels, const std::string &value) {
  out_.append(name_).append(suffix);
  if (!labels.empty()) out_.append("{").append(labels).append("}");
  out_.append(" ").append(value).append("\n");
}

void Text::sample(const std::string &labels, const std::string &value) { line("", labels, value); }

void Text::histogram(const std::string &labels, const Durations &durations) {
  static const auto *bounds = [] {
    auto *texts = new std::array<std::string, kOctaves + 1>;
    for (int i = 0; i < kOctaves; i++) (*texts)[static_cast<size_t>(i)] = power_of_two(kFirstExponent + i);
    texts->back() = "+Inf";
    return texts;
  }();
  const std::string before = labels.empty() ? "le=\"" : labels + ",le=\"";
  uint64_t count = 0;
  for (size_t i = 0; i < bounds->size(); i++) {
    count += durations.bucket[i];
    line("_bucket", before + (*bounds)[i] + "\"", std::to_string(count));
  }
  line("_sum", labels, seconds(durations.sum_ns));
  line("_count", labels, std::to_string(count));
}

}  // namespace pyro::exposition
