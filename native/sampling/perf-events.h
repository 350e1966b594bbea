// How is a thread sampled more often than the kernel ticks? One software event of perf a thread, on its CPU time.
//
// An event stops at each overflow until its signal was handled (PERF_EVENT_IOC_REFRESH), so no more than one signal is
// ever under way. The signal is not a real-time one: where those have no room the kernel sends SIGIO instead, which
// ends a process. An event costs its process a descriptor, and may interrupt a system call: counted, and why this
// engine runs only where an option asks for it or for a rate that timers cannot have.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <cstdint>

struct perf_event_attr;

namespace pyro::sampling {

struct PerfEvent {
  int fd = -1;
  uint64_t id = 0;  // of the kernel: a descriptor may be of another file by now
};

// 0, or the errno with which the kernel refuses such events here.
int perf_error();

// An event that signals the thread `tid` with `signal` once after each rearm_perf() (perf-slots.h), when `period_ns` of
// its CPU time have passed. `slot`: the thread's place in the table, for perf_slot(). fd -1 and errno when refused.
PerfEvent open_perf(pid_t tid, uint64_t period_ns, int signal, uint32_t slot);
// An event without a signal, for a ring; not yet enabled. `describe` says what a record holds.
PerfEvent open_perf_ring(pid_t tid, uint64_t period_ns, void (*describe)(perf_event_attr &));
void close_perf(const PerfEvent &event);

}  // namespace pyro::sampling
