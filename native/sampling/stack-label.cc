// How do addresses found on a stack become elements?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-label.h"

namespace pyro::sampling {
namespace {

// Changes of the pusher after which a thread counts as shared by several drivers, as in timing/timing.cc.
constexpr uint8_t kSharedThread = 16;

}  // namespace

void StackLabel::note(SiteSink &sink, uint8_t kind, uint64_t value) {
  StackLabel &self = static_cast<StackLabel &>(sink);
  if (kind == threads::kPushingPad) self.pushing_ = value;  // the outermost one stays
  if (kind == threads::kDrivingPad) self.driving_ = value;
  if (kind != threads::kInsidePad && kind != threads::kHandlingPad) return;
  // Deeper than we can keep: the innermost ones and the outermost.
  const uint32_t at = self.inside_count_ < kMostInside ? self.inside_count_++ : kMostInside - 1;
  self.inside_[at] = value;
  self.handling_ = (self.handling_ & ~(1u << at)) | (kind == threads::kHandlingPad ? 1u << at : 0);
  threads::live_pads.prefetch(pad(value));
}

uint32_t StackLabel::owner_of(uint64_t value) {
  const uint32_t owner = threads::live_pads.find(pad(value));
  if (owner == threads::kNoSuchPad) unknown_pad_ = true;
  return owner == threads::kNoSuchPad || owner == threads::kTransparentPad ? 0 : owner;
}

void StackLabel::append(uint32_t element) {
  if (element == 0 || (chain_length_ > 0 && chain_[chain_length_ - 1] == element)) return;
  chain_[chain_length_++] = element;
}

void StackLabel::look_inside() {
  for (uint32_t i = 0; i < inside_count_; i++) {
    const uint32_t owner = owner_of(inside_[i]);
    append(owner);
    if (data_element_ == 0 && !(handling_ >> i & 1)) data_element_ = owner;
  }
  element_ = chain_length_ > 0 ? chain_[0] : 0;
}

uint32_t StackLabel::remembered_driver(const threads::ThreadRecord &thread) {
  const bool shared = thread.pusher_changes.load(std::memory_order_relaxed) >= kSharedThread;
  return shared ? 0 : thread.pusher.load(std::memory_order_relaxed);
}

// The task's pad names it. Threads without a task (an application's own, a jitter buffer's) are driven by the pad that
// pushed outermost. Between two pushes, and in the loop around a task's function, the driver stays as it was.
uint32_t StackLabel::driver_of(uint32_t remembered) {
  const uint64_t value = driving_ != 0 ? driving_ : pushing_;
  return value != 0 ? owner_of(value) : remembered;
}

void StackLabel::remember_driver(threads::ThreadRecord &thread, uint32_t driver) {
  const uint32_t before = thread.pusher.load(std::memory_order_relaxed);
  if (driver == 0 || driver == before) return;
  const uint8_t changes = thread.pusher_changes.load(std::memory_order_relaxed);
  if (before != 0 && changes < kSharedThread) thread.pusher_changes.store(changes + 1, std::memory_order_relaxed);
  thread.pusher.store(driver, std::memory_order_relaxed);
}

void StackLabel::resolve_elsewhere(uint32_t remembered) {
  look_inside();
  comparable_ = element_ == 0 || data_element_ != 0;
  driver_ = driver_of(remembered);
  append(driver_);
  if (driver_ == 0) return;
  if (element_ == 0) element_ = driver_ | wire::kElementDriver;
  if (data_element_ == 0) data_element_ = driver_ | wire::kElementDriver;
}

void StackLabel::resolve(threads::ThreadRecord &thread, bool whole) {
  // A task's pad is in the outermost of GStreamer's frames. Who pushed may have been called by another one.
  const bool is_certain = (driving_ | (whole ? pushing_ : 0)) != 0;
  resolve_elsewhere(whole ? remembered_driver(thread) : 0);
  if (is_certain) remember_driver(thread, driver_);
}

void StackLabel::store_chain(wire::StackSample &sample) const {
  sample.chain = static_cast<uint8_t>(chain_length_);
  auto *chain = reinterpret_cast<uint32_t *>(reinterpret_cast<uint64_t *>(&sample + 1) + sample.depth);
  for (uint32_t i = 0; i < chain_length_; i++) chain[i] = chain_[i];
  if (chain_length_ % 2 != 0) chain[chain_length_] = 0;
}

void compare_labels(wire::Counters &counters, uint32_t word, const StackLabel &label, bool known) {
  const uint32_t stack = label.data_element();
  if (word == 0 && stack == 0) return;
  if (!known || !label.comparable()) return counters.add(wire::kLabelNotCompared);
  if (word == stack) return counters.add(wire::kLabelAgreed);
  if (word == 0) return counters.add(wire::kLabelStackOnly);
  counters.add(stack == 0 ? wire::kLabelWordOnly : wire::kLabelDiffered);
}

}  // namespace pyro::sampling
