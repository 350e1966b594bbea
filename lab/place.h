// What makes an identity element of the lab's pipeline slow? Each of its buffers costs CPU time, sleeps, or waits for a
// lock.
// SPDX-License-Identifier: MPL-2.0
#ifndef LAB_PLACE_H
#define LAB_PLACE_H

#include <gst/gst.h>

/* In milliseconds, and in thousandths of the buffer's own duration, which is what the element may take in real time.
 * Both atomic: written by the main loop, read by streaming threads. */
typedef struct {
  gint ms;
  gint permille;
} Cost;

typedef struct Holder Holder;

typedef struct {
  Cost burn;
  Cost sleep;
  Cost lock;
  gint gap_ms;         /* of the next buffer alone, and before the element has it */
  Holder* holder;      /* a thread that holds the lock; made when a lock is asked for first */
  GstElement* element; /* of the pipeline, which outlives the place */
  gulong stamp;        /* 0: pictures are left as they are */
} Place;

/* NULL when the element is no identity. The time is spent inside of its handoff, so that it is the element's own. */
Place* place_at(GstElement* element);

/* By the name of the fault; NULL when there is none of that name. */
Cost* place_cost(Place* place, const char* kind);

void place_set(Cost* cost, gint ms, gint permille);
void place_clear(Place* place);

/* Each picture that leaves it carries the time of day, or no longer. */
void place_stamp(Place* place, gboolean on);

#endif
