// What do elements do to their pad functions behind our back, and does their data still flow as without us?
// SPDX-License-Identifier: MPL-2.0
#include <array>

#include "pipeline.h"

namespace pyro::test {
namespace {

bool is_wrapped(GstPad *pad, GstPadChainFunction own) { return GST_PAD_CHAINFUNC(pad) != own; }

TEST(LateFunctions, AFunctionSetAfterThePadWasAddedIsTimedFromTheLinkOn) {
  Pipeline pipeline("late", "");
  GstElement *box = new_box("box"), *sink = gst_element_factory_make("fakesink", "s");
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  GstPad *in = box_pad(box, "sink", GST_PAD_SINK);
  box_pad(box, "src", GST_PAD_SRC);
  gst_pad_set_chain_function(in, pass_on);
  gst_bin_add_many(GST_BIN(pipeline.get()), box, sink, nullptr);
  ASSERT_TRUE(gst_element_link(box, sink));
  pipeline.play();
  Truth truth(box, "sink");
  Feed(in).push(2000);
  EXPECT_EQ(truth.buffers(), 2000u);
  EXPECT_EQ(hop("late/box:sink").buffers, 2000u);
  EXPECT_EQ(hop("late/s:sink").buffers, 2000u);
}

// As a52dec, dtsdec and dvdlpcmdec do: the subclass saves what it finds, puts its own in front, and calls the saved one
// for each part of the buffer.
GstPadChainFunction saved_base;
int base_calls;
GstFlowReturn base_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  base_calls++;
  return pass_on(pad, parent, buffer);
}
GstFlowReturn halves(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  const gsize half = gst_buffer_get_size(buffer) / 2;
  GstBuffer *first = gst_buffer_copy_region(buffer, GST_BUFFER_COPY_ALL, 0, half);
  GstBuffer *second = gst_buffer_copy_region(buffer, GST_BUFFER_COPY_ALL, half, -1);
  gst_buffer_unref(buffer);
  const GstFlowReturn flow = saved_base(pad, parent, first);
  return flow == GST_FLOW_OK ? saved_base(pad, parent, second) : flow;
}

TEST(LateFunctions, ASubclassThatSavesOurWrapperAndReplacesItGetsWhatItSaved) {
  base_calls = 0;
  Pipeline pipeline("a52", "");
  GstElement *box = new_box("box"), *sink = gst_element_factory_make("fakesink", "s");
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  GstPad *in = box_pad(box, "sink", GST_PAD_SINK, base_chain);
  ASSERT_TRUE(is_wrapped(in, base_chain));
  saved_base = GST_PAD_CHAINFUNC(in);  // ours
  gst_pad_set_chain_function(in, halves);
  box_pad(box, "src", GST_PAD_SRC);
  gst_bin_add_many(GST_BIN(pipeline.get()), box, sink, nullptr);
  ASSERT_TRUE(gst_element_link(box, sink));
  pipeline.play();
  Feed feed(in);  // the link wraps it again, one level up
  ASSERT_TRUE(is_wrapped(in, halves));
  EXPECT_EQ(feed.push(400, 20), GST_FLOW_OK);
  EXPECT_EQ(base_calls, 800);
  const Hop box_hop = hop("a52/box:sink");
  EXPECT_EQ(box_hop.buffers, 400u);
  EXPECT_EQ(box_hop.bytes, 400u * 20);
  EXPECT_EQ(box_hop.nested, 800u);
  EXPECT_EQ(hop("a52/s:sink").buffers, 800u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

// As ac3parse and dcaparse do: set the saved function back at every caps event, while streaming.
TEST(LateFunctions, TheSavedFunctionSetBackWhileStreamingStaysTimed) {
  base_calls = 0;
  BoxAndSink parse("ac3", base_chain);
  saved_base = GST_PAD_CHAINFUNC(parse.in);
  Feed feed(parse.in);
  for (int i = 0; i < 50; i++) {
    gst_pad_set_chain_function(parse.in, i % 2 ? saved_base : halves);
    feed.relink(parse.in);  // linked again: looked at again
    EXPECT_EQ(feed.push(10, 20), GST_FLOW_OK);
  }
  EXPECT_EQ(base_calls, 25 * 10 * 2 + 25 * 10);
  EXPECT_EQ(hop("ac3/box:sink").buffers, 500u);
  EXPECT_EQ(hop("ac3/s:sink").buffers, 750u);
  EXPECT_EQ(counter(wire::kWrapLevelsFull), 0u) << "two functions need two levels, however often they change";
}

template <int i>
GstFlowReturn numbered(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  base_calls += i >= 0;
  return pass_on(pad, parent, buffer);
}
template <int... i>
std::array<GstPadChainFunction, sizeof...(i)> all_numbered(std::integer_sequence<int, i...>) {
  return {numbered<i>...};
}

TEST(LateFunctions, AFunctionOfItsOwnForEveryBufferUsesUpTheLevelsAndStillGetsItsData) {
  const auto functions = all_numbered(std::make_integer_sequence<int, 20>());
  base_calls = 0;
  BoxAndSink closures("closures");
  Feed feed(closures.in);
  Truth truth(closures.sink, "sink");
  for (const GstPadChainFunction function : functions) {
    gst_pad_set_chain_function(closures.in, function);
    feed.relink(closures.in);
    EXPECT_EQ(feed.push(1), GST_FLOW_OK);
  }
  EXPECT_EQ(base_calls, 20);
  EXPECT_EQ(truth.buffers(), 20u);
  EXPECT_EQ(hop("closures/s:sink").buffers, 20u);
  EXPECT_EQ(hop("closures/box:sink").buffers, 7u) << "pass_on took the first level; the others were left alone";
  EXPECT_EQ(counter(wire::kWrapLevelsFull), 13u) << "and each is counted, once";
}

TEST(LateFunctions, TheSafetyNetFindsAFunctionThatNoSignalTellsOf) {
  BoxAndSink net("net");
  Feed feed(net.in);
  feed.push(5);
  gst_pad_set_chain_function(net.in, base_chain);
  ASSERT_FALSE(is_wrapped(net.in, base_chain));
  ASSERT_TRUE(eventually([&] { return is_wrapped(net.in, base_chain); })) << "a look a second";
  feed.push(5);
  EXPECT_EQ(hop("net/box:sink").buffers, 10u);
}

TEST(LateFunctions, AFunctionTakenAwayStaysAway) {
  BoxAndSink none("none");
  Feed feed(none.in);
  feed.push(1);
  gst_pad_set_chain_function(none.in, nullptr);
  feed.relink(none.in);
  EXPECT_EQ(GST_PAD_CHAINFUNC(none.in), nullptr);
}

TEST(LateFunctions, OurWrapperCopiedToAnotherPadIsAnErrorAndNoCrash) {
  BoxAndSink from("from"), to("to");
  Feed feed(to.in);
  GstPad *other = box_pad(to.box, "other", GST_PAD_SINK);
  gst_pad_set_active(other, TRUE);
  gst_pad_set_chain_function(other, GST_PAD_CHAINFUNC(from.in));
  Feed stray(other);
  EXPECT_EQ(feed.push(1), GST_FLOW_OK);
  EXPECT_EQ(stray.push(1), GST_FLOW_ERROR);
  EXPECT_EQ(feed.push(1), GST_FLOW_OK);
  EXPECT_EQ(counter(wire::kWrapOrphan), 1u);
}

TEST(LateFunctions, OtherThreadsMaySetFunctionsWhileBuffersFlow) {
  // GStreamer reads a function without a lock, so each of these may see either; none may see anything else.
  BoxAndSink race("race", base_chain);
  base_calls = 0;
  Feed feed(race.in);
  std::atomic<bool> stop{false};
  GThread *setter = g_thread_new(
      "setter",
      [](gpointer data) -> gpointer {
        auto *all = static_cast<std::pair<GstPad *, std::atomic<bool> *> *>(data);
        while (!*all->second) {
          gst_pad_set_chain_function(all->first, base_chain);
          g_usleep(20);
          gst_pad_set_chain_function(all->first, numbered<0>);
          g_usleep(20);
        }
        return nullptr;
      },
      new std::pair(race.in, &stop));
  EXPECT_EQ(feed.push(200000), GST_FLOW_OK);
  stop = true;
  g_thread_join(setter);
  EXPECT_EQ(base_calls, 200000);
  EXPECT_EQ(hop("race/s:sink").buffers, 200000u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

}  // namespace
}  // namespace pyro::test
