// How does a thread get a signal from an event of perf, and what is seen of it while it blocks signals?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/engine.h"
#include "sampling/perf-events.h"
#include "sampling/perf-slots.h"
#include "sampling/perf-stacks.h"
#include "sampling/signal.h"

namespace pyro::sampling {
namespace {

class PerfEngine final : public Engine {
 public:
  bool install() override { return install_perf_handler(); }
  bool handler_is_ours() const override { return sampling::handler_is_ours(kPerfSignal); }
  int signal() const override { return kPerfSignal; }

  bool open(threads::ThreadRecord &thread, uint64_t period_ns) const override {
    const PerfEvent event = open_perf(thread.tid.load(std::memory_order_relaxed), period_ns, kPerfSignal, thread.index);
    thread.perf_fd = event.fd;
    thread.perf_id = event.id;
    return event.fd >= 0;
  }

  bool is_open(const threads::ThreadRecord &thread) const override { return thread.perf_fd >= 0; }

  void begin(threads::ThreadRecord &thread, uint64_t) const override { rearm_perf(thread.perf_fd); }

  void close(threads::ThreadRecord &thread) const override {
    close_perf({thread.perf_fd, thread.perf_id});
    thread.perf_fd = -1;
    close_ring(thread);
  }

  wire::Counter refusal() const override { return wire::kPerfDenied; }

  void see_blocked(threads::ThreadRecord &thread, uint64_t period_ns) const override { open_ring(thread, period_ns); }
};

}  // namespace

Engine &perf_engine() {
  static PerfEngine engine;
  return engine;
}

}  // namespace pyro::sampling
