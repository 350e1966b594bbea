// What makes a thread sample itself? An engine gives a thread a source of signals on its CPU time, and takes it away.
//
// There are two: a timer a thread (timer-engine.cc), and an event of perf a thread (perf-engine.cc). cpu-sampler.h says
// which threads get a source and when. All calls of an engine but the first two: background thread, or any thread under
// the thread table's lock.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "threads/thread-record.h"
#include "wire/counters.h"

namespace pyro::sampling {

class Engine {
 public:
  // Installs the handler of the engine's signal, once a process. False: no signal is left for it.
  virtual bool install() = 0;
  // False: the handler was replaced, and no signal may be sent any more.
  virtual bool handler_is_ours() const = 0;
  // Number of the signal; 0 before install().
  virtual int signal() const = 0;
  // Makes the source, which does not signal yet. False and errno where the kernel refuses.
  virtual bool open(threads::ThreadRecord &thread, uint64_t period_ns) const = 0;
  virtual bool is_open(const threads::ThreadRecord &thread) const = 0;
  // Signals the thread after each `period_ns` of its CPU time from now on.
  virtual void begin(threads::ThreadRecord &thread, uint64_t period_ns) const = 0;
  virtual void close(threads::ThreadRecord &thread) const = 0;
  // What counts a refusal of the kernel.
  virtual wire::Counter refusal() const = 0;
  // The thread blocks the signal: an engine that can see its stack without one begins to, until close().
  virtual void see_blocked(threads::ThreadRecord &, uint64_t) const {}

 protected:
  ~Engine() = default;
};

// Up to the kernel's tick; needs nothing that a process may lack but room for pending signals.
Engine &timer_engine();
// At any rate, also stacks of threads that block signals; where the kernel permits perf events.
Engine &perf_engine();

}  // namespace pyro::sampling
