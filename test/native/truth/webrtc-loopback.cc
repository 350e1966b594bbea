// Two webrtcbins that talk to each other inside one process: a host with pads that appear late and in many threads.
//
//   webrtc_loopback BUFFERS   ends with 0 once so many buffers came out at the other side, with 1 after a minute
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>

#include <atomic>
#include <cstdlib>

namespace {

GMainLoop *loop;
GstElement *sender, *receiver;
std::atomic<int> wanted;

// Descriptions are passed on as they are: no header of the WebRTC library is needed.
gpointer description(GstPromise *promise, const char *name) {
  const GValue *value = gst_structure_get_value(gst_promise_get_reply(promise), name);
  return value ? g_value_dup_boxed(value) : nullptr;
}

// Done in the order asked for, in a thread of the bin's own, which may be the one we are in: nobody waits.
void set(GstElement *bin, const char *signal, gpointer what) {
  GstPromise *promise = gst_promise_new();
  g_signal_emit_by_name(bin, signal, what, promise);
  gst_promise_interrupt(promise);
  gst_promise_unref(promise);
}

void exchange(GstPromise *promise, const char *name, GstElement *from, GstElement *to) {
  gpointer what = description(promise, name);
  gst_promise_unref(promise);
  if (!what) return g_main_loop_quit(loop);
  set(from, "set-local-description", what);
  set(to, "set-remote-description", what);
  g_boxed_free(g_type_from_name("GstWebRTCSessionDescription"), what);
}

void answered(GstPromise *promise, gpointer) { exchange(promise, "answer", receiver, sender); }

void offered(GstPromise *promise, gpointer) {
  exchange(promise, "offer", sender, receiver);
  g_signal_emit_by_name(receiver, "create-answer", nullptr,
                        gst_promise_new_with_change_func(answered, nullptr, nullptr));
}

void negotiate(GstElement *bin, gpointer) {
  g_signal_emit_by_name(bin, "create-offer", nullptr, gst_promise_new_with_change_func(offered, nullptr, nullptr));
}

void pass_candidate(GstElement *, guint line, gchar *candidate, gpointer other) {
  g_signal_emit_by_name(other, "add-ice-candidate", line, candidate);
}

void arrived(GstElement *, GstBuffer *, GstPad *, gpointer) {
  if (--wanted == 0) g_main_loop_quit(loop);
}

void receive(GstElement *bin, GstPad *pad, gpointer) {
  if (GST_PAD_IS_SINK(pad)) return;
  GstElement *out = gst_parse_bin_from_description(
      "rtpopusdepay ! queue ! fakesink name=out async=false sync=false signal-handoffs=true", TRUE, nullptr);
  GstElement *sink = gst_bin_get_by_name(GST_BIN(out), "out");
  g_signal_connect(sink, "handoff", G_CALLBACK(arrived), nullptr);
  gst_object_unref(sink);
  gst_bin_add(GST_BIN(GST_OBJECT_PARENT(bin)), out);
  gst_element_sync_state_with_parent(out);
  GstPad *in = gst_element_get_static_pad(out, "sink");
  gst_pad_link(pad, in);
  gst_object_unref(in);
}

gboolean too_late(gpointer) {
  g_main_loop_quit(loop);
  return G_SOURCE_REMOVE;
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  wanted = argc > 1 ? atoi(argv[1]) : 50;
  loop = g_main_loop_new(nullptr, FALSE);
  GstElement *pipeline = gst_parse_launch(
      "webrtcbin name=sender bundle-policy=max-bundle webrtcbin name=receiver bundle-policy=max-bundle "
      "audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! "
      "application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! sender.",
      nullptr);
  sender = gst_bin_get_by_name(GST_BIN(pipeline), "sender");
  receiver = gst_bin_get_by_name(GST_BIN(pipeline), "receiver");
  if (!sender || !receiver) return 2;
  g_signal_connect(sender, "on-negotiation-needed", G_CALLBACK(negotiate), nullptr);
  g_signal_connect(sender, "on-ice-candidate", G_CALLBACK(pass_candidate), receiver);
  g_signal_connect(receiver, "on-ice-candidate", G_CALLBACK(pass_candidate), sender);
  g_signal_connect(receiver, "pad-added", G_CALLBACK(receive), nullptr);
  g_timeout_add_seconds(60, too_late, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_main_loop_run(loop);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sender);
  gst_object_unref(receiver);
  gst_object_unref(pipeline);
  return wanted <= 0 ? 0 : 1;
}
