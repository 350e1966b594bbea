// How are records and names taken out of a segment without trusting it?
// SPDX-License-Identifier: MPL-2.0
#include "wire/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "wire/clock-ns.h"

namespace pyro::wire {
namespace {

// A ring that is this part full does not wait: the rest is room for a burst.
constexpr uint32_t kUrgentPart = 4;

// `cell` moved when `seen` did, unless they differ.
void keep_moved(const CellCopy &seen, CellCopy &cell) {
  const uint64_t now = std::exchange(cell.moved, seen.moved);
  if (std::memcmp(&seen, &cell, sizeof cell) != 0) cell.moved = now;
}

}  // namespace

std::optional<Reader> Reader::attach(int fd, Refusal *why, uint32_t *other_version) {
  std::optional<Mapping> mapping = Mapping::attach(fd, why, other_version);
  if (!mapping) return std::nullopt;
  return Reader(std::move(*mapping));
}

Reader::Reader(Mapping mapping) : mapping_(std::move(mapping)), copy_(new unsigned char[kChunkData]) {}

bool Reader::take_over() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  // Where locks are not supported at all the segment is read without one.
  if (fcntl(mapping_.fd(), F_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES)) return false;
  RingRead(segment().ring).repair();
  account_for_predecessor();
  segment().life.refusal.store(kRefusedNone, std::memory_order_relaxed);
  segment().life.detached.store(0, std::memory_order_relaxed);
  heartbeat();
  return true;
}

// Every record ever read was settled, was lost by an earlier agent, or was in the hands of the last one when it died.
void Reader::account_for_predecessor() {
  Account &account = segment().account;
  const uint64_t read = RingRead(segment().ring).records_read();
  const uint64_t settled = account.samples_settled.load(std::memory_order_relaxed);
  const uint64_t lost = account.samples_agent_lost.load(std::memory_order_relaxed);
  if (read > settled + lost) account.samples_agent_lost.store(read - settled, std::memory_order_relaxed);
}

bool Reader::urgent() const {
  const Life &life = segment().life;
  if (life.flush_asked.load(std::memory_order_acquire) != life.flush_done.load(std::memory_order_relaxed)) return true;
  if (life.target_state.load(std::memory_order_acquire) != kTargetRunning || is_reuse_due()) return true;
  const RingRead ring(segment().ring);
  uint32_t waiting = 0;
  if (const SpanRing *spans = mapping_.spans(); spans && spans_waiting(*spans) > kSpanSlots / kUrgentPart) return true;
  for (uint32_t index = 0; index < kChunkCount; index++) waiting += ring.peek(index).bytes;
  return waiting > kChunkCount * kChunkData / kUrgentPart;
}

SampleRecords Reader::drain(uint32_t max_records) {
  SampleRecords out;
  for (uint32_t seen = 0; seen < kChunkCount; seen++) {
    out.drained = take_chunk(next_chunk_, max_records, out);
    if (!out.drained) break;
    next_chunk_ = (next_chunk_ + 1) % kChunkCount;
  }
  return out;
}

// False when records stay behind because `out` is full.
bool Reader::take_chunk(uint32_t index, uint32_t max_records, SampleRecords &out) {
  RingRead ring(segment().ring);
  const ChunkView view = ring.peek(index);
  // All read, yet not emptied: a writer held it at that moment. Without another try no writer would ever take it again.
  if (view.bytes == 0 && view.from != segment().ring.chunk[index].data) ring.advance(index, 0, 0);
  if (view.bytes == 0) return true;
  std::memcpy(copy_.get(), view.from, view.bytes);
  uint32_t good = 0, records = 0, size = 1;
  for (StackSample sample; good < view.bytes && out.count + records < max_records; good += size, records++) {
    size = read_sample(copy_.get() + good, view.bytes - good, &sample);
    if (size == 0) break;
  }
  out.bytes.insert(out.bytes.end(), copy_.get(), copy_.get() + good);
  out.count += records;
  if (size == 0) malformed();
  const uint32_t done = size == 0 ? view.bytes : good;
  ring.advance(index, done, records);
  return done == view.bytes;
}

void Reader::drain_spans(uint32_t max_spans, std::vector<Span> *out) {
  SpanRing *ring = mapping_.spans();
  Span span;
  for (uint32_t taken = 0; ring && taken < max_spans && read_span(*ring, &span); taken++) {
    const bool known = span.kind >= kSpanPush && span.kind <= kSpanPull && span.flow < kFlowCount && span.id != 0;
    if (known)
      out->push_back(span);
    else
      malformed();
  }
}

std::vector<DirectoryName> Reader::directory() {
  const bool knew = names_.broken();
  std::vector<DirectoryName> names = names_.next(segment().directory);
  if (names_.broken() && !knew) malformed();
  return names;
}

CellsCopy Reader::cells() {
  CellsCopy copies = copy_cells(segment().cells);
  for (; broken_cells_ < copies.broken; broken_cells_++) malformed();
  return copies;
}

std::vector<CellCopy> Reader::gone_cells(CellsCopy *look) {
  *look = cells();
  looks_++;
  CellCopy *now[kCellCapacity] = {};
  for (CellCopy &cell : look->cells) {
    cell.moved = looks_;
    now[cell.index] = &cell;
  }
  std::vector<CellCopy> gone;
  for (CellCopy &seen : seen_cells_) {
    CellCopy *cell = now[seen.index];
    if (cell == nullptr || cell->generation != seen.generation)
      gone.push_back(std::move(seen));
    else
      keep_moved(seen, *cell);
  }
  seen_cells_ = look->cells;
  return gone;
}

void Reader::heartbeat(int64_t shift_ns) {
  Life &life = segment().life;
  life.agent_pid.store(static_cast<uint32_t>(getpid()), std::memory_order_relaxed);
  life.agent_version.store(WIRE_VERSION, std::memory_order_relaxed);
  life.agent_seen_ns.store(clock_ns(CLOCK_MONOTONIC) + static_cast<uint64_t>(shift_ns), std::memory_order_release);
}

void Reader::settle(uint64_t samples) {
  segment().account.samples_settled.fetch_add(samples, std::memory_order_relaxed);
}

void Reader::flushed(uint32_t asked) { segment().life.flush_done.store(asked, std::memory_order_release); }

void Reader::endpoint(uint32_t error) { segment().life.endpoint_error.store(error, std::memory_order_relaxed); }

bool Reader::tell(MessageLevel level, std::string_view text) { return put_message(segment().messages, level, text); }

void Reader::detach() { segment().life.detached.store(1, std::memory_order_release); }

}  // namespace pyro::wire
