// Are lists, pulled buffers and drivers counted for what they are?
// SPDX-License-Identifier: MPL-2.0
#include <cstdio>

#include "pipeline.h"

namespace pyro::test {
namespace {

// A list function of its own that takes the whole list.
GstFlowReturn take_list(GstPad *, GstObject *, GstBufferList *list) {
  gst_buffer_list_unref(list);
  return GST_FLOW_OK;
}

TEST(Lists, AListCountsByItsLengthAndIsOneCall) {
  BoxAndSink lists("lists");
  GstPad *in = box_pad(lists.box, "other", GST_PAD_SINK, pass_on);
  gst_pad_set_chain_list_function(in, take_list);
  gst_pad_set_active(in, TRUE);
  Feed feed(in);
  for (guint length = 1; length <= 10; length++) feed.push_list(length, 100);
  feed.push(3, 100);
  const Hop seen = hop("lists/box:other");
  EXPECT_EQ(seen.buffers, 58u);
  EXPECT_EQ(seen.bytes, 5800u);
  EXPECT_EQ(seen.invocations, 13u);
  EXPECT_EQ(seen.inclusive.count, 13u);
}

TEST(Lists, AListForAPadWithoutAListFunctionIsChainedOneByOneAndCountedOnce) {
  BoxAndSink lists("single");
  Feed feed(lists.in);
  Truth truth(lists.sink, "sink");  // a probe here would see each list, and then each buffer of it
  for (guint length = 1; length <= 10; length++) feed.push_list(length, 100);
  EXPECT_EQ(truth.buffers(), 55u);
  EXPECT_EQ(hop("single/box:sink").buffers, 55u);
  EXPECT_EQ(hop("single/box:sink").invocations, 55u);
  EXPECT_EQ(hop("single/box:sink").nested, 0u);
  EXPECT_EQ(hop("single/s:sink").buffers, 55u);
}

TEST(Lists, BaseSinkTakesListsWholeAndCountsBuffers) {
  Pipeline pipeline("base", "fakesink name=s async=false sync=false");
  pipeline.play();
  GstPad *in = gst_element_get_static_pad(pipeline.element("s"), "sink");
  Feed feed(in);
  Truth truth(pipeline.element("s"), "sink");
  for (int i = 0; i < 20; i++) feed.push_list(7, 10);
  EXPECT_EQ(truth.buffers(), 140u);
  EXPECT_EQ(hop("base/s:sink").buffers, 140u);
  EXPECT_EQ(hop("base/s:sink").bytes, 1400u);
  gst_object_unref(in);
}

// A file that wavparse pulls from.
class Wav {
 public:
  Wav() {
    Pipeline pipeline("writer",
                      "audiotestsrc num-buffers=100 samplesperbuffer=4410 ! wavenc ! filesink location=" + path_);
    pipeline.run();
  }
  ~Wav() { remove(path_.c_str()); }
  const std::string &path() const { return path_; }

 private:
  std::string path_ = std::string(BUILD_DIR "/tests/pulled-") + std::to_string(g_random_int()) + ".wav";
};

bool have(const char *factory) {
  GstElementFactory *found = gst_element_factory_find(factory);
  if (found) gst_object_unref(found);
  return found != nullptr;
}

TEST(Pull, WhatIsPulledCountsAtTheSourceThatGaveIt) {
  if (!have("wavparse") || !have("audiotestsrc")) GTEST_SKIP() << "needs the base and good plugins";
  const Wav wav;
  Pipeline pipeline("pull", "filesrc name=f location=" + wav.path() + " ! wavparse name=w ! fakesink name=s");
  Truth pulled(pipeline.element("f"), "src", true), pushed(pipeline.element("s"), "sink");
  pipeline.run();
  pipeline.stop();
  ASSERT_GT(pulled.buffers(), 10u);
  const Hop source = hop("pull/f:src");
  EXPECT_EQ(source.kind, wire::kCellPull);
  EXPECT_EQ(source.buffers, pulled.buffers());
  EXPECT_EQ(source.bytes, pulled.bytes());
  EXPECT_GT(source.inclusive.sum_ns, 0u);
  EXPECT_EQ(hops_of("pull/f:src").at(0).peer, "pull/w:sink");
  EXPECT_EQ(hop("pull/s:sink").buffers, pushed.buffers());
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

TEST(Pull, DecodebinFindsItsTypesThroughTheWrapper) {
  if (!have("wavparse") || !have("decodebin")) GTEST_SKIP() << "needs the base and good plugins";
  const Wav wav;
  Pipeline pipeline("decode",
                    "filesrc name=f location=" + wav.path() + " ! decodebin ! audioconvert name=c ! fakesink name=s");
  Truth pushed(pipeline.element("s"), "sink"), converted(pipeline.element("c"), "sink");
  pipeline.run();
  pipeline.stop();
  EXPECT_EQ(pushed.bytes(), 100 * 4410 * 2u);
  EXPECT_EQ(hop("decode/s:sink").buffers, pushed.buffers());
  EXPECT_EQ(hop("decode/c:sink").buffers, converted.buffers());
  EXPECT_GE(hop("decode/f:src").bytes, 100 * 4410 * 2u);
  EXPECT_EQ(counter(wire::kWrapOrphan), 0u);
}

TEST(Flow, WhatTheFunctionReturnedIsCountedByItsName) {
  Pipeline pipeline("flow", "fakesrc num-buffers=100 ! identity name=i eos-after=30 ! fakesink name=s");
  pipeline.run();
  pipeline.stop();
  const Hop identity = hop("flow/i:sink");
  EXPECT_EQ(identity.flow[wire::kFlowOk] + identity.flow[wire::kFlowEos], identity.buffers);
  EXPECT_EQ(identity.flow[wire::kFlowEos], 1u);
}

}  // namespace
}  // namespace pyro::test
