// Which registers of GStreamer's own frames hold the pad that a thread works for? Labels without any work per buffer.
//
// GStreamer keeps the pad in a register that calls preserve while the pad's function runs, because it needs it again
// afterwards. Which one depends on the build and the call. So it is learned, once a process: pads of our own, which no
// element ever gets, are pushed, pulled and asked through every route, and what held in all trials is kept. A walk that
// passes such a return address then knows the pad.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/learning/register-observer.h"

namespace pyro::pads {

struct LearnedSlots {
  Slot slot[SlotObserver::kMostAddresses];
  uint32_t count = 0;         // 0 = nothing could be learned
  const char *why = nullptr;  // then: the reason, the rest of a sentence
  NamedRole role[RoleObserver::kMostFunctions];
  uint32_t role_count = 0;
};

// Some milliseconds of private traffic on the calling thread. Emits no warning, leaves no object, no thread name, no
// number of an automatic name behind. Not beside other tracers: they would see our pads. Not under an object lock.
LearnedSlots learn_slots();
// True on a thread while it is in learn_slots(): its pads belong to no element.
bool is_learning_thread();

// While one lives this thread's pads are private: they are neither wrapped nor named. One at a time in a process.
class PrivateUse {
 public:
  PrivateUse();
  ~PrivateUse();
  PrivateUse(const PrivateUse &) = delete;
  PrivateUse &operator=(const PrivateUse &) = delete;
};

// Are there tracers whose hooks would see private pads?
bool other_tracers_active();

}  // namespace pyro::pads
