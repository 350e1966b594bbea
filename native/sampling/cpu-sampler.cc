// When does a thread get its source of signals, and do samples add up to what the kernel says?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/cpu-sampler.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "sampling/perf-stacks.h"
#include "sampling/sandbox.h"
#include "sampling/stack-words.h"
#include "sampling/task-state.h"
#include "sampling/thread-clock.h"
#include "sampling/unseen.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "unwind/walk/frame-cache.h"

namespace pyro::sampling {
namespace {

std::atomic<uint64_t> period_ns{0};
std::atomic<Engine *> engine{&timer_engine()};  // the one that was asked for
std::atomic<pid_t> home{0};                     // who began: a thread of ours
std::atomic<bool> room_for_signal{true};
std::atomic<bool> was_off{false};  // nothing was recorded when the process's clock was read last
uint64_t gone_cpu_ns = 0;          // of threads that ended; under the thread table's lock
uint64_t gone_unarmed_cpu_ns = 0;  // the same of those without a timer

// RLIMIT_SIGPENDING counts timers of the whole user; when it is used up (EAGAIN), or a sandbox has no timers, we go on
// without and try again later. A thread that is gone needs none.
void note_refusal(threads::ThreadRecord &record) {
  if (errno != ESRCH && errno != EINVAL && !record.timer_refused) threads::count(wire::kTimerDenied);
  if (!record.timer_refused || record.cpu_at_arm_ns == 0)  // 0: sampling was off meanwhile
    record.cpu_at_arm_ns = record.cpu_last_ns = cpu_of(record.tid.load(std::memory_order_relaxed));
  record.timer_refused = true;
}

// The engine that samples the thread; nullptr = none.
const Engine *engine_of(const threads::ThreadRecord &record) {
  if (timer_engine().is_open(record)) return &timer_engine();
  return perf_engine().is_open(record) ? &perf_engine() : nullptr;
}

void begin_clocks(threads::ThreadRecord &record, uint64_t period) {
  record.cpu_at_arm_ns = record.cpu_last_ns = cpu_of(record.tid.load(std::memory_order_relaxed));
  record.cpu_asked_ns = record.cpu_silent_ns = record.cpu_last_ns;
  // The handler may be at work with the old one, as when a rate changes: with a later clock than its own it weighs 0.
  record.cpu_sampled_ns.store(record.cpu_last_ns, std::memory_order_relaxed);
  record.booked_ns.store(0, std::memory_order_relaxed);
  record.unseen_ns.store(0, std::memory_order_relaxed);
  record.period_ns.store(period, std::memory_order_release);  // partner: record_of in the handler
}

bool open_with(const Engine &which, threads::ThreadRecord &record, uint64_t period) {
  if (!which.open(record, period)) return false;
  begin_clocks(record, period);
  which.begin(record, period);
  return true;
}

// False: a timer has to do.
bool open_wanted(threads::ThreadRecord &record, uint64_t period) {
  const Engine &which = *engine.load(std::memory_order_relaxed);
  if (&which == &timer_engine()) return false;
  if (open_with(which, record, period)) return true;
  if (errno != ESRCH) threads::count(which.refusal());
  return false;
}

// A filter may kill for the return from a signal, too: such a thread gets no signals, and no off-CPU samples.
bool is_left_alone(threads::ThreadRecord &record) {
  if (record.left_alone.load(std::memory_order_relaxed)) return true;
  if (!is_sandboxed(record.tid.load(std::memory_order_relaxed), home.load(std::memory_order_relaxed))) return false;
  threads::leave_alone(record);
  return true;
}

void arm(threads::ThreadRecord &record) {
  const uint64_t period = period_ns.load(std::memory_order_relaxed);
  if (period == 0 || engine_of(record)) return;
  if (record.timer_refused ? record.left_alone.load(std::memory_order_relaxed) : is_left_alone(record)) return;
  if (!room_for_signal.load(std::memory_order_relaxed)) {
    errno = EAGAIN;
    return note_refusal(record);
  }
  if (open_wanted(record, period)) return;
  if (!open_with(timer_engine(), record, period)) return note_refusal(record);
  record.timer_refused = false;
}

void disarm(threads::ThreadRecord &record) {
  if (const Engine *which = engine_of(record)) which->close(record);
  if (const uint64_t now = record.cpu_at_arm_ns != 0 ? cpu_of(record.tid.load(std::memory_order_relaxed)) : 0;
      now > record.cpu_last_ns)
    record.cpu_last_ns = now;
  if (record.blocks_signal) book_unseen(record);
  record.period_ns.store(0, std::memory_order_relaxed);
  (record.timer_refused ? gone_unarmed_cpu_ns : gone_cpu_ns) += record.cpu_last_ns - record.cpu_at_arm_ns;
  record.cpu_at_arm_ns = record.cpu_last_ns = 0;
}

// So much CPU time without a tick: the kernel is asked whether the thread blocks our signal.
constexpr uint64_t kSilentNs = 100000000;

void poll_mask(threads::ThreadRecord &record) {
  if (record.cpu_last_ns < record.cpu_silent_ns + kSilentNs) return;
  record.cpu_silent_ns = record.cpu_last_ns;
  if (unbooked(record) < kSilentNs && !record.ring) {
    record.blocks_signal = false;
    return;
  }
  const Engine &which = *engine_of(record);
  record.blocks_signal = blocks_signal(record.tid.load(std::memory_order_relaxed), which.signal());
  if (!record.blocks_signal) return close_ring(record);
  if (unbooked(record) >= kSilentNs) book_unseen(record);
  which.see_blocked(record, period_ns.load(std::memory_order_relaxed));
}

// A thread that has worked for some ticks will be sampled again.
constexpr uint64_t kCachedAfterTicks = 3;

void give_cache(threads::ThreadRecord &record) {
  if (record.frame_cache.load(std::memory_order_relaxed)) return;
  const uint64_t period = period_ns.load(std::memory_order_relaxed);
  if (record.cpu_last_ns - record.cpu_at_arm_ns < kCachedAfterTicks * period) return;
  record.frame_cache.store(unwind::FrameCache::create(), std::memory_order_release);  // partner: the handler
}

// Both read under one lock: what is disarmed between two readings would count twice.
struct Sums {
  uint64_t running = 0;
  uint64_t gone = 0;
  uint64_t unarmed = 0;
};

// Only a thread that runs can have gone into a sandbox; asking costs some 20 microseconds.
constexpr uint64_t kAskEveryCpuNs = 50000000;

bool entered_sandbox(threads::ThreadRecord &record) {
  if (record.cpu_last_ns - record.cpu_asked_ns < kAskEveryCpuNs) return false;
  record.cpu_asked_ns = record.cpu_last_ns;
  return is_left_alone(record);
}

void sum_cpu(threads::ThreadRecord &record, void *user) {
  Sums &sums = *static_cast<Sums *>(user);
  if (record.timer_refused) arm(record);
  const bool asked = engine_of(record) || (record.timer_refused && record.cpu_at_arm_ns != 0);
  const uint64_t now = asked ? cpu_of(record.tid.load(std::memory_order_relaxed)) : 0;
  if (now > record.cpu_last_ns) record.cpu_last_ns = now;
  if (engine_of(record) && entered_sandbox(record)) disarm(record);
  sums.gone = gone_cpu_ns;
  if (record.timer_refused) sums.unarmed += record.cpu_last_ns - record.cpu_at_arm_ns;
  if (!engine_of(record)) return;
  if (wire::Segment *segment = threads::live_segment()) drain_ring(record, *segment, unbooked(record));
  poll_mask(record);
  sums.running += record.cpu_last_ns - record.cpu_at_arm_ns;
  give_cache(record);
}

void disarm_all() {
  threads::for_each([](threads::ThreadRecord &record, void *) { disarm(record); }, nullptr);
}

bool handlers_are_ours() { return timer_engine().handler_is_ours() && engine.load()->handler_is_ours(); }

// What the process uses while nothing is recorded is, for every sum, as if it came before the first timer.
void note_process_cpu(wire::Segment &segment) {
  const uint64_t now = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  const uint64_t before = segment.account.process_cpu_ns.exchange(now, std::memory_order_relaxed);
  const bool off = segment.control.enabled.load(std::memory_order_relaxed) == 0;
  if (was_off.exchange(off, std::memory_order_relaxed) && before != 0 && now > before)
    segment.account.process_cpu_begin_ns.fetch_add(now - before, std::memory_order_relaxed);
}

uint64_t period_of(uint32_t rate_hz) {
  if (rate_hz == 0) return 0;
  return 1000000000ull / (rate_hz > kHighestRate ? kHighestRate : rate_hz);
}

}  // namespace

const char *start(uint32_t rate_hz, Engine &wanted) {
  engine.store(wanted.install() ? &wanted : &timer_engine());
  if (!timer_engine().install()) return "no real-time signal is free";
  home.store(static_cast<pid_t>(syscall(SYS_gettid)), std::memory_order_relaxed);
  room_for_signal.store(has_room_for_signal(), std::memory_order_relaxed);
  learn_stack_words();
  if (wire::Segment *segment = threads::live_segment()) {
    const uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    segment->account.process_cpu_begin_ns.store(cpu, std::memory_order_relaxed);
    segment->account.process_cpu_ns.store(cpu, std::memory_order_relaxed);
    was_off.store(segment->control.enabled.load(std::memory_order_relaxed) == 0, std::memory_order_relaxed);
  }
  period_ns.store(period_of(rate_hz), std::memory_order_relaxed);
  threads::watch({arm, disarm});
  threads::for_each([](threads::ThreadRecord &record, void *) { arm(record); }, nullptr);
  return nullptr;
}

void stop() {
  period_ns.store(0, std::memory_order_relaxed);
  disarm_all();
}

bool set_rate(uint32_t rate_hz, Engine *wanted) {
  const uint64_t period = period_of(rate_hz);
  if (timer_engine().signal() == 0 || period == period_ns.load(std::memory_order_relaxed)) return false;
  stop();
  if (wanted && period != 0) engine.store(wanted->install() ? wanted : &timer_engine());
  period_ns.store(period, std::memory_order_relaxed);
  threads::for_each([](threads::ThreadRecord &record, void *) { arm(record); }, nullptr);
  return true;
}

PollResult poll_clocks(wire::Segment &segment) {
  room_for_signal.store(has_room_for_signal(), std::memory_order_relaxed);
  Sums sums;
  threads::for_each(sum_cpu, &sums);
  uint64_t own = 0;
  threads::for_each_ignored([](pid_t tid, void *sum) { *static_cast<uint64_t *>(sum) += cpu_of(tid); }, &own);
  // At an end they are gone before the last poll.
  if (own > segment.account.own_cpu_ns.load(std::memory_order_relaxed))
    segment.account.own_cpu_ns.store(own, std::memory_order_relaxed);
  segment.account.unarmed_cpu_ns.store(sums.unarmed + gone_unarmed_cpu_ns, std::memory_order_relaxed);
  segment.account.registered_cpu_ns.store(sums.running + sums.gone, std::memory_order_relaxed);
  note_process_cpu(segment);
  segment.account.last_look_mono_ns.store(clock_ns(CLOCK_MONOTONIC), std::memory_order_relaxed);
  if (period_ns.load(std::memory_order_relaxed) == 0 || handlers_are_ours()) return PollResult::kOk;
  stop();
  segment.counters.add(wire::kTimerStolen);
  return PollResult::kSignalTaken;
}

void reset_after_fork() {
  period_ns.store(0, std::memory_order_relaxed);
  gone_cpu_ns = gone_unarmed_cpu_ns = 0;
}

}  // namespace pyro::sampling
