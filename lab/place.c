// How does an identity element become slow? Its handoff burns CPU time, sleeps, or waits for a mutex that another
// thread holds.
// SPDX-License-Identifier: MPL-2.0
#include "place.h"

#include <string.h>
#include <time.h>

#include "picture-time.h"

struct Holder {
  GMutex guard; /* of the two fields below */
  GCond asked;
  GCond taken;
  gint64 hold_us;
  gboolean is_held;
  GMutex resource; /* what the streaming thread waits for */
};

static gint64 thread_cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void burn(gint64 us) {
  const gint64 end = thread_cpu_us() + us;
  while (thread_cpu_us() < end) {
    for (volatile int i = 0; i < 2000; i++) {
    }
  }
}

static gpointer hold(gpointer data) {
  Holder* holder = data;
  for (;;) {
    g_mutex_lock(&holder->guard);
    while (holder->hold_us == 0) g_cond_wait(&holder->asked, &holder->guard);
    const gint64 us = holder->hold_us;
    holder->hold_us = 0;
    g_mutex_lock(&holder->resource);
    holder->is_held = TRUE;
    g_cond_signal(&holder->taken);
    g_mutex_unlock(&holder->guard);
    g_usleep((gulong)us);
    g_mutex_unlock(&holder->resource);
  }
  return NULL;
}

static Holder* new_holder(void) {
  Holder* holder = g_new0(Holder, 1);
  g_thread_unref(g_thread_new("lock-holder", hold, holder));
  return holder;
}

/* The other thread has the lock for that long before this one gets it. */
static void wait_for_lock(Holder* holder, gint64 us) {
  g_mutex_lock(&holder->guard);
  holder->is_held = FALSE;
  holder->hold_us = us;
  g_cond_signal(&holder->asked);
  while (!holder->is_held) g_cond_wait(&holder->taken, &holder->guard);
  g_mutex_unlock(&holder->guard);
  g_mutex_lock(&holder->resource);
  g_mutex_unlock(&holder->resource);
}

/* Of a picture without a duration, that which the frame rate gives it. */
static gint64 duration_us(GstElement* element, GstBuffer* buffer) {
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) return (gint64)(GST_BUFFER_DURATION(buffer) / GST_USECOND);
  gint frames = 0, seconds = 1;
  GstPad* pad = gst_element_get_static_pad(element, "sink");
  GstCaps* caps = gst_pad_get_current_caps(pad);
  if (caps != NULL) {
    gst_structure_get_fraction(gst_caps_get_structure(caps, 0), "framerate", &frames, &seconds);
    gst_caps_unref(caps);
  }
  gst_object_unref(pad);
  return frames > 0 ? (gint64)G_USEC_PER_SEC * seconds / frames : 0;
}

static gint64 cost_us(Cost* cost, GstElement* element, GstBuffer* buffer) {
  const gint permille = g_atomic_int_get(&cost->permille);
  const gint64 us = (gint64)g_atomic_int_get(&cost->ms) * 1000;
  return permille == 0 ? us : us + duration_us(element, buffer) * permille / 1000;
}

static gint take(gint* value) {
  const gint old = g_atomic_int_get(value);
  return old != 0 && g_atomic_int_compare_and_exchange(value, old, 0) ? old : 0;
}

/* Before the identity has the buffer: the wait is the time of the element that makes the buffers. */
static GstPadProbeReturn on_arrival(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  (void)pad;
  (void)info;
  const gint gap_ms = take(&((Place*)data)->gap_ms);
  if (gap_ms > 0) g_usleep((gulong)gap_ms * 1000);
  return GST_PAD_PROBE_OK;
}

static void on_handoff(GstElement* element, GstBuffer* buffer, gpointer data) {
  Place* place = data;
  const gint64 wait_us = cost_us(&place->sleep, element, buffer);
  if (wait_us > 0) g_usleep((gulong)wait_us);
  const gint64 lock_us = cost_us(&place->lock, element, buffer);
  if (lock_us > 0) {
    if (place->holder == NULL) place->holder = new_holder();
    wait_for_lock(place->holder, lock_us);
  }
  const gint64 burn_us = cost_us(&place->burn, element, buffer);
  if (burn_us > 0) burn(burn_us);
}

Place* place_at(GstElement* element) {
  if (strcmp(G_OBJECT_TYPE_NAME(element), "GstIdentity") != 0) return NULL;
  Place* place = g_new0(Place, 1);
  place->element = element;
  g_object_set(element, "signal-handoffs", TRUE, NULL);
  g_signal_connect(element, "handoff", G_CALLBACK(on_handoff), place);
  GstPad* sink = gst_element_get_static_pad(element, "sink");
  gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, on_arrival, place, NULL);
  gst_object_unref(sink);
  return place;
}

Cost* place_cost(Place* place, const char* kind) {
  if (strcmp(kind, "burn") == 0) return &place->burn;
  if (strcmp(kind, "sleep") == 0) return &place->sleep;
  return strcmp(kind, "lock") == 0 ? &place->lock : NULL;
}

void place_set(Cost* cost, gint ms, gint permille) {
  g_atomic_int_set(&cost->ms, ms);
  g_atomic_int_set(&cost->permille, permille);
}

void place_clear(Place* place) {
  place_set(&place->burn, 0, 0);
  place_set(&place->sleep, 0, 0);
  place_set(&place->lock, 0, 0);
  g_atomic_int_set(&place->gap_ms, 0);
}

void place_stamp(Place* place, gboolean on) {
  if (on == (place->stamp != 0)) return;
  if (!on) picture_time_off(place->element, place->stamp);
  place->stamp = on ? picture_time_on(place->element) : 0;
}
