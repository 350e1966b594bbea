// How does a pipeline become slow on request? It runs one as gst-launch does; lines on its standard input choose where
// and how.
//
//   burn NAME COST     each buffer costs that much CPU time in the identity element NAME; 0 ends it
//   sleep NAME COST    each buffer waits that long there
//   lock NAME COST     each buffer waits that long there for a mutex that another thread holds
//   gap NAME MS        the next buffer arrives there that much later, once
//   disk COST          the segments of hlssink2 are written so slowly; only with --slow-disk
//   set NAME PROPERTY VALUE   of any element
//   stamp NAME 1       each picture that leaves NAME carries the time of day from now on; 0: no longer
//   none               ends all of them, and gives properties their old values
//   quit               ends the stream; the end of the input does the same
// COST: milliseconds (60), or times of what the buffer lasts (1.5x); of the disk bytes per second, or times of what it
// takes in real time.
// SPDX-License-Identifier: MPL-2.0
#include <glib-unix.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "place.h"
#include "slow-disk.h"

#define MAX_FAULT_MS 60000
#define MAX_FACTOR 100
#define END_SECONDS 2

typedef struct {
  GstElement* pipeline;
  GMainLoop* loop;
  GHashTable* places;   /* name of an identity element → Place */
  GHashTable* original; /* "element property" → the value's text before the fault */
  gboolean has_disk;
  SlowDisk disk;
  int exit_code;
} Host;

static void add_place(const GValue* item, gpointer data) {
  Host* host = data;
  GstElement* element = g_value_get_object(item);
  if (host->has_disk && strcmp(G_OBJECT_TYPE_NAME(element), "GstHlsSink2") == 0) slow_disk_under(&host->disk, element);
  Place* place = place_at(element);
  if (place != NULL) g_hash_table_insert(host->places, gst_object_get_name(GST_OBJECT(element)), place);
}

/* FALSE: there is no such property, or it does not take that. */
static gboolean set_text(GstElement* element, const char* property, const char* text) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property);
  GValue value = G_VALUE_INIT;
  if (spec == NULL || (spec->flags & G_PARAM_WRITABLE) == 0) return FALSE;
  g_value_init(&value, spec->value_type);
  const gboolean read = gst_value_deserialize(&value, text);
  if (read) g_object_set_property(G_OBJECT(element), property, &value);
  g_value_unset(&value);
  return read;
}

static gchar* text_of(GstElement* element, const char* property) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property);
  if (spec == NULL || (spec->flags & G_PARAM_READABLE) == 0) return NULL;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  g_object_get_property(G_OBJECT(element), property, &value);
  gchar* text = gst_value_serialize(&value);
  g_value_unset(&value);
  return text;
}

static void set_property(Host* host, const char* name, const char* property, const char* text) {
  GstElement* element = gst_bin_get_by_name(GST_BIN(host->pipeline), name);
  if (element == NULL) {
    g_print("unknown: the pipeline has no element %s\n", name);
    return;
  }
  gchar* before = text_of(element, property);
  if (before != NULL && set_text(element, property, text)) {
    gchar* key = g_strdup_printf("%s %s", name, property);
    if (!g_hash_table_contains(host->original, key)) {
      g_hash_table_insert(host->original, key, before);
      key = before = NULL;
    }
    g_free(key);
    g_print("ok set %s %s %s\n", name, property, text);
  } else {
    g_print("error: %s of %s cannot be set to %s\n", property, name, text);
  }
  g_free(before);
  gst_object_unref(element);
}

static void put_back(gpointer key, gpointer text, gpointer data) {
  Host* host = data;
  gchar** words = g_strsplit(key, " ", 2);
  GstElement* element = gst_bin_get_by_name(GST_BIN(host->pipeline), words[0]);
  set_text(element, words[1], text);
  gst_object_unref(element);
  g_strfreev(words);
}

static void no_faults(Host* host) {
  GHashTableIter places;
  gpointer place;
  g_hash_table_iter_init(&places, host->places);
  while (g_hash_table_iter_next(&places, NULL, &place)) place_clear(place);
  g_hash_table_foreach(host->original, put_back, host);
  g_hash_table_remove_all(host->original);
  if (host->has_disk) slow_disk_set(&host->disk, 0);
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

/* "60" → milliseconds, "1.5x" → thousandths of a buffer's duration. */
static gboolean read_cost(const char* text, gint most, gint* plain, gint* permille) {
  gchar* rest = NULL;
  const gdouble value = g_ascii_strtod(text, &rest);
  const gboolean is_factor = strcmp(rest, "x") == 0;
  if (rest == text || (!is_factor && *rest != '\0')) return FALSE;
  if (!(value >= 0 && value <= (is_factor ? MAX_FACTOR : most))) return FALSE;
  *plain = is_factor ? 0 : (gint)value;
  *permille = is_factor ? (gint)(value * 1000) : 0;
  return TRUE;
}

static void set_disk(Host* host, const char* text) {
  gint rate = 0, permille = 0;
  if (!host->has_disk) {
    g_print("unknown: this pipeline's disk cannot be made slow\n");
  } else if (!read_cost(text, G_MAXINT / 2, &rate, &permille)) {
    g_print("error: disk takes bytes per second, or 1.5x: %s\n", text);
  } else if (permille > 0 && !slow_disk_set_factor(&host->disk, permille)) {
    g_print("error: what the disk takes in real time is known after ten seconds without a fault\n");
  } else {
    if (permille == 0) slow_disk_set(&host->disk, rate);
    g_print("ok disk %s\n", text);
  }
}

static void set_place(Host* host, const char* kind, const char* name, const char* text) {
  Place* place = g_hash_table_lookup(host->places, name);
  gint ms = 0, permille = 0;
  if (!read_cost(text, MAX_FAULT_MS, &ms, &permille)) {
    g_print("error: a cost is 0 to %d milliseconds, or 1.5x: %s\n", MAX_FAULT_MS, text);
    return;
  }
  if (place == NULL) {
    gchar* names = place_names(host);
    g_print("unknown: the pipeline has no place %s for a fault; there are %s\n", name, names);
    g_free(names);
    return;
  }
  if (strcmp(kind, "stamp") == 0) {
    place_stamp(place, ms != 0);
    g_print("ok %s %s %s\n", kind, name, text);
    return;
  }
  Cost* cost = place_cost(place, kind);
  if (cost != NULL) {
    place_set(cost, ms, permille);
  } else if (strcmp(kind, "gap") == 0) {
    g_atomic_int_set(&place->gap_ms, ms);
  } else {
    g_print("error: there is no fault %s; write burn, sleep, lock, gap or stamp\n", kind);
    return;
  }
  g_print("ok %s %s %s\n", kind, name, text);
}

/* Each line is answered by one, so that the lab can wait for it. */
static void obey(Host* host, const char* line) {
  gchar** words = g_strsplit(line, " ", 0);
  const guint count = g_strv_length(words);
  if (count == 1 && strcmp(words[0], "none") == 0) {
    no_faults(host);
    g_print("ok none\n");
  } else if (count == 2 && strcmp(words[0], "disk") == 0) {
    set_disk(host, words[1]);
  } else if (count == 4 && strcmp(words[0], "set") == 0) {
    set_property(host, words[1], words[2], words[3]);
  } else if (count == 3) {
    set_place(host, words[0], words[1], words[2]);
  } else {
    g_print("error: cannot read this line; write burn, sleep, lock, gap or stamp, a name and a cost: %s\n", line);
  }
  g_strfreev(words);
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
  const gboolean has_disk = argc == 3 && strcmp(argv[1], "--slow-disk") == 0;
  if (argc != 2 && !has_disk) {
    g_printerr("usage: %s [--slow-disk] 'PIPELINE, as gst-launch-1.0 takes it'\n", argv[0]);
    return 2;
  }
  GError* error = NULL;
  Host host = {.loop = g_main_loop_new(NULL, FALSE), .has_disk = has_disk};
  host.pipeline = gst_parse_launch(argv[argc - 1], &error);
  if (host.pipeline == NULL || error != NULL || !GST_IS_BIN(host.pipeline)) {
    g_printerr("error: %s\n", error != NULL ? error->message : "this is no pipeline");
    return 1;
  }
  host.places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  host.original = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  watch(&host);
  if (gst_element_set_state(host.pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) host.exit_code = 1;
  if (host.exit_code == 0) g_main_loop_run(host.loop);
  gst_element_set_state(host.pipeline, GST_STATE_NULL);
  return host.exit_code;
}
