// Do elements of the distribution that play with their pad functions give the same data as without us?
// SPDX-License-Identifier: MPL-2.0
#include <cstring>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

bool have(std::initializer_list<const char *> factories) {
  for (const char *factory : factories) {
    GstElementFactory *found = gst_element_factory_find(factory);
    if (!found) return false;
    gst_object_unref(found);
  }
  return true;
}

void keep(GstElement *, GstBuffer *buffer, GstPad *, gpointer all) {
  static_cast<std::vector<GstBuffer *> *>(all)->push_back(gst_buffer_ref(buffer));
}

// AC-3 frames as an encoder makes them.
std::vector<GstBuffer *> ac3_frames(int input_buffers) {
  std::vector<GstBuffer *> frames;
  Pipeline pipeline(
      "encoder",
      "audiotestsrc num-buffers=" + std::to_string(input_buffers) +
          " ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! avenc_ac3 ! fakesink name=s signal-handoffs=true");
  g_signal_connect(pipeline.element("s"), "handoff", G_CALLBACK(keep), &frames);
  pipeline.run();
  return frames;
}

TEST(RealElements, A52decThatReplacesItsBaseClassFunctionDecodesEveryFrame) {
  if (!have({"a52dec", "avenc_ac3", "audiotestsrc"})) GTEST_SKIP() << "needs the ugly plugins and libav";
  Pipeline pipeline(
      "a52",
      "audiotestsrc num-buffers=300 ! audioconvert ! avenc_ac3 ! a52dec name=d ! audioconvert ! fakesink name=s");
  Truth in(pipeline.element("d"), "sink"), out(pipeline.element("d"), "src");
  pipeline.run();
  pipeline.stop();
  EXPECT_GT(in.buffers(), 150u);
  EXPECT_GE(out.buffers(), in.buffers() - 1);
  const Hop decoder = hop("a52/d:sink");
  EXPECT_EQ(decoder.buffers, in.buffers());
  EXPECT_EQ(decoder.flow[wire::kFlowOk], in.buffers());
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapLevelsFull), 0u);
}

TEST(RealElements, Ac3parseThatSwitchesItsFunctionAtEveryCapsFindsEveryFrame) {
  if (!have({"ac3parse", "avenc_ac3", "audiotestsrc"})) GTEST_SKIP() << "needs the good plugins and libav";
  const std::vector<GstBuffer *> frames = ac3_frames(200);
  ASSERT_GT(frames.size(), 100u);
  Pipeline pipeline("ac3", "ac3parse name=p ! fakesink name=s sync=false async=false");
  GstElement *parse = pipeline.element("p");
  Truth out(pipeline.element("s"), "sink");
  pipeline.play();
  GstPad *in = gst_element_get_static_pad(parse, "sink");
  GstPad *feed = gst_pad_new("feed", GST_PAD_SRC);
  gst_pad_set_active(feed, TRUE);
  ASSERT_EQ(gst_pad_link(feed, in), GST_PAD_LINK_OK);
  gst_pad_push_event(feed, gst_event_new_stream_start("ac3"));
  size_t pushed = 0;
  for (GstBuffer *frame : frames) {
    if (pushed % 20 == 0) {  // caps again: the element sets its function again, while streaming
      GstCaps *caps = gst_caps_new_empty_simple("audio/x-private1-ac3");
      gst_caps_set_simple(caps, "round", G_TYPE_INT, static_cast<int>(pushed), nullptr);
      gst_pad_push_event(feed, gst_event_new_caps(caps));
      gst_caps_unref(caps);
    }
    if (pushed == 0) {
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      gst_pad_push_event(feed, gst_event_new_segment(&segment));
    }
    // The two bytes that DVDs put in front: where the first frame begins.
    GstBuffer *packet = gst_buffer_append(gst_buffer_new_memdup("\0\1", 2), frame);
    ASSERT_EQ(gst_pad_push(feed, packet), GST_FLOW_OK) << pushed;
    pushed++;
  }
  gst_pad_push_event(feed, gst_event_new_eos());
  EXPECT_EQ(out.buffers(), frames.size());
  EXPECT_EQ(hop("ac3/p:sink").buffers, frames.size());
  EXPECT_EQ(hop("ac3/s:sink").buffers, frames.size());
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapLevelsFull), 0u);
  gst_pad_unlink(feed, in);
  gst_object_unref(in);
  gst_object_unref(feed);
}

// As a DVD has it: two bytes that say where the first sample begins, the header, samples.
GstBuffer *lpcm_packet(guint samples) {
  const guint8 head[] = {0, 4, 0, 0x01, 0x80};
  GstBuffer *packet = buffer_of(sizeof head + samples * 4);
  gst_buffer_memset(packet, 0, 0, -1);
  gst_buffer_fill(packet, 0, head, sizeof head);
  return packet;
}

TEST(RealElements, DvdlpcmdecThatCallsTheSavedFunctionForEachPartDecodesThem) {
  if (!have({"dvdlpcmdec"})) GTEST_SKIP() << "needs the ugly plugins";
  Pipeline pipeline("lpcm", "dvdlpcmdec name=d ! fakesink name=s sync=false async=false");
  GstElement *decoder = pipeline.element("d");
  Truth in(decoder, "sink"), out(pipeline.element("s"), "sink");
  pipeline.play();
  GstPad *sink = gst_element_get_static_pad(decoder, "sink");
  {
    Feed feed(sink);
    GstCaps *caps = gst_caps_new_empty_simple("audio/x-private1-lpcm");
    feed.event(gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    feed.event(gst_event_new_segment(&segment));
    for (int i = 0; i < 100; i++) EXPECT_EQ(feed.push_one(lpcm_packet(240)), GST_FLOW_OK) << i;
  }
  EXPECT_EQ(in.buffers(), 100u);
  EXPECT_EQ(hop("lpcm/d:sink").buffers, 100u);
  EXPECT_GT(hop("lpcm/d:sink").nested, 0u) << "it saves its base class's function and calls it";
  EXPECT_GT(out.buffers(), 0u);
  EXPECT_EQ(hop("lpcm/s:sink").buffers, out.buffers());
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapLevelsFull) + counter(wire::kWrapLoop), 0u);
  gst_object_unref(sink);
}

TEST(RealElements, NetsimThatSetsItsFunctionLateIsCounted) {
  if (!have({"netsim"})) GTEST_SKIP() << "needs the bad plugins";
  Pipeline pipeline("netsim", "fakesrc num-buffers=500 ! netsim name=n ! fakesink name=s");
  Truth in(pipeline.element("n"), "sink"), out(pipeline.element("s"), "sink");
  pipeline.run();
  pipeline.stop();
  EXPECT_EQ(in.buffers(), 500u);
  EXPECT_EQ(hop("netsim/n:sink").buffers, in.buffers());
  EXPECT_EQ(hop("netsim/s:sink").buffers, out.buffers());
}

}  // namespace
}  // namespace pyro::test
