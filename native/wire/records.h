// What travels through the segment? TABLE: record kinds. THE CONTRACT between tracer and agent.
//
// Both processes run on one machine: native byte order, natural alignment, sizes pinned here and in
// test/native/wire/records.test.cc. Change anything and WIRE_VERSION rises.
//
// An upgrade meets programs that run for months: a reader reads the version before its own as well. So a new version
// adds (counters at the end of their table, new kinds, reserved words, which are 0 in the versions before) and moves
// nothing; one that has to move something keeps the structures of the version before for its reader.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace pyro::wire {

inline constexpr uint64_t kMagic = 0x3153594750545347ull;  // "GSTPGYS1"
inline constexpr uint32_t WIRE_VERSION = 9;
// 9: kEntryFunctions.
inline constexpr uint32_t kOldestVersion = 8;
static_assert(kOldestVersion < WIRE_VERSION, "a reader reads the version before");

// Each is a StackSample.
enum RecordKind : uint16_t {
  kRecordCpuSample = 1,      // ticks of a thread's CPU clock
  kRecordBlockedSample = 2,  // time in which it was on no CPU
};

// Precedes every record in the ring. `size` counts the whole record in bytes, header included, a multiple of 8.
struct RecordHeader {
  uint16_t kind;
  uint16_t size;
  uint32_t thread;  // directory id of a thread name; 0 = unknown
};

// Why did a stack end?
enum StackEnd : uint8_t {
  kEndRoot = 0,       // the thread's first frame
  kEndNoTable = 1,    // module known, table not built yet
  kEndNoModule = 2,   // address in no known module
  kEndNoCfi = 3,      // code without unwind rules, mid-stack
  kEndBadRead = 4,    // a rule pointed outside the stack
  kEndBadRule = 5,    // an expression we do not carry out
  kEndNotRising = 6,  // sp did not rise: would loop
  kEndDepth = 7,      // frame limit reached
  kEndNoStack = 8,    // stack bounds unknown
  kStackEndCount
};

inline constexpr uint8_t kSampleInferred = 1;   // a caller of code without CFI was found by search
inline constexpr uint8_t kSampleTruncated = 2;  // the middle of the stack was left out after kLeafFrames
inline constexpr uint8_t kSampleFromStack = 4;  // `element` was read from the stack, not from the thread's word
inline constexpr uint8_t kSampleBorrowed = 8;   // the stack of the blocked sample before: its thread has not run since

// A frame names its code as (module id, ELF virtual address), never as a raw address. For callers the address lies
// inside the call instruction (return address - 1), so it can be looked up as it is.
inline constexpr int kFrameOffsetBits = 44;
inline constexpr uint64_t kFrameOffsetMask = (1ull << kFrameOffsetBits) - 1;
inline uint64_t pack_frame(uint32_t module, uint64_t offset) {
  return static_cast<uint64_t>(module) << kFrameOffsetBits | (offset & kFrameOffsetMask);
}
inline uint32_t frame_module(uint64_t frame) { return static_cast<uint32_t>(frame >> kFrameOffsetBits); }
inline uint64_t frame_offset(uint64_t frame) { return frame & kFrameOffsetMask; }

// Frames of no module, by their offset; any other offset of module 0: in no known module.
inline constexpr uint64_t kFrameUnloaded = 1;  // code that was unloaded before it could be named
inline constexpr uint64_t kFrameUnseen = 2;    // the stack of a thread that blocks our signal

inline constexpr uint32_t kLeafFrames = 192;
inline constexpr uint32_t kRootFrames = 64;
inline constexpr uint32_t kMaxFrames = kLeafFrames + kRootFrames;

// The most CPU time that one sample stands for: an hour. A reader takes more for a broken record.
inline constexpr uint64_t kMaxWeightNs = 3600000000000;
inline constexpr uint32_t kMaxThreadNumber = 4096;

// Set in an element word: the thread is between two pushes and works for the element that drives it (a source's or
// queue's loop), not inside a pad function of that element.
inline constexpr uint32_t kElementDriver = 1u << 31;

// Elements that a sample can name besides its own: all that it is inside of, and who drives its thread.
inline constexpr uint32_t kMaxChain = 34;

// What a blocked thread waits for, where it is no system call.
// X(identifier, number, "name")
#define PYRO_WAITS(X)                                                          \
  X(kWaitOutside, -1, "page_fault") /* in the kernel, but in no system call */ \
  X(kWaitCpu, -2, "cpu")            /* ready to run: its turn on a CPU */      \
  X(kWaitUnknown, -3, "unknown")    /* its state may not be read, or was not seen */

enum Wait : int16_t {
#define X(id, number, name) id = number,
  PYRO_WAITS(X)
#undef X
};

// Where a thread was. Followed by `depth` frames, leaf first, and by `chain` directory ids of 4 bytes each, padded
// to 8.
struct StackSample {
  RecordHeader header;
  uint64_t time_ns;    // CLOCK_MONOTONIC
  uint64_t weight_ns;  // CPU time this sample stands for; of a blocked one, time in which the thread was on no CPU
  uint32_t element;    // directory id of the element the thread worked for, kElementDriver may be set; 0 = none
  uint16_t depth;
  uint8_t end;    // StackEnd
  uint8_t flags;  // kSample…
  // Elements whose functions are on the stack, innermost first, the driver of the thread last; no two neighbours are
  // equal. Empty when the stack was not asked.
  uint8_t chain;
  uint8_t reserved;
  int16_t system_call;     // of a blocked sample: the number of the system call that it waits in, or a Wait
  uint32_t thread_number;  // which of the living threads of that name, from 0; below kMaxThreadNumber
  uint64_t span;           // the innermost sampled span that the thread was inside of; 0 = none
};

// One push or pull of a sampled chain, or a slow one. Alone in a slot of the span ring (span-ring.h): no header.
enum SpanKind : uint8_t { kSpanPush = 1, kSpanPushList = 2, kSpanPull = 3 };
inline constexpr const char *kSpanKindNames[] = {"", "push", "push-list", "pull"};  // by number
inline constexpr uint8_t kSpanSlow = 1;      // kept because it was slow or held a slow one, whatever the ratio
inline constexpr uint8_t kSpanRemote = 2;    // `parent` ran in another thread, before a queue
inline constexpr uint8_t kSpanUnderCap = 4;  // how many it stands for is not known: there is a cap

struct Span {
  uint64_t trace_high, trace_low;
  uint64_t id;
  uint64_t parent;       // 0 = none
  uint64_t start_ns;     // CLOCK_MONOTONIC
  uint64_t duration_ns;  // inclusive
  uint64_t pts;          // all ones = none
  uint64_t bytes;
  uint32_t pad;  // directory ids, as in the cell of the hop
  uint32_t peer;
  uint32_t thread;  // directory id of a thread name; 0 = unknown
  uint32_t tid;
  uint32_t buffers;
  uint8_t kind;   // SpanKind
  uint8_t flow;   // Flow
  uint8_t flags;  // kSpan…
  uint8_t reserved;
};

static_assert(sizeof(Span) == 88);
static_assert(sizeof(RecordHeader) == 8);
static_assert(sizeof(StackSample) == 48);

// Bytes of a chain behind the frames.
inline constexpr uint32_t chain_bytes(uint32_t chain) { return (chain * 4 + 7) & ~7u; }
inline constexpr uint32_t record_bytes(uint32_t depth, uint32_t chain) {
  return static_cast<uint32_t>(sizeof(StackSample) + depth * sizeof(uint64_t)) + chain_bytes(chain);
}
inline constexpr uint32_t kMaxRecord = record_bytes(kMaxFrames, kMaxChain);

}  // namespace pyro::wire
