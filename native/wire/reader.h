// How does the agent read a segment that may be full of lies?
//
// The target owns the memory and may write anything at any time. So every number is copied once, then checked, then
// used; what makes no sense is skipped and counted (kMalformed), a chunk with a bad record up to its end. No call
// loops longer than the segment is large, none throws, none reads outside the mapping.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/directory-scan.h"
#include "wire/segment.h"
#include "wire/snapshot.h"

namespace pyro::wire {

// Samples, one column per field. Frames of sample i are [frame_start[i], frame_start[i + 1]), leaf first.
struct SampleColumns {
  std::vector<double> time_ns, weight_ns;
  std::vector<uint32_t> thread, thread_number, element;
  std::vector<uint8_t> end, flags, kind;  // kind: RecordKind
  std::vector<int16_t> system_call;       // of blocked samples: a system call's number, or a Wait
  std::vector<uint64_t> span;             // innermost sampled span; 0 = none
  std::vector<uint32_t> frame_start{0};
  std::vector<uint32_t> frame_module;
  std::vector<double> frame_offset;
  // Chain of sample i: [chain_start[i], chain_start[i + 1]), innermost first.
  std::vector<uint32_t> chain_start{0};
  std::vector<uint32_t> chain;
  bool drained = true;  // false: more was waiting than one call takes

  uint32_t count() const { return static_cast<uint32_t>(time_ns.size()); }
  // `tail`: the frames and the chain behind the record's fixed part.
  void add(const StackSample &sample, const unsigned char *tail);
};

// Spans, one column per field.
struct SpanColumns {
  std::vector<uint64_t> trace_high, trace_low, id, parent;
  std::vector<double> start_ns, duration_ns, pts, bytes;  // pts: negative = none
  std::vector<uint32_t> pad, peer, thread, tid, buffers;
  std::vector<uint8_t> kind, flow, flags;

  uint32_t count() const { return static_cast<uint32_t>(id.size()); }
  void add(const Span &span);
};

class Reader {
 public:
  // See Mapping::attach; changes nothing in the segment.
  static std::optional<Reader> attach(int fd, Refusal *why, uint32_t *other_version);
  // Becomes the one reader: takes the lock that dies with this process, gives back what a killed reader held and
  // books what it never delivered as samples_agent_lost. False: another process reads this segment.
  // The lock is a POSIX one, because those belong to the process and not to the descriptor, which agent and target
  // share. So: no other descriptor of this segment may be closed in this process afterwards.
  bool take_over();

  // True: the next drain should not wait. The target ends, asks for a flush that is not answered or for room, or the
  // ring fills.
  bool urgent() const;
  // At most `max_records` samples.
  SampleColumns drain(uint32_t max_records);
  bool has_spans() const { return mapping_.spans() != nullptr; }
  // At most `max_spans`, oldest first.
  SpanColumns drain_spans(uint32_t max_spans);
  // Entries published since the last call. After the first broken entry there are no more.
  std::vector<DirectoryName> directory();
  CellsCopy cells();
  // Cells that were given to other pairs since the call before, with all that they ever counted, because the target
  // waits for an acknowledgement. Looks as cells() does, whose answer is in `look`.
  std::vector<CellCopy> gone_cells(CellsCopy *look);
  // What went so far. Read before everything else; when all of the ring, the cells and the directory was taken since,
  // it is acknowledged: then what went before may be used again.
  uint64_t retired() const { return retired_so_far(segment().recycling); }
  void acknowledge(uint64_t retired) { wire::acknowledge(segment().recycling, retired); }
  // The target is short of room, and waits for that.
  bool is_reuse_due() const { return is_asked(segment().recycling); }
  StateCopy state() const { return copy_state(segment()); }
  // For other readers that copy before they use.
  const Segment &shown() const { return segment(); }

  // The target reads the time on its own CLOCK_MONOTONIC, which is ahead of ours by so much.
  void heartbeat(int64_t shift_ns = 0);
  void settle(uint64_t samples);
  void flushed(uint32_t asked);
  void detach();
  // Why the agent does not listen on its port; 0 = it does, or was not asked to.
  void endpoint(uint32_t error);
  // Words for the tracer's log; false: dropped and counted, because it has not read the ones before.
  bool tell(MessageLevel level, std::string_view text);
  Control &control() { return segment().control; }

 private:
  explicit Reader(Mapping mapping);
  Segment &segment() const { return *mapping_.segment(); }
  void malformed() { segment().counters.add(kMalformed); }
  void account_for_predecessor();
  bool take_chunk(uint32_t index, uint32_t max_records, SampleColumns &out);

  Mapping mapping_;
  std::unique_ptr<unsigned char[]> copy_;  // of one chunk
  uint32_t next_chunk_ = 0;                // where the last drain stopped, so that no chunk starves
  DirectoryScan names_;
  uint32_t broken_cells_ = 0;         // counted already
  std::vector<CellCopy> seen_cells_;  // at the last look for those that are gone
};

}  // namespace pyro::wire
