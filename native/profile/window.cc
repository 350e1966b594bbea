// How does a sample find the row of its equals, and what if there is no room for another one?
// SPDX-License-Identifier: MPL-2.0
#include "profile/window.h"

#include <algorithm>
#include <utility>

#include "wire/sample-records.h"

namespace pyro::profile {
namespace {

// What a row and a frame take at most, here and once they are named.
constexpr uint64_t kRowBytes = 250;
constexpr uint64_t kFrameBytes = 80;

int32_t wait_of(const wire::StackSample &sample) {
  return sample.header.kind == wire::kRecordBlockedSample ? sample.system_call : kOnCpu;
}

}  // namespace

void Window::add(const unsigned char *records, size_t size, const std::vector<LabelSet> &sets) {
  size_t next = 0;
  wire::each_sample(records, size, [&](const wire::StackSample &sample, const unsigned char *record) {
    if (next < sets.size()) add_one(sample, record, sets[next++]);
  });
}

Detail Window::takes(Detail wanted) {
  if (sums_.samples == 0) detail_ = wanted;
  return detail_;
}

Sums Window::swap() {
  rows_.clear();
  frames_.clear();
  known_sets_.clear();
  sets_.clear();
  bytes_ = 0;
  return std::exchange(sums_, {});
}

void Window::add_one(const wire::StackSample &sample, const unsigned char *record, LabelSet any_set) {
  if (is_refused(sample)) {
    sums_.refused++;
    return;
  }
  const LabelSet set = within_limit(any_set);
  const int32_t wait = wait_of(sample);
  const bool owned = detail_ == Detail::kOwners && (sample.element != 0 || sample.chain > 0);
  const bool truncated = (sample.flags & wire::kSampleTruncated) != 0;
  Row &row = owned ? row_without_stack({set, 0, wait, RowKind::kOwned, false})
                   : row_of(sample, record, {set, sample.span, wait, RowKind::kStack, truncated});
  row.weight_ns += sample.weight_ns;
  row.samples++;
  if (sample.end == wire::kEndRoot) row.reached_root++;
  if ((sample.flags & wire::kSampleInferred) != 0) row.inferred++;
  if (row.kind == RowKind::kFolded) sums_.folded++;
  sums_.samples++;
  sums_.total_ns += sample.weight_ns;
}

// The label set, or kOtherLabels where the window has as many as it may.
LabelSet Window::within_limit(LabelSet set) {
  const uint64_t hash = mix(1, static_cast<uint64_t>(set));
  const auto is_it = [&](uint32_t number) { return sets_[number] == set; };
  if (known_sets_.find(hash, is_it) != kNoNumber) return set;
  if (sets_.size() >= limits_.label_sets) return kOtherLabels;
  known_sets_.add(hash, static_cast<uint32_t>(sets_.size()));
  sets_.push_back(set);
  return set;
}

Row &Window::row_of(const wire::StackSample &sample, const unsigned char *record, const Key &key) {
  const bool full = bytes_ >= limits_.bytes;
  const bool known = read_stack(sample, record, full);
  const uint64_t stack_hash = hash(key);
  const uint32_t row = known ? find(stack_hash, key) : kNoNumber;
  if (row != kNoNumber) return sums_.rows[row];
  if (full) return row_without_stack({key.set, 0, key.wait, RowKind::kFolded, false});
  return new_row(stack_hash, key);
}

Row &Window::row_without_stack(const Key &key) {
  stack_.clear();
  const uint64_t key_hash = hash(key);
  const uint32_t row = find(key_hash, key);
  return row != kNoNumber ? sums_.rows[row] : new_row(key_hash, key);
}

// Fills stack_; false: one of the frames is not known, and a full window learns no more.
bool Window::read_stack(const wire::StackSample &sample, const unsigned char *record, bool full) {
  stack_.clear();
  for (uint32_t i = 0; i < sample.depth; i++) {
    const uint32_t number = frame_number(wire::frame_of(record, i), full);
    if (number == kNoNumber) return false;
    stack_.push_back(number);
  }
  return true;
}

uint32_t Window::frame_number(uint64_t frame, bool full) {
  const uint64_t frame_hash = mix(1, frame);
  const uint32_t known = frames_.find(frame_hash, [&](uint32_t number) { return sums_.frames[number] == frame; });
  if (known != kNoNumber || full) return known;
  const auto number = static_cast<uint32_t>(sums_.frames.size());
  frames_.add(frame_hash, number);
  sums_.frames.push_back(frame);
  bytes_ += kFrameBytes;
  return number;
}

uint64_t Window::hash(const Key &key) const {
  const uint64_t kind = static_cast<uint64_t>(key.kind) << 1 | (key.truncated ? 1 : 0);
  uint64_t all = mix(mix(mix(kind, static_cast<uint64_t>(key.set)), static_cast<uint64_t>(key.wait)), key.span);
  for (const uint32_t frame : stack_) all = mix(all, frame);
  return all;
}

uint32_t Window::find(uint64_t key_hash, const Key &key) const {
  return rows_.find(key_hash, [&](uint32_t number) {
    const Row &row = sums_.rows[number];
    return row.set == key.set && row.span == key.span && row.wait == key.wait && row.kind == key.kind &&
           row.truncated == key.truncated && row.depth == stack_.size() &&
           std::equal(stack_.begin(), stack_.end(), sums_.stacks.begin() + static_cast<std::ptrdiff_t>(row.stack));
  });
}

Row &Window::new_row(uint64_t key_hash, const Key &key) {
  rows_.add(key_hash, static_cast<uint32_t>(sums_.rows.size()));
  const auto depth = static_cast<uint32_t>(stack_.size());
  sums_.rows.push_back({key.set, key.span, sums_.stacks.size(), depth, key.wait, key.kind, key.truncated});
  sums_.stacks.insert(sums_.stacks.end(), stack_.begin(), stack_.end());
  bytes_ += kRowBytes + sizeof(uint32_t) * depth;
  return sums_.rows.back();
}

}  // namespace pyro::profile
