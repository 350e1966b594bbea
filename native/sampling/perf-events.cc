// How are events of perf opened and closed in a process whose descriptors are not ours?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/perf-events.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "sampling/perf-slots.h"

namespace pyro::sampling {

std::atomic<uint16_t> perf_slots[kMostPerfFds];

namespace {

using Describe = void (*)(perf_event_attr &);

int open_event(pid_t tid, uint64_t period_ns, bool user_only, Describe describe) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.sample_period = period_ns;
  attributes.wakeup_events = 1;
  attributes.disabled = 1;
  attributes.exclude_kernel = user_only ? 1 : 0;
  attributes.exclude_hv = user_only ? 1 : 0;
  if (describe) describe(attributes);
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, tid, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

// Without privilege an event counts down in user code only; the thread's clock, which weighs, has all.
int open_permitted(pid_t tid, uint64_t period_ns, Describe describe = nullptr) {
  const int fd = open_event(tid, period_ns, false, describe);
  return fd >= 0 || (errno != EACCES && errno != EPERM) ? fd : open_event(tid, period_ns, true, describe);
}

bool route(int fd, pid_t tid, int signal) {
  const f_owner_ex owner{F_OWNER_TID, tid};
  return fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC) == 0 && fcntl(fd, F_SETSIG, signal) == 0 &&
         fcntl(fd, F_SETOWN_EX, &owner) == 0;
}

uint64_t id_of(int fd) {
  uint64_t id = 0;
  return ioctl(fd, PERF_EVENT_IOC_ID, &id) == 0 ? id : 0;
}

// The other half is the host's.
bool is_spare(int fd) {
  rlimit limit{};
  const bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0;
  return static_cast<uint32_t>(fd) < kMostPerfFds && (!known || static_cast<rlim_t>(fd) < limit.rlim_cur / 2);
}

}  // namespace

int perf_error() {
  const int fd = open_permitted(0, 1000000);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

PerfEvent open_perf(pid_t tid, uint64_t period_ns, int signal, uint32_t slot) {
  PerfEvent event{open_permitted(tid, period_ns), 0};
  if (event.fd < 0) return event;
  event.id = id_of(event.fd);
  if (event.id != 0 && is_spare(event.fd) && route(event.fd, tid, signal)) {
    perf_slots[event.fd].store(static_cast<uint16_t>(slot + 1), std::memory_order_release);  // partner: perf_slot
    return event;
  }
  close(event.fd);
  errno = EMFILE;
  return {};
}

PerfEvent open_perf_ring(pid_t tid, uint64_t period_ns, Describe describe) {
  const int fd = open_permitted(tid, period_ns, describe);
  if (fd < 0 || is_spare(fd)) return {fd, fd < 0 ? 0 : id_of(fd)};
  close(fd);
  return {};
}

void close_perf(const PerfEvent &event) {
  if (event.fd < 0) return;
  perf_slots[event.fd].store(0, std::memory_order_relaxed);
  if (id_of(event.fd) == event.id) close(event.fd);
}

}  // namespace pyro::sampling
