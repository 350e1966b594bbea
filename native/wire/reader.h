// How does the agent read a segment whose content it cannot trust?
//
// The target owns the memory and may write anything at any time. So every number is copied once, then checked, then
// used. Invalid data is skipped and counted (kMalformed); after a bad record the rest of its chunk is skipped. The work
// of every call is bounded by the size of the segment; no call throws or reads outside the mapping.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/directory-scan.h"
#include "wire/sample-records.h"
#include "wire/segment.h"
#include "wire/snapshot.h"

namespace pyro::wire {

class Reader {
 public:
  // Maps the segment without changing it; see Mapping::attach for the errors.
  static std::optional<Reader> attach(int fd, Refusal *why, uint32_t *other_version);
  // Makes this process the only reader: takes a lock that ends with the process, releases chunks that a killed reader
  // held, and counts what that reader never delivered as samples_agent_lost. False: another process is the reader.
  // The lock is a POSIX one, because those belong to the process and not to the descriptor, which agent and target
  // share. So: no other descriptor of this segment may be closed in this process afterwards.
  bool take_over();

  // True if the next drain should happen at once: the target is ending, waits for a flush or for room, or a ring is
  // more than a quarter full.
  bool urgent() const;
  // Takes up to `max_records` samples out of the ring.
  SampleRecords drain(uint32_t max_records);
  bool has_spans() const { return mapping_.spans() != nullptr; }
  // Takes up to `max_spans` spans, oldest first, and appends them; none if the segment has no span ring.
  void drain_spans(uint32_t max_spans, std::vector<Span> *out);
  // Names published since the last call. After the first invalid entry no further ones are returned.
  std::vector<DirectoryName> directory();
  // Copies of all cells in use.
  CellsCopy cells();
  // Cells that were taken from their pair of pads since the previous call, with their final counts: the target does
  // that only after an acknowledgement. `look` gets what cells() returns, and each cell's `moved`: as long as that is
  // the same for one index, so is all that was counted there.
  std::vector<CellCopy> gone_cells(CellsCopy *look);
  // Number of cells and names that the target has retired so far. Read it first, then take everything from the ring,
  // the cells and the directory, then acknowledge it: the target may then reuse what was retired up to that number.
  uint64_t retired() const { return retired_so_far(segment().recycling); }
  void acknowledge(uint64_t retired) { wire::acknowledge(segment().recycling, retired); }
  // True if the target is short of cells or names and waits for acknowledge().
  bool is_reuse_due() const { return is_asked(segment().recycling); }
  StateCopy state() const { return copy_state(segment()); }
  // The segment itself, for code that copies each value before it checks and uses it.
  const Segment &shown() const { return segment(); }

  // Tells the target that the agent is alive. `shift_ns`: how far the target's CLOCK_MONOTONIC is ahead of ours.
  void heartbeat(int64_t shift_ns = 0);
  // Adds to the number of samples that were delivered, or counted as lost.
  void settle(uint64_t samples);
  // Answers the flush request number `asked`.
  void flushed(uint32_t asked);
  // Tells the target that the agent has left.
  void detach();
  // Reports the errno why the agent cannot listen on its metrics port; 0 = it listens, or no port is set.
  void endpoint(uint32_t error);
  // Sends a message to the tracer's log; false: dropped and counted, because the tracer has not read earlier ones.
  bool tell(MessageLevel level, std::string_view text);
  Control &control() { return segment().control; }
  // Says that words of control() were changed. The number of the change: Control::obeyed reaches it soon.
  uint32_t changed() { return 1 + segment().control.changes.fetch_add(1, std::memory_order_release); }

 private:
  explicit Reader(Mapping mapping);
  Segment &segment() const { return *mapping_.segment(); }
  void malformed() { segment().counters.add(kMalformed); }
  void account_for_predecessor();
  bool take_chunk(uint32_t index, uint32_t max_records, SampleRecords &out);

  Mapping mapping_;
  std::unique_ptr<unsigned char[]> copy_;  // of one chunk
  uint32_t next_chunk_ = 0;                // where the last drain stopped, so that no chunk starves
  DirectoryScan names_;
  uint32_t broken_cells_ = 0;         // invalid cells that are counted in kMalformed already
  std::vector<CellCopy> seen_cells_;  // as of the last call of gone_cells() …
  uint64_t looks_ = 0;                // … and how many those were
};

}  // namespace pyro::wire
