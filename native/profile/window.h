// Which samples of one interval are equal? Adds them up by stack, label set, span and wait; bounded, without a clock.
//
// A window that is full learns no further stacks: what else comes is added up by label set and wait alone, so the sums
// of each label set stay right, and it is counted.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "profile/hash-index.h"
#include "profile/label-index.h"
#include "wire/records.h"

namespace pyro::profile {

// Label set of samples that came when no further one was allowed.
inline constexpr LabelSet kOtherLabels = -1;
// Of samples whose thread ran: it waited for nothing.
inline constexpr int32_t kOnCpu = 0x7fff;

// Its weight makes no sense.
inline bool is_refused(const wire::StackSample &sample) {
  return sample.weight_ns == 0 || sample.weight_ns > wire::kMaxWeightNs;
}

struct Limits {
  uint64_t bytes;  // estimated memory of rows and frames
  uint32_t label_sets;
};

// kOwners: stacks of those samples only that belong to no element, and may be a worker's.
enum class Detail { kStacks, kOwners };

// kFolded: stands for all stacks that came when the window was full. kOwned: of a known owner, where only that was
// asked for.
enum class RowKind : uint8_t { kStack, kFolded, kOwned };

struct Row {
  LabelSet set;
  uint64_t span;  // innermost sampled span that the thread was inside of; 0 = none
  size_t stack;   // where it begins in Sums::stacks
  uint32_t depth;
  int32_t wait;  // what a blocked thread waits in: a system call's number or a wire::Wait; kOnCpu: it ran
  RowKind kind;
  bool truncated;  // the middle of the stack was left out
  uint64_t weight_ns = 0, samples = 0, reached_root = 0, inferred = 0;
};

struct Sums {
  std::vector<uint64_t> frames;  // as records pack them
  std::vector<Row> rows;
  std::vector<uint32_t> stacks;  // indexes into frames, leaf first
  uint64_t samples = 0, total_ns = 0;
  uint64_t folded = 0;   // samples that were kept with weight and labels, but without their stack
  uint64_t refused = 0;  // samples that were left out because their weight made no sense
};

class Window {
 public:
  explicit Window(const Limits &limits) : limits_(limits) {}

  // `sets`: the label set of each record.
  void add(const unsigned char *records, size_t size, const std::vector<LabelSet> &sets);
  // What this window takes: the detail that is wanted, or the former one where it has samples already.
  Detail takes(Detail wanted);
  // What was added up so far; the next sample begins a new window.
  Sums swap();
  uint64_t bytes() const { return bytes_; }

 private:
  struct Key {
    LabelSet set;
    uint64_t span;
    int32_t wait;
    RowKind kind;
    bool truncated;
  };
  void add_one(const wire::StackSample &sample, const unsigned char *record, LabelSet set);
  LabelSet within_limit(LabelSet set);
  Row &row_of(const wire::StackSample &sample, const unsigned char *record, const Key &key);
  Row &row_without_stack(const Key &key);
  bool read_stack(const wire::StackSample &sample, const unsigned char *record, bool full);
  uint32_t frame_number(uint64_t frame, bool full);
  uint64_t hash(const Key &key) const;
  uint32_t find(uint64_t hash, const Key &key) const;
  Row &new_row(uint64_t hash, const Key &key);

  const Limits limits_;
  Detail detail_ = Detail::kStacks;
  HashIndex rows_, frames_, known_sets_;
  std::vector<LabelSet> sets_;   // of this window, each once
  std::vector<uint32_t> stack_;  // of the sample that is added, as indexes into Sums::frames
  Sums sums_;
  uint64_t bytes_ = 0;
};

}  // namespace pyro::profile
