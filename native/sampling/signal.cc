// From a tick of a thread's CPU clock to a committed sample.
// SPDX-License-Identifier: MPL-2.0
#include "sampling/signal.h"

#include <signal.h>

#include <atomic>
#include <cerrno>

#include "clock/clock.h"
#include "sampling/deferred.h"
#include "sampling/perf-slots.h"
#include "sampling/stack-bounds.h"
#include "sampling/stack-label.h"
#include "sampling/thread-clock.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "unwind/walk/unwinder.h"
#include "wire/segment.h"

namespace pyro::sampling {
namespace {

// More missed periods than this in one go, and a signal that came right behind a system call: the thread had it
// blocked, and what it does when it unblocks is not what it did meanwhile. Missed periods alone say nothing: the kernel
// looks at CPU timers at its tick only, and a busy or virtual machine may tick late.
constexpr uint64_t kMaskedPeriods = 4;
constexpr uint64_t kMaskedNs = 16000000;

// unwind knows nothing of the wire, and yet its walks are what the wire holds.
static_assert(unwind::kLeafFrames == wire::kLeafFrames && unwind::kMaxFrames == wire::kMaxFrames);
static_assert(unwind::kFrameTagShift == wire::kFrameOffsetBits);
#define PYRO_SAME_END(end) static_assert(static_cast<uint32_t>(unwind::End::k##end) == wire::kEnd##end)
PYRO_SAME_END(Root);
PYRO_SAME_END(NoTable);
PYRO_SAME_END(NoModule);
PYRO_SAME_END(NoCfi);
PYRO_SAME_END(BadRead);
PYRO_SAME_END(BadRule);
PYRO_SAME_END(NotRising);
PYRO_SAME_END(Depth);
PYRO_SAME_END(NoStack);
#undef PYRO_SAME_END
static_assert(wire::kStackEndCount == 9);

bool is_ours(const siginfo_t *info) {
  return info->si_code == SI_TIMER &&
         (reinterpret_cast<uint64_t>(info->si_value.sival_ptr) & ~0xffffffffull) == kCookie;
}

// Is the interrupted instruction the one behind a system call? Reads the code that runs right now, on its own page.
bool behind_system_call(const void *context) {
  const uint64_t pc = unwind::read_registers(context).pc;
#if defined(__x86_64__)
  if ((pc & 4095) < 2) return false;
  const unsigned char *code = reinterpret_cast<const unsigned char *>(pc);
  return code[-2] == 0x0f && code[-1] == 0x05;  // syscall
#elif defined(__aarch64__)
  if ((pc & 4095) < 4) return false;
  return reinterpret_cast<const uint32_t *>(pc)[-1] == 0xd4000001;  // svc #0
#endif
}

// An event of perf says by which descriptor; sent by the kernel with one of the codes of poll.
bool is_perf(int number, const siginfo_t *info) {
  return number == kPerfSignal && info->si_code >= POLL_IN && info->si_code <= POLL_HUP && perf_slot(info->si_fd) >= 0;
}

// Did this signal end a system call? It returns EINTR then, and is not begun anew.
bool interrupted_call(const void *context) {
  return behind_system_call(context) &&
         static_cast<int64_t>(unwind::read_registers(context).r[unwind::kResultRegister]) == -EINTR;
}

threads::ThreadRecord *record_of(const siginfo_t *info) {
  const uint64_t value = reinterpret_cast<uint64_t>(info->si_value.sival_ptr);
  threads::ThreadRecord *record = threads::record_at(static_cast<uint32_t>(value));
  // Partner: arm. What the registering thread wrote into the record comes first.
  return record && record->period_ns.load(std::memory_order_acquire) != 0 ? record : nullptr;
}

unwind::FrameCache *frame_cache(const threads::ThreadRecord &record) {
  return static_cast<unwind::FrameCache *>(record.frame_cache.load(std::memory_order_acquire));  // partner: give_cache
}

// `whole` is what may be read of the stack, or empty where it cannot be copied as one piece.
unwind::Walk walk_stack(threads::ThreadRecord &record, const unwind::Registers &registers, const void *context,
                        uint64_t *frames, StackLabel &label, unwind::StackBounds &whole) {
  const unwind::StackBounds alternate = unwind::alternate_stack(context);
  // On an alternate stack the walk goes on where the thread's own was left. What lies between the two is not walked.
  uint64_t sp = registers.r[unwind::kStackPointer];
  const bool elsewhere = sp >= alternate.low && sp < alternate.high;
  if (elsewhere) sp = stack_left_for(alternate.low, alternate.high, sp);
  const bool known = sp != 0 && stack_bounds(sp, &record.stack_from, &record.stack_high);
  unwind::Walk walk =
      unwind::walk(registers, {record.stack_from, record.stack_high}, frames, alternate, frame_cache(record), &label);
  whole = known && !elsewhere ? unwind::StackBounds{record.stack_from, record.stack_high} : unwind::StackBounds{0, 0};
  if (!known && walk.end == unwind::End::kBadRead) walk.end = unwind::End::kNoStack;
  return walk;
}

// The stack knows more than the thread's word (events, elements that are not wrapped), but it may have ended early.
// Then the word counts, and where there is none, who drove the thread when that was last seen.
void fill_labels(threads::ThreadRecord &record, wire::Segment &segment, const unwind::Walk &walk, StackLabel &label,
                 uint32_t word, wire::StackSample &sample) {
  label.resolve(record, walk.end == unwind::End::kRoot);
  if (label.unknown_pad()) segment.counters.add(wire::kLabelUnknownPad);
  if (segment.control.timing.load(std::memory_order_relaxed) != wire::kTimingOff && unwind::site_table.published())
    compare_labels(segment.counters, word, label,
                   !walk.own && (walk.end == unwind::End::kRoot || label.element() != 0));
  const bool from_stack = label.element() != 0;
  sample.element = from_stack ? label.element() : word;
  if (sample.element == 0 && walk.end != unwind::End::kRoot) {
    const uint32_t driver = StackLabel::remembered_driver(record);
    sample.element = driver != 0 ? driver | wire::kElementDriver : 0;
  }
  sample.flags |= from_stack ? wire::kSampleFromStack : 0;
  label.store_chain(sample);
}

void sample(threads::ThreadRecord &record, wire::Segment &segment, uint64_t time_ns, uint64_t weight_ns,
            const void *context) {
  if (const unwind::FrameCache *cache = frame_cache(record)) cache->expect();
  wire::RingWrite write(segment.ring, static_cast<uint32_t>(record.tid.load(std::memory_order_relaxed)),
                        record.ring_hint);
  if (!write.room()) return segment.counters.add(wire::kRingFull);
  wire::StackSample &sample = *static_cast<wire::StackSample *>(write.room());
  uint64_t *frames = reinterpret_cast<uint64_t *>(&sample + 1);
  StackLabel label;
  const unwind::Registers registers = unwind::read_registers(context);
  unwind::StackBounds whole;
  const unwind::Walk walk = walk_stack(record, registers, context, frames, label, whole);
  const uint32_t word = published_of(record, segment);
  if (walk.later && defer(record, {time_ns, weight_ns, word, &registers, whole})) return;
  sample.time_ns = time_ns;
  sample.weight_ns = weight_ns;
  sample.span = record.span.load(std::memory_order_relaxed);
  sample.depth = static_cast<uint16_t>(walk.depth);
  sample.end = static_cast<uint8_t>(walk.end);
  sample.flags = (walk.inferred ? wire::kSampleInferred : 0) | (walk.truncated ? wire::kSampleTruncated : 0);
  fill_labels(record, segment, walk, label, word, sample);
  const auto size = static_cast<uint16_t>(wire::record_bytes(sample.depth, sample.chain));
  sample.header = {wire::kRecordCpuSample, size, record.name.load(std::memory_order_relaxed)};
  sample.thread_number = record.number.load(std::memory_order_relaxed);
  count_end(segment.counters, walk);
  segment.counters.add(wire::kSamplesWritten);
  write.commit(size);
}

// While our signal was blocked the background thread may have booked part of it.
uint64_t left_to_book(threads::ThreadRecord &record, uint64_t ticked_ns) {
  const uint64_t unseen = record.unseen_ns.load(std::memory_order_relaxed) != 0
                              ? record.unseen_ns.exchange(0, std::memory_order_relaxed)
                              : 0;
  const uint64_t weight = ticked_ns > unseen ? ticked_ns - unseen : 0;
  record.booked_ns.fetch_add(weight, std::memory_order_relaxed);
  return weight;
}

// A thread that pushes buffers reads the counter anyway. Any other may be without it: strict mode and PR_SET_TSC take
// it away, and reading it would end the process. The kernel's tick, at which timers come, needs no counter.
bool has_counter(const threads::ThreadRecord &record) {
  return record.claimed || record.pusher.load(std::memory_order_relaxed) != 0;
}

void on_tick(const siginfo_t *info, const void *context) {
  wire::Segment *segment = threads::live_segment();
  if (!segment || !segment->control.enabled.load(std::memory_order_relaxed)) return;
  threads::ThreadRecord *record = record_of(info);
  if (!record) return segment->counters.add(wire::kSampleNoThread);
  const bool counted = has_counter(*record);
  const uint64_t begin = counted ? clock::now_ticks() : 0;
  const uint64_t period = record->period_ns.load(std::memory_order_relaxed);
  const uint64_t periods = 1 + static_cast<uint64_t>(info->si_overrun > 0 ? info->si_overrun : 0);
  const uint64_t weight = left_to_book(*record, periods * period);
  if (periods > kMaskedPeriods && periods * period > kMaskedNs && behind_system_call(context)) {
    segment->counters.add(wire::kSampleMasked, (weight + period - 1) / period);
    segment->account.masked_ns.fetch_add(weight, std::memory_order_relaxed);
    return;
  }
  if (weight == 0) return;
  const uint64_t now = counted ? clock::monotonic_at(begin) : clock_ns(CLOCK_MONOTONIC_COARSE);
  sample(*record, *segment, now, weight, context);
  if (counted) segment->handler.record_shared(wire::grid, clock::ticks_to_ns(clock::now_ticks() - begin));
}

// Weighed by the thread's clock: what passes until the event goes on, and time in the kernel, is in the next sample.
void on_event(const siginfo_t *info, const void *context) {
  wire::Segment *segment = threads::live_segment();
  if (!segment) return;
  threads::ThreadRecord *record = threads::record_at(static_cast<uint32_t>(perf_slot(info->si_fd)));
  if (interrupted_call(context)) segment->counters.add(wire::kPerfInterrupted);
  if (record && record->period_ns.load(std::memory_order_acquire) != 0 &&  // partner: arm
      segment->control.enabled.load(std::memory_order_relaxed)) {
    const uint64_t begin = clock::now_ticks(), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    const uint64_t ticked = cpu - record->cpu_sampled_ns.load(std::memory_order_relaxed);
    const uint64_t weight = ticked < wire::kMaxWeightNs ? left_to_book(*record, ticked) : 0;
    record->cpu_sampled_ns.store(cpu, std::memory_order_relaxed);
    if (weight > 0) sample(*record, *segment, clock::monotonic_at(begin), weight, context);
    segment->handler.record_shared(wire::grid, clock::ticks_to_ns(clock::now_ticks() - begin));
  }
  rearm_perf(info->si_fd);
}

struct sigaction previous;  // of our signal, set before our handler is installed

// A signal on our number that is not ours goes to the handler that was there before.
void pass_on(int number, siginfo_t *info, void *context) {
  if (wire::Segment *segment = threads::live_segment()) segment->counters.add(wire::kForeignSignal);
  if (previous.sa_flags & SA_SIGINFO)
    previous.sa_sigaction(number, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(number);
}

// An emulator or a runtime that hands a signal on may leave the stack unaligned.
#ifdef __x86_64__
__attribute__((force_align_arg_pointer))
#endif
void handler(int number, siginfo_t *info, void *context) {
  const int saved = errno;
  if (is_ours(info))
    on_tick(info, context);
  else if (is_perf(number, info))
    on_event(info, context);
  else
    pass_on(number, info, context);
  errno = saved;
}

bool has_handler(const struct sigaction &action) {
  return (action.sa_flags & SA_SIGINFO) || action.sa_handler != SIG_DFL;
}

bool take(int number) {
  struct sigaction ours {};
  ours.sa_sigaction = handler;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;  // Go and Rust hosts need their alternate stack used
  sigfillset(&ours.sa_mask);
  return sigaction(number, &ours, nullptr) == 0;
}

// The first number downwards from SIGRTMAX - 2 without a handler, or with `taken` the first that has one.
int take_signal(bool taken) {
  for (int number = SIGRTMAX - 2; number > SIGRTMIN; number--) {
    if (sigaction(number, nullptr, &previous) != 0 || has_handler(previous) != taken) continue;
    if (take(number)) return number;
  }
  return 0;
}

}  // namespace

// The Go runtime handles every signal there is: then one is shared, and what is not ours passed on.
int install_handler() {
  const int number = take_signal(false);
  return number != 0 ? number : take_signal(true);
}

bool install_perf_handler() {
  struct sigaction before {};
  if (sigaction(kPerfSignal, nullptr, &before) != 0 || (has_handler(before) && !handler_is_ours(kPerfSignal)))
    return false;
  return take(kPerfSignal);
}

bool handler_is_ours(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handler;
}

}  // namespace pyro::sampling
