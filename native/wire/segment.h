// How is the memory between the two processes laid out, made and opened?
//
// A memfd named "gst-pyroscope": fully allocated, sealed against shrinking, growing and unsealing before another
// process sees it (a peer that truncates an unsealed mapping kills the other with SIGBUS). No name in any file system,
// so nothing stale is ever left. Readers find it by an inherited descriptor or as /proc/<pid>/fd/<n>.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/cells.h"
#include "wire/counters.h"
#include "wire/directory.h"
#include "wire/messages.h"
#include "wire/records.h"
#include "wire/recycling.h"
#include "wire/ring.h"
#include "wire/span-ring.h"

namespace pyro::wire {

inline constexpr const char *kSegmentName = "gst-pyroscope";  // shows as "memfd:gst-pyroscope"

// Written once by the target before another process can see it.
struct Identity {
  uint64_t magic;
  uint32_t version;
  uint32_t header_bytes;
  uint64_t total_bytes;
  uint32_t pid;            // in the target's pid namespace
  uint32_t counter_count;  // of the target's table
  uint64_t start_ticks;    // field 22 of /proc/self/stat: pid and this name a process for ever; others may see another
  uint64_t created_mono_ns;  // the clock pair: the same instant on CLOCK_MONOTONIC …
  uint64_t created_unix_ns;  // … and on CLOCK_REALTIME
};

enum TimingEngine : uint32_t { kTimingOff = 0, kTimingWrap = 1, kTimingHooks = 2 };
inline constexpr const char *kTimingNames[] = {"off", "wrap", "hooks"};  // by number, as in the option timing
// Off for any other name.
inline TimingEngine engine_named(std::string_view name) {
  if (name == kTimingNames[kTimingHooks]) return kTimingHooks;
  return name == kTimingNames[kTimingWrap] ? kTimingWrap : kTimingOff;
}

// The agent may change these while the target runs; the target clamps them at each read.
struct Control {
  std::atomic<uint32_t> enabled;      // 0 = record nothing
  std::atomic<uint32_t> sample_rate;  // samples per CPU second and thread, 0 = none
  std::atomic<uint32_t> timing;       // TimingEngine
  std::atomic<uint32_t> span_cap;     // spans a second beyond which no chain is chosen; 0 = no cap
  // A chain is chosen when the low 56 bits of its trace id are no less; kSpanNever = none is.
  std::atomic<uint64_t> span_threshold;
  std::atomic<uint64_t> span_slow_ns;  // a push that takes as long is kept whatever was chosen; 0 = none is
  std::atomic<uint32_t> span_p99;      // 1 = so is one that takes longer than 99 of 100 of its pad
  std::atomic<uint32_t> wall_rate;     // looks a second at threads that are blocked; 0 = none
  // Counts changes of the words above, each after its words; the target's own first ones are number 1.
  std::atomic<uint32_t> changes;
  std::atomic<uint32_t> obeyed;  // by the target: the number of the last change that it has carried out
  std::atomic<uint32_t> cannot;  // by the target: what it cannot do, whatever the words say; bits of Inability
};

// What a running target was not prepared for, or has lost.
enum Inability : uint32_t {
  kCannotSample = 1,  // no signal is free for samples, or another user took ours
  kCannotWait = 2,    // threads cannot be looked at while they wait
  kCannotHook = 4,    // GStreamer's hooks were not registered at the start, when nobody could be inside of them
  kCannotTrace = 8,   // the segment has no room for spans
};
inline constexpr const char *kInabilityNames[] = {"sample", "wait", "hook", "trace"};  // by bit

inline constexpr uint64_t kSpanNever = uint64_t{1} << 56;
// Of a ratio from 0 to 1, and back.
inline uint64_t span_threshold(double ratio) {
  return static_cast<uint64_t>(std::round((1 - ratio) * static_cast<double>(kSpanNever)));
}
inline double span_ratio(uint64_t threshold) {
  return threshold >= kSpanNever ? 0 : 1 - static_cast<double>(threshold) / static_cast<double>(kSpanNever);
}

enum TargetState : uint32_t { kTargetRunning = 1, kTargetEnding = 2, kTargetEnded = 3 };
// Busy is never left in the segment: the reader that holds it is the one that counts.
enum Refusal : uint32_t {
  kRefusedNone = 0,
  kRefusedVersion = 1,
  kRefusedUnsealed = 2,
  kRefusedSize = 3,
  kRefusedBusy = 4,
  // By src/cli.ts, which is all of the agent that an old Node can run; agent_version is Node's major version then.
  kRefusedNode = 5,
};

// Who is alive and what they ask of each other.
struct Life {
  std::atomic<uint32_t> target_state;   // by the target
  std::atomic<uint32_t> flush_asked;    // by the target: counts its requests to deliver everything now
  std::atomic<uint32_t> flush_done;     // by the agent: the last request it carried out
  std::atomic<uint32_t> agent_pid;      // by the agent, in its own pid namespace; 0 = none yet
  std::atomic<uint32_t> agent_version;  // by the agent: its WIRE_VERSION
  std::atomic<uint32_t> refusal;        // by the agent: why it will not read this segment
  std::atomic<uint32_t> detached;       // by the agent: 1 = leaves on purpose, do not restart it
  std::atomic<uint32_t> spawned;        // by the target: agents started so far
  std::atomic<uint64_t> agent_seen_ns;  // by the agent, CLOCK_MONOTONIC of the target, about once a second
  // By the agent: errno of listening on its port; 0 = it listens, or was not asked to.
  std::atomic<uint32_t> endpoint_error;
};

// Sums to check each other by. Nanoseconds of CPU unless said otherwise.
struct Account {
  Word process_cpu_begin_ns;  // when the first timer was armed: what the process had used before
  Word process_cpu_ns;        // latest look
  Word registered_cpu_ns;     // sum over threads with a timer, since each was armed
  Word last_look_mono_ns;     // when both were read
  Word samples_settled;       // by the agent: samples delivered to an output or counted as dropped there
  Word samples_agent_lost;    // by the agent: samples that a dead agent had taken over and never delivered
  Word timing_cost_ps;        // calibrated cost of one timed call, picoseconds
  Word clock_source;          // 1 = TSC, 2 = CLOCK_MONOTONIC
  Word masked_ns;             // CPU time of ticks missed while a thread had our signal blocked, booked on no stack
  Word own_cpu_ns;            // of the tracer's own threads
  Word unarmed_cpu_ns;        // of threads whose timer was refused, since then
  Word unseen_ns;             // of threads that block our signal, booked without a stack (kUnseen)
};

struct Segment {
  Identity identity;
  alignas(64) Control control;
  alignas(64) Life life;
  alignas(64) Account account;
  alignas(64) Recycling recycling;
  alignas(64) Counters counters;
  alignas(64) Histogram handler;  // time spent in the signal handler; shared writers
  alignas(4096) Directory directory;
  alignas(4096) Cells cells;
  alignas(4096) Messages messages;
  alignas(4096) Ring ring;

  // Behind the segment, if it was made with one. For its maker; readers ask their mapping.
  SpanRing *spans() {
    return identity.total_bytes > sizeof(Segment) ? reinterpret_cast<SpanRing *>(this + 1) : nullptr;
  }
};

// Where src/cli.ts writes, which has no addon. These places are the same in every version.
inline constexpr size_t kAgentVersionAt = 144, kRefusalAt = 148;
static_assert(offsetof(Segment, life) + offsetof(Life, agent_version) == kAgentVersionAt);
static_assert(offsetof(Segment, life) + offsetof(Life, refusal) == kRefusalAt);

// A segment has one of two sizes.
inline constexpr size_t kBytesWithSpans = sizeof(Segment) + sizeof(SpanRing);

static_assert(std::atomic<uint32_t>::is_always_lock_free);

// One mapping and its descriptor; both closed when it goes.
class Mapping {
 public:
  // Makes a new segment for this process. On failure nothing is left and `errno_out` says why.
  static std::optional<Mapping> create(int *errno_out, bool spans = false);
  // Maps `fd` (taken over) after checking seals, size, magic and version. On refusal the descriptor is closed and
  // `why` says it; when only the version differs the code is also left in the segment for the tracer to log.
  // `other_version` gets the version found (0 if unknown).
  static std::optional<Mapping> attach(int fd, Refusal *why, uint32_t *other_version);

  Mapping(Mapping &&other) noexcept : segment_(other.segment_), fd_(other.fd_), bytes_(other.bytes_) {
    other.segment_ = nullptr;
    other.fd_ = -1;
  }
  Mapping &operator=(Mapping &&other) noexcept;
  ~Mapping();

  // In a forked child: lets go without unmapping. The segment is not mapped there (MADV_DONTFORK), and whatever lies at
  // its address by now is not ours.
  void abandon();

  Segment *segment() const { return segment_; }
  // nullptr: it has none. By the size that was mapped, whatever the segment says by now.
  SpanRing *spans() const { return bytes_ == kBytesWithSpans ? reinterpret_cast<SpanRing *>(segment_ + 1) : nullptr; }
  int fd() const { return fd_; }

 private:
  Mapping(Segment *segment, int fd) : segment_(segment), fd_(fd) {}
  Segment *segment_;
  int fd_;
  size_t bytes_ = sizeof(Segment);
};

}  // namespace pyro::wire
