// For which element does this stack work, and for which others at the same time?
//
// Collects the values that a walk finds at learned places (unwind/walk/label-sites.h) and believes those that are
// living pads (threads/live-pads.h). Runs in the signal handler: no lock, no allocation, a few hundred bytes.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "threads/live-pads.h"
#include "threads/thread-record.h"
#include "unwind/walk/label-sites.h"
#include "wire/segment.h"

namespace pyro::sampling {

class StackLabel : public unwind::SiteSink {
 public:
  StackLabel() : SiteSink{&StackLabel::note} {}

  // After the walk; `whole`: it reached the thread's first frame. In the thread itself, which remembers its driver.
  void resolve(threads::ThreadRecord &thread, bool whole);
  // The same of another thread's stack, or of one that was; `remembered`: who drives the thread if the stack does not
  // say, 0 = no driver is known.
  void resolve_elsewhere(uint32_t remembered);
  // Who drives a thread, by the stacks seen so far; 0: none yet, or several.
  static uint32_t remembered_driver(const threads::ThreadRecord &thread);

  // The innermost element; kElementDriver is set between the pushes of a loop. 0 = the stack does not say.
  uint32_t element() const { return element_; }
  // The same as the thread's word would have it: functions of data only, not of events and queries.
  uint32_t data_element() const { return data_element_; }
  uint32_t chain_length() const { return chain_length_; }
  const uint32_t *chain() const { return chain_; }
  // Behind the frames of a record that has them already.
  void store_chain(wire::StackSample &sample) const;
  // False in a function of an event or a query that no data led to: of that the thread's word knows nothing.
  bool comparable() const { return comparable_; }
  // A value that should be a pad was none, or one that is gone.
  bool unknown_pad() const { return unknown_pad_; }

 private:
  static constexpr uint32_t kMostInside = wire::kMaxChain - 2;

  static void note(SiteSink &self, uint8_t kind, uint64_t value);
  static const void *pad(uint64_t value) { return reinterpret_cast<const void *>(value); }
  void look_inside();
  uint32_t driver_of(uint32_t remembered);
  static void remember_driver(threads::ThreadRecord &thread, uint32_t driver);
  uint32_t owner_of(uint64_t value);
  void append(uint32_t element);

  uint64_t inside_[kMostInside];
  uint64_t pushing_ = 0, driving_ = 0;
  uint32_t handling_ = 0;  // bit i: inside_[i] is the pad of an event's or a query's function
  uint32_t inside_count_ = 0;
  uint32_t chain_[wire::kMaxChain];
  uint32_t chain_length_ = 0;
  uint32_t element_ = 0, data_element_ = 0, driver_ = 0;
  bool unknown_pad_ = false, comparable_ = true;
  static_assert(kMostInside <= 32);
};

// The element that the thread published; 0 = none, or none is published here.
inline uint32_t published_of(const threads::ThreadRecord &thread, const wire::Segment &segment) {
  const bool is_published = segment.control.timing.load(std::memory_order_relaxed) != wire::kTimingOff;
  return is_published ? thread.element.load(std::memory_order_relaxed) : 0;
}

// Counts how the stack and the thread's word agree on one sample. `known`: the stack says all it can: it was
// not taken in our own code, between the two, and did not end before a label.
void compare_labels(wire::Counters &counters, uint32_t word, const StackLabel &label, bool known);

}  // namespace pyro::sampling
