// How does a pipeline become slow on request? It runs one as gst-launch does; lines on its standard input choose where
// and how.
//
//   burn NAME MS    each buffer costs that much CPU time in the identity element NAME; 0 ends it
//   sleep NAME MS   each buffer waits that long there
//   gap NAME MS     the next buffer waits that long there, once
//   stamp NAME 1    each picture that leaves NAME carries the time of day from now on; 0: no longer
//   none            ends all of them
//   quit            ends the stream; the end of the input does the same
// The time is spent inside of identity's handoff, so that it lands in that element's own time.
// SPDX-License-Identifier: MPL-2.0
#include <glib-unix.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "picture-time.h"

#define MAX_FAULT_MS 60000
#define END_SECONDS 2

typedef struct {
  gint burn_ms; /* all three: atomic, written by the main loop, read by streaming threads */
  gint sleep_ms;
  gint gap_ms;
  GstElement* element; /* of the pipeline, which outlives the place */
  gulong stamp;        /* 0: pictures are left as they are */
} Place;

typedef struct {
  GstElement* pipeline;
  GMainLoop* loop;
  GHashTable* places; /* name of an identity element → Place */
  int exit_code;
} Host;

static gint64 thread_cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void burn(gint ms) {
  const gint64 end = thread_cpu_us() + (gint64)ms * 1000;
  while (thread_cpu_us() < end) {
    for (volatile int i = 0; i < 2000; i++) {
    }
  }
}

static gint take(gint* value) {
  const gint old = g_atomic_int_get(value);
  return old != 0 && g_atomic_int_compare_and_exchange(value, old, 0) ? old : 0;
}

static void on_handoff(GstElement* element, GstBuffer* buffer, gpointer data) {
  (void)element;
  (void)buffer;
  Place* place = data;
  const gint wait_ms = g_atomic_int_get(&place->sleep_ms) + take(&place->gap_ms);
  if (wait_ms > 0) g_usleep((gulong)wait_ms * 1000);
  const gint burn_ms = g_atomic_int_get(&place->burn_ms);
  if (burn_ms > 0) burn(burn_ms);
}

static void add_place(const GValue* item, gpointer data) {
  Host* host = data;
  GstElement* element = g_value_get_object(item);
  if (strcmp(G_OBJECT_TYPE_NAME(element), "GstIdentity") != 0) return;
  Place* place = g_new0(Place, 1);
  place->element = element;
  g_hash_table_insert(host->places, gst_object_get_name(GST_OBJECT(element)), place);
  g_object_set(element, "signal-handoffs", TRUE, NULL);
  g_signal_connect(element, "handoff", G_CALLBACK(on_handoff), place);
}

static void no_faults(Host* host) {
  GHashTableIter places;
  gpointer place;
  g_hash_table_iter_init(&places, host->places);
  while (g_hash_table_iter_next(&places, NULL, &place)) {
    g_atomic_int_set(&((Place*)place)->burn_ms, 0);
    g_atomic_int_set(&((Place*)place)->sleep_ms, 0);
    g_atomic_int_set(&((Place*)place)->gap_ms, 0);
  }
}

static gint* fault_of(Place* place, const char* kind) {
  if (strcmp(kind, "burn") == 0) return &place->burn_ms;
  if (strcmp(kind, "sleep") == 0) return &place->sleep_ms;
  return strcmp(kind, "gap") == 0 ? &place->gap_ms : NULL;
}

static void stamp(Place* place, gboolean on) {
  if (on == (place->stamp != 0)) return;
  if (!on) picture_time_off(place->element, place->stamp);
  place->stamp = on ? picture_time_on(place->element) : 0;
}

/* Names of all places, sorted, with commas between; to be freed. */
static gchar* place_names(Host* host) {
  GList* names = g_list_sort(g_hash_table_get_keys(host->places), (GCompareFunc)strcmp);
  GString* text = g_string_new(NULL);
  for (const GList* name = names; name != NULL; name = name->next)
    g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", (const char*)name->data);
  g_list_free(names);
  return g_string_free(text, FALSE);
}

/* Each line is answered by one, so that the lab can wait for it. */
static void obey(Host* host, const char* line) {
  char kind[16], name[64];
  int ms = 0;
  if (strcmp(line, "none") == 0) {
    no_faults(host);
    g_print("ok none\n");
    return;
  }
  if (sscanf(line, "%15s %63s %d", kind, name, &ms) != 3 || ms < 0 || ms > MAX_FAULT_MS) {
    g_print("error: cannot read this line; write burn, sleep or gap, a name and 0 to %d ms: %s\n", MAX_FAULT_MS, line);
    return;
  }
  Place* place = g_hash_table_lookup(host->places, name);
  if (place == NULL) {
    gchar* names = place_names(host);
    g_print("unknown: the pipeline has no place %s for a fault; there are %s\n", name, names);
    g_free(names);
    return;
  }
  if (strcmp(kind, "stamp") == 0) {
    stamp(place, ms != 0);
    g_print("ok %s %s %d\n", kind, name, ms);
    return;
  }
  gint* fault = fault_of(place, kind);
  if (fault == NULL) {
    g_print("error: there is no %s; write burn, sleep, gap or stamp\n", kind);
    return;
  }
  g_atomic_int_set(fault, ms);
  g_print("ok %s %s %d\n", kind, name, ms);
}

static gboolean give_up(gpointer data) {
  g_main_loop_quit(((Host*)data)->loop);
  return G_SOURCE_REMOVE;
}

static gboolean end_stream(gpointer data) {
  Host* host = data;
  gst_element_send_event(host->pipeline, gst_event_new_eos());
  g_timeout_add_seconds(END_SECONDS, give_up, host);
  return G_SOURCE_REMOVE;
}

static gboolean on_input(GIOChannel* channel, GIOCondition condition, gpointer data) {
  (void)condition;
  gchar* line = NULL;
  const GIOStatus status = g_io_channel_read_line(channel, &line, NULL, NULL, NULL);
  if (status == G_IO_STATUS_AGAIN) return G_SOURCE_CONTINUE;
  if (line != NULL) g_strstrip(line);
  const gboolean last = status != G_IO_STATUS_NORMAL || line == NULL || strcmp(line, "quit") == 0;
  if (last) {
    end_stream(data);
  } else if (line[0] != '\0') {
    obey(data, line);
  }
  g_free(line);
  return last ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean on_message(GstBus* bus, GstMessage* message, gpointer data) {
  (void)bus;
  Host* host = data;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = NULL;
    gst_message_parse_error(message, &error, NULL);
    g_printerr("error: %s: %s\n", GST_OBJECT_NAME(message->src), error->message);
    g_error_free(error);
    host->exit_code = 1;
  } else if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_EOS) {
    return G_SOURCE_CONTINUE;
  }
  g_main_loop_quit(host->loop);
  return G_SOURCE_CONTINUE;
}

static void watch(Host* host) {
  GstIterator* elements = gst_bin_iterate_elements(GST_BIN(host->pipeline));
  gst_iterator_foreach(elements, add_place, host);
  gst_iterator_free(elements);
  GstBus* bus = gst_element_get_bus(host->pipeline);
  gst_bus_add_watch(bus, on_message, host);
  gst_object_unref(bus);
  GIOChannel* input = g_io_channel_unix_new(0);
  g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_input, host);
  g_io_channel_unref(input);
  g_unix_signal_add(SIGTERM, end_stream, host);
}

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    g_printerr("usage: %s 'PIPELINE, as gst-launch-1.0 takes it'\n", argv[0]);
    return 2;
  }
  GError* error = NULL;
  Host host = {.loop = g_main_loop_new(NULL, FALSE)};
  host.pipeline = gst_parse_launch(argv[1], &error);
  if (host.pipeline == NULL || error != NULL || !GST_IS_BIN(host.pipeline)) {
    g_printerr("error: %s\n", error != NULL ? error->message : "this is no pipeline");
    return 1;
  }
  host.places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  watch(&host);
  if (gst_element_set_state(host.pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) host.exit_code = 1;
  if (host.exit_code == 0) g_main_loop_run(host.loop);
  gst_element_set_state(host.pipeline, GST_STATE_NULL);
  return host.exit_code;
}
