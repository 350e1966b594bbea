// What do pads look like that belong to no element and tell an observer who called their functions?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <vector>

#include "pads/learning/register-observer.h"

namespace pyro::pads {

enum class ListFunction { kDefault, kOwn };
enum class Through { kNothing, kGhost };

// What comes before the first buffer: stream-start and segment.
void start_stream(GstPad *source);

// Two linked pads, activated in push mode, with the sticky events that data needs. All are kept until the trials are
// over, so that each trial has other addresses.
class PrivatePads {
 public:
  explicit PrivatePads(SlotObserver &observer);
  ~PrivatePads();
  PrivatePads(const PrivatePads &) = delete;
  PrivatePads &operator=(const PrivatePads &) = delete;

  // The next pads get a parent (GStreamer has call sites of its own for pads without one).
  void with_parent(bool parent) { with_parent_ = parent; }
  void make_push_pair(ListFunction list, Through through = Through::kNothing);
  void make_pull_pair();
  void make_inactive_pair();
  void unmake_pair();
  // Says whose functions are to be expected from now on, and which.
  void expect_downstream(Route route);
  void expect_upstream(Route route);
  void expect_nothing();

  GstPad *src() const { return src_; }
  GstPad *sink() const { return sink_; }
  SlotObserver &observer() const { return observer_; }

 private:
  GstPad *make(const char *name, GstPadDirection direction);

  SlotObserver &observer_;
  std::vector<GstObject *> kept_;
  bool with_parent_ = false;
  GstPad *src_ = nullptr, *sink_ = nullptr, *ghost_ = nullptr;
};

// Runs gst_task_func on the calling thread with a task that has `pad`'s stream lock, as gst_pad_start_task gives it.
void run_private_task(GstPad *pad, SlotObserver &observer, uint64_t junk);

}  // namespace pyro::pads
