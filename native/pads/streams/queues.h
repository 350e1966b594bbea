// Which pads put buffers into a queue, and which get them from one?
//
// Queue elements (queue, queue2, multiqueue) pass a buffer on as it is. The sink pad of one fills a residence
// (timing/residence.h), the pad that the queue pushes into takes from it.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/registry/queue-use.h"
#include "timing/residence.h"

namespace pyro::pads {

struct PadState;

// Does this pad belong to an element that passes on, in order, what it stored?
bool is_queue_pad(GstPad *pad);
// An event on its way into this pad: if a queue is flushed by it, what lies inside is booked, or only forgotten while
// nothing is recorded.
void note_flush(PadState &state, GstEvent *event, bool recorded);
// The sink pad whose buffers leave a queue through `source`, referenced; nullptr when there is none.
GstPad *queue_input(GstPad *source);

// A residence with one user; never freed but used again. The next three: under the caller's lock.
timing::Residence *make_residence();
timing::Residence *share(timing::Residence *residence);
void let_go(timing::Residence *&residence);

// A buffer on its way into a queue. Its pad may be gone when the queue's function returns.
struct QueueEntry {
  timing::Residence *into = nullptr;
  uint64_t first = timing::Residence::kNowhere, count = 0;

  // `carries`: the trace that goes on behind the queue; nullptr = none.
  void add(GstBuffer *buffer, uint64_t ticks, const timing::TraceContext *carries);
  void settle(uint64_t ticks) const;
};

// A buffer that came out of a queue, and what it carried. On the path of every buffer behind one. `transit` as in
// take_into.
timing::TraceContext take_from_queue(const QueueUse &use, wire::Cell *transit, GstBuffer *buffer, uint64_t ticks);

}  // namespace pyro::pads
