// Pipelines, probes and boxes.
// SPDX-License-Identifier: MPL-2.0
#include "pipeline.h"

#include <chrono>
#include <thread>

typedef struct {
  GstElement parent;
} TestBox;
typedef struct {
  GstElementClass parent;
} TestBoxClass;
G_DEFINE_TYPE(TestBox, test_box, GST_TYPE_ELEMENT)
static void test_box_init(TestBox *) {}
static void test_box_class_init(TestBoxClass *klass) {
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "box", "Test", "an element without behaviour",
                                        "gst-pyroscope");
}

namespace pyro::test {

Pipeline::Pipeline(const std::string &name, const std::string &description) {
  GError *error = nullptr;
  pipeline_ = description.empty() ? gst_pipeline_new(nullptr) : gst_parse_launch(description.c_str(), &error);
  if (error) {
    ADD_FAILURE() << description << ": " << error->message;
    g_error_free(error);
  }
  if (!GST_IS_PIPELINE(pipeline_)) {  // a description of one element is that element
    GstElement *only = pipeline_;
    pipeline_ = gst_pipeline_new(nullptr);
    gst_bin_add(GST_BIN(pipeline_), only);
  }
  gst_object_set_name(GST_OBJECT(pipeline_), name.c_str());
}

Pipeline::~Pipeline() {
  stop();
  gst_object_unref(pipeline_);
}

GstElement *Pipeline::element(const char *name) const {
  GstElement *found = gst_bin_get_by_name(GST_BIN(pipeline_), name);
  if (found)
    gst_object_unref(found);
  else
    ADD_FAILURE() << "no element " << name;
  return found;
}

void Pipeline::play() { EXPECT_NE(gst_element_set_state(pipeline_, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE); }

void Pipeline::wait_eos(int seconds) {
  GstBus *bus = gst_element_get_bus(pipeline_);
  const auto types = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  GstMessage *message = gst_bus_timed_pop_filtered(bus, static_cast<GstClockTime>(seconds) * GST_SECOND, types);
  if (!message) {
    ADD_FAILURE() << "no EOS after " << seconds << " s";
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError *error = nullptr;
    gchar *detail = nullptr;
    gst_message_parse_error(message, &error, &detail);
    ADD_FAILURE() << error->message << " " << (detail ? detail : "");
    g_error_free(error);
    g_free(detail);
  }
  if (message) gst_message_unref(message);
  gst_object_unref(bus);
}

void Pipeline::stop() { gst_element_set_state(pipeline_, GST_STATE_NULL); }

Truth::Truth(GstElement *element, const char *pad, bool pulled) : pad_(gst_element_get_static_pad(element, pad)) {
  const int type = GST_PAD_PROBE_TYPE_BUFFER |
                   (pulled ? GST_PAD_PROBE_TYPE_PULL : GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_PUSH);
  probe_ = gst_pad_add_probe(pad_, static_cast<GstPadProbeType>(type), count, this, nullptr);
}

Truth::~Truth() {
  gst_pad_remove_probe(pad_, probe_);
  gst_object_unref(pad_);
}

GstPadProbeReturn Truth::count(GstPad *, GstPadProbeInfo *info, gpointer self) {
  Truth *truth = static_cast<Truth *>(self);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    truth->buffers_ += gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
    truth->bytes_ += gst_buffer_list_calculate_size(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
  } else if (GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info)) {  // a pull has none before it is answered
    truth->buffers_++;
    truth->bytes_ += gst_buffer_get_size(buffer);
  }
  return GST_PAD_PROBE_OK;
}

GstElement *new_box(const char *name) { return GST_ELEMENT(g_object_new(test_box_get_type(), "name", name, nullptr)); }

GstPad *box_pad(GstElement *box, const char *name, GstPadDirection direction, GstPadChainFunction chain) {
  GstPad *pad = gst_pad_new(name, direction);
  if (chain) gst_pad_set_chain_function(pad, chain);
  gst_element_add_pad(box, pad);
  return pad;
}

GstFlowReturn pass_on(GstPad *, GstObject *parent, GstBuffer *buffer) {
  GstPad *src = gst_element_get_static_pad(GST_ELEMENT(parent), "src");
  const GstFlowReturn flow = gst_pad_push(src, buffer);
  gst_object_unref(src);
  return flow;
}

static void send_preamble(GstPad *pad, gboolean (*send)(GstPad *, GstEvent *)) {
  send(pad, gst_event_new_stream_start("test"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  send(pad, gst_event_new_segment(&segment));
}
void push_preamble(GstPad *src) { send_preamble(src, gst_pad_push_event); }
void push_preamble_into(GstPad *sink) { send_preamble(sink, gst_pad_send_event); }

GstBuffer *buffer_of(gsize bytes) { return gst_buffer_new_allocate(nullptr, bytes, nullptr); }

Feed::Feed(GstPad *into) {
  gst_pad_set_active(pad_, TRUE);
  relink(into);
  push_preamble(pad_);
}

Feed::~Feed() {
  gst_pad_unlink(pad_, into_);
  gst_object_unref(into_);
  gst_object_unref(pad_);
}

void Feed::relink(GstPad *into) {
  if (into_) {
    gst_pad_unlink(pad_, into_);
    gst_object_unref(into_);
  }
  into_ = GST_PAD(gst_object_ref(into));
  EXPECT_EQ(gst_pad_link(pad_, into), GST_PAD_LINK_OK);
}

GstFlowReturn Feed::push(int buffers, gsize bytes) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int i = 0; i < buffers; i++) flow = gst_pad_push(pad_, buffer_of(bytes));
  return flow;
}

GstFlowReturn Feed::push_list(guint length, gsize bytes) {
  GstBufferList *list = gst_buffer_list_new();
  for (guint i = 0; i < length; i++) gst_buffer_list_add(list, buffer_of(bytes));
  return gst_pad_push_list(pad_, list);
}

BoxAndSink::BoxAndSink(const std::string &name, GstPadChainFunction chain)
    : pipeline(name, ""),
      box(new_box("box")),
      sink(gst_element_factory_make("fakesink", "s")),
      in(box_pad(box, "sink", GST_PAD_SINK, chain)) {
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  box_pad(box, "src", GST_PAD_SRC);
  gst_bin_add_many(GST_BIN(pipeline.get()), box, sink, nullptr);
  EXPECT_TRUE(gst_element_link(box, sink));
  pipeline.play();
}

bool with_hooks() {
  const gchar *tracers = g_getenv("GST_TRACERS");
  return tracers && g_strstr_len(tracers, -1, "timing=hooks");
}

int thread_count() {
  int threads = 0;
  GDir *tasks = g_dir_open("/proc/self/task", 0, nullptr);
  while (g_dir_read_name(tasks)) threads++;
  g_dir_close(tasks);
  return threads;
}

bool eventually(const std::function<bool()> &condition, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace pyro::test
