// gst-launch in turns: runs a pipeline for as many buffers as it is told, says what CPU they cost, and waits for the
// next number. Several of these, each with another tracer, take turns of some milliseconds, so that a noisy host
// slows all of them alike.
// SPDX-License-Identifier: MPL-2.0
//   paced-launch PIPELINE…      reads buffers a line, writes nanoseconds of CPU of the whole process a line
#include <gst/gst.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <string>

namespace {

struct Turn {
  unsigned long left = 0;
  int64_t begin = 0;
};

int64_t cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void next(Turn &turn) {
  if (scanf("%lu", &turn.left) != 1) _exit(0);
  turn.begin = cpu_ns();
}

// In the thread of the source, before the buffer moves on; a pipeline without queues has then done all work of the
// buffers before.
GstPadProbeReturn pace(GstPad *, GstPadProbeInfo *, gpointer data) {
  auto &turn = *static_cast<Turn *>(data);
  if (turn.left == 0) {
    const int64_t end = cpu_ns();
    if (turn.begin != 0) {
      printf("%lld\n", static_cast<long long>(end - turn.begin));
      fflush(stdout);
    }
    next(turn);
  }
  turn.left--;
  return GST_PAD_PROBE_OK;
}

// The element without a sink pad.
void pace_source(GstBin *pipeline, Turn &turn) {
  GstIterator *sources = gst_bin_iterate_sources(pipeline);
  GValue value = G_VALUE_INIT;
  if (gst_iterator_next(sources, &value) == GST_ITERATOR_OK) {
    GstPad *pad = gst_element_get_static_pad(GST_ELEMENT(g_value_get_object(&value)), "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, pace, &turn, nullptr);
    gst_object_unref(pad);
  }
  g_value_unset(&value);
  gst_iterator_free(sources);
}

}  // namespace

int main(int count, char **words) {
  gst_init(&count, &words);
  std::string text;
  for (int i = 1; i < count; i++) text += std::string(words[i]) + " ";
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch(text.c_str(), &error);
  if (error != nullptr || !GST_IS_BIN(pipeline))
    return fprintf(stderr, "%s\n", error ? error->message : text.c_str()), 1;
  Turn turn;
  pace_source(GST_BIN(pipeline), turn);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE,
                             static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
  return 1;
}
