// When may memory that handlers read be given back?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/snapshot-keeper.h"

#include <algorithm>
#include <new>

#include "unwind/modules/module.h"

namespace pyro::unwind {

struct SnapshotKeeper::Kept {
  Snapshot snapshot;
  Segment *segments = nullptr;
  size_t bytes = 0;

  ~Kept() {
    if (segments) munmap(segments, bytes);
  }
};

namespace {

// Of the process and its forked children, never reset: a child has its parent's caches.
uint64_t last_generation = 0;

void begin_generation(Snapshot &snapshot) {
  snapshot.generation.store(++last_generation, std::memory_order_release);  // partner: walk()
}

uint16_t flags_of(const Module &module) {
  unsigned flags = 0;
  if (module.is_region()) flags |= kSegmentNoElf;
  if (module.excluded) flags |= kSegmentExcluded;
  if (module.state == TableState::kBroken || module.state == TableState::kOverCap) flags |= kSegmentRefused;
  if (module.image.calls_jit) flags |= kSegmentCallsJit;
  if (module.no_calls) flags |= kSegmentNoCalls;
  return static_cast<uint16_t>(flags);
}

}  // namespace

void SnapshotKeeper::fill(Kept &kept, const MappedArray<Module *> &modules) {
  uint32_t count = 0;
  for (Module *module : modules) {
    const Image &image = module->image;
    for (uint32_t i = 0; i < image.texts; i++) {
      Segment &segment = kept.segments[count++];
      segment.start = image.bias + image.text[i].start;
      segment.end = image.bias + image.text[i].end;
      segment.bias = image.bias;
      segment.text = image.bias + image.text[0].start;
      segment.table = module->state == TableState::kBuilt ? module->table.view() : TableView{nullptr, nullptr};
      segment.signals = &module->signals;
      segment.tag.store(module->tag, std::memory_order_relaxed);
      segment.flags.store(flags_of(*module), std::memory_order_relaxed);
    }
  }
  for (uint32_t i = 0; i < count; i++) kept.snapshot.starts[i] = kept.segments[i].start;
  kept.snapshot.count = count;
  kept.snapshot.segments = kept.segments;
}

bool SnapshotKeeper::publish(const MappedArray<Module *> &modules, const Rule *rules) {
  size_t count = 0;
  for (const Module *module : modules) count += module->image.texts;
  auto *kept = new (std::nothrow) Kept;
  if (!kept) return false;
  kept->bytes = (count * sizeof(Segment) + 4096) & ~size_t{4095};
  void *at = mmap(nullptr, kept->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at != MAP_FAILED) kept->segments = static_cast<Segment *>(at);
  if (!kept->segments || !kept->snapshot.starts.resize(count + 1) || (current_ && !old_snapshots_.push(current_))) {
    delete kept;
    return false;
  }
  fill(*kept, modules);
  begin_generation(kept->snapshot);
  shared.rules.store(rules, std::memory_order_release);
  // Sequentially consistent with the count in walk(): a walk that was not seen by collect() sees this snapshot.
  shared.snapshot.store(&kept->snapshot, std::memory_order_seq_cst);
  current_ = kept;
  return true;
}

void SnapshotKeeper::retire(Module *module) {
  if (!old_modules_.push(module)) return;  // leaked rather than freed too early
}

void SnapshotKeeper::collect() {
  if (old_snapshots_.empty() && old_modules_.empty()) return;
  if (shared.in_flight.load(std::memory_order_seq_cst) != 0) return;
  for (Kept *kept : old_snapshots_) delete kept;
  for (Module *module : old_modules_) delete module;
  old_snapshots_.clear();
  old_modules_.clear();
}

void SnapshotKeeper::retag(const Module &module) {
  if (!current_) return;
  for (uint32_t i = 0; i < current_->snapshot.count; i++)
    if (current_->segments[i].signals == &module.signals)
      current_->segments[i].tag.store(module.tag, std::memory_order_relaxed);
  begin_generation(current_->snapshot);
}

uint64_t SnapshotKeeper::bytes() const {
  return current_ ? current_->bytes + current_->snapshot.starts.mapped_bytes() : 0;
}

}  // namespace pyro::unwind
