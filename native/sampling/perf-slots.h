// What may a signal handler do with an event of perf?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <linux/perf_event.h>
#include <sys/ioctl.h>

#include <atomic>
#include <cstdint>

namespace pyro::sampling {

inline constexpr uint32_t kMostPerfFds = 8192;
extern std::atomic<uint16_t> perf_slots[kMostPerfFds];  // a thread's place + 1; 0 = no event of ours

// Which thread's event is this descriptor? -1 = none of ours.
inline int32_t perf_slot(int fd) {
  if (fd < 0 || static_cast<uint32_t>(fd) >= kMostPerfFds) return -1;
  return int32_t{perf_slots[fd].load(std::memory_order_acquire)} - 1;  // partner: open_perf
}

// The next overflow.
inline void rearm_perf(int fd) { ioctl(fd, PERF_EVENT_IOC_REFRESH, 1); }

}  // namespace pyro::sampling
