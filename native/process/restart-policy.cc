// When may a dead agent be started again?
// SPDX-License-Identifier: MPL-2.0
#include "process/restart-policy.h"

#include <algorithm>

namespace pyro::process {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kPauses[] = {0, 1 * kSecond, 5 * kSecond, 30 * kSecond};  // by starts in this streak
constexpr uint64_t kHealthy = 60 * kSecond;
constexpr uint64_t kHour = 3600 * kSecond;

}  // namespace

uint64_t RestartPolicy::since_last(uint64_t now_ns) const {
  const uint64_t last = starts_[(count_ - 1) % kPerHour];
  return now_ns > last ? now_ns - last : 0;
}

bool RestartPolicy::may_start(uint64_t now_ns) const {
  if (count_ == 0) return true;
  const uint64_t oldest = starts_[count_ % kPerHour];
  if (count_ >= kPerHour && now_ns < oldest + kHour) return false;
  const uint64_t passed = since_last(now_ns);
  return passed >= kHealthy || passed >= kPauses[std::min<unsigned>(streak_, 3)];
}

void RestartPolicy::started(uint64_t now_ns) {
  const bool healthy = count_ > 0 && since_last(now_ns) >= kHealthy;
  streak_ = healthy ? 1 : streak_ + 1;
  starts_[count_ % kPerHour] = now_ns;
  count_++;
}

}  // namespace pyro::process
