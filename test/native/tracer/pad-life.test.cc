// Do pads, links and whole elements come and go without a buffer lost, counted twice or booked on another?
// SPDX-License-Identifier: MPL-2.0
#include <map>
#include <thread>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

// Buffers at a pad ("i:sink") of all pipelines of that name: one may still be going when the next of its name comes,
// and that is the second then.
uint64_t at(const std::string &pipeline, const std::string &pad) {
  uint64_t sum = 0;
  for (const Hop &one : hops_below(pipeline))
    if (one.pad == pipeline + "/" + pad ||
        (one.pad[pipeline.size()] == '#' && one.pad.substr(one.pad.find('/') + 1) == pad))
      sum += one.buffers;
  return sum;
}

TEST(PadLife, ARelinkedPadHasACellForEachPeer) {
  BoxAndSink relinked("relinked");
  Feed one(relinked.in);
  one.push(30);
  gst_pad_unlink(GST_PAD_PEER(relinked.in), relinked.in);
  Pipeline other("other", "");
  GstElement *source = new_box("source");
  GstPad *out = box_pad(source, "out", GST_PAD_SRC);
  gst_bin_add(GST_BIN(other.get()), source);
  gst_pad_set_active(out, TRUE);
  ASSERT_EQ(gst_pad_link_full(out, relinked.in, GST_PAD_LINK_CHECK_NOTHING), GST_PAD_LINK_OK);
  push_preamble(out);
  for (int i = 0; i < 12; i++) gst_pad_push(out, buffer_of(1));
  gst_pad_unlink(out, relinked.in);
  one.relink(relinked.in);
  one.push(5);
  std::map<std::string, uint64_t> by_peer;
  for (const Hop &cell : hops_of("relinked/box:sink")) by_peer[cell.peer] += cell.buffers;
  EXPECT_EQ(by_peer, (std::map<std::string, uint64_t>{{"feed", 35}, {"other/source:out", 12}}));
}

TEST(PadLife, ABranchTakenOutAndPutInHundredsOfTimesLosesNoBuffer) {
  // Request pads come and go while buffers flow; a new tee branch each time.
  Pipeline pipeline("branches", "tee name=t allow-not-linked=true");
  GstElement *tee = pipeline.element("t");
  pipeline.play();
  GstPad *in = gst_element_get_static_pad(tee, "sink");
  Feed feed(in);
  uint64_t arrived = 0;
  for (int i = 0; i < 300; i++) {
    GstElement *sink = gst_element_factory_make("fakesink", "s");
    g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
    gst_bin_add(GST_BIN(pipeline.get()), sink);
    GstPad *branch = gst_element_request_pad_simple(tee, "src_%u");
    GstPad *end = gst_element_get_static_pad(sink, "sink");
    ASSERT_EQ(gst_pad_link(branch, end), GST_PAD_LINK_OK);
    gst_element_sync_state_with_parent(sink);
    {
      Truth truth(sink, "sink");
      feed.push(3);
      arrived += truth.buffers();
    }
    gst_pad_unlink(branch, end);
    gst_element_release_request_pad(tee, branch);
    gst_object_unref(branch);
    gst_object_unref(end);
    gst_element_set_state(sink, GST_STATE_NULL);
    gst_bin_remove(GST_BIN(pipeline.get()), sink);
  }
  EXPECT_EQ(arrived, 900u);
  EXPECT_EQ(hop("branches/t:sink").buffers, 900u);
  EXPECT_EQ(hop("branches/s:sink").buffers, 900u);
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapOrphan) + counter(wire::kCellsFull), 0u);
  gst_object_unref(in);
}

TEST(PadLife, PipelinesBuiltAgainAndAgainUseTheirCellsAgain) {
  for (int i = 0; i < 200; i++) {
    Pipeline pipeline("again", "fakesrc name=src num-buffers=5 ! identity name=i ! fakesink name=s");
    pipeline.run();
  }
  EXPECT_EQ(at("again", "i:sink"), 1000u);
  EXPECT_EQ(at("again", "s:sink"), 1000u);
  // A thread of GStreamer's pool may hold its pad a moment longer than the pipeline lives.
  EXPECT_LE(hops_of("again/i:sink").size(), 3u);
  EXPECT_LE(hops().size(), 10u);
  EXPECT_EQ(counter(wire::kCellsFull) + counter(wire::kDirectoryFull), 0u);
}

TEST(PadLife, PipelinesAndElementsThatGStreamerNumbersUseCellsAgainWithoutAReader) {
  for (int i = 0; i < 400; i++) {
    Pipeline pipeline("same", "fakesrc num-buffers=5 ! identity ! fakesink");
    pipeline.run();
  }
  uint64_t buffers = 0;
  for (const Hop &one : hops()) buffers += one.buffers;
  EXPECT_EQ(buffers, 400 * 2 * 5u);
  // Sixteen are told apart. A thread of GStreamer's pool may hold its pad a moment longer than the pipeline lives.
  EXPECT_LE(hops().size(), 2 * 16 + 20u);
  EXPECT_EQ(counter(wire::kCellsFull) + counter(wire::kSideCellsFull) + counter(wire::kDirectoryFull), 0u);
}

TEST(PadLife, MoreHopsThanCellsShareOneAndLoseNothing) {
  // Nobody reads, so what pipelines under names of their own had is theirs for ever.
  for (int i = 0; i < 400; i++) {
    Pipeline pipeline("own" + std::to_string(i), "fakesrc num-buffers=5 ! identity ! fakesink");
    pipeline.run();
  }
  uint64_t buffers = 0;
  for (const Hop &one : hops()) buffers += one.buffers;
  EXPECT_EQ(buffers, 400 * 2 * 5u);
  const auto own = static_cast<uint32_t>(hops().size()) - 1;
  // Each pipeline's source drives its thread, and from it a latency reaches to the sink.
  const uint32_t beside = wire::kCellCapacity - 1 - own;
  EXPECT_EQ(counter(wire::kCellsFull), 800u - own);
  EXPECT_GE(counter(wire::kSideCellsFull), 800u - beside) << "and one for each pad whose events were slow";
  EXPECT_LE(beside, wire::kCellCapacity / 2);
  EXPECT_GE(own, wire::kCellCapacity / 2 - 1) << "the last half is for hops";
  EXPECT_EQ(hop("(overflow)").buffers, counter(wire::kCellsFull) * 5);
}

TEST(PadLife, ASecondLivingPipelineOfOneNameIsTheSecond) {
  Pipeline first("twin", "fakesrc num-buffers=10 ! fakesink name=s"),
      second("twin", "fakesrc num-buffers=20 ! fakesink name=s");
  first.run();
  second.run();
  EXPECT_EQ(hop("twin/s:sink").buffers, 10u);
  EXPECT_EQ(hop("twin#2/s:sink").buffers, 20u);
}

void remove_myself(GstElement *identity, GstBuffer *, gpointer) {
  GstBin *bin = GST_BIN(gst_element_get_parent(identity));
  gst_element_set_locked_state(identity, TRUE);
  gst_bin_remove(bin, identity);  // the bin's reference was the last one but the pad's caller's
  gst_object_unref(bin);
}

TEST(PadLife, AnElementMayRemoveItselfFromInsideItsOwnFunction) {
  uint64_t buffers = 0;
  for (int i = 0; i < 100; i++) {
    const std::string name = "suicide" + std::to_string(i);  // the one before may be referred to for a moment yet
    Pipeline pipeline(name.c_str(), "identity name=i signal-handoffs=true ! fakesink name=s async=false sync=false");
    GstElement *identity = pipeline.element("i");
    GstPad *in = gst_element_get_static_pad(identity, "sink");
    pipeline.play();
    Feed feed(in);
    gst_object_unref(in);
    feed.push(2);
    gst_object_ref(identity);
    g_signal_connect(identity, "handoff", G_CALLBACK(remove_myself), nullptr);
    feed.push(1);
    gst_element_set_state(identity, GST_STATE_NULL);
    gst_object_unref(identity);
    buffers += hop(name + "/i:sink").buffers;
  }
  EXPECT_EQ(buffers, 300u);
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapOrphan), 0u);
}

// The last reference goes inside the chain function: pad, state and cell are gone when the wrapper returns.
GstFlowReturn free_all(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  gst_object_ref(parent);
  GstPad *peer = gst_pad_get_peer(pad);
  gst_pad_unlink(peer, pad);
  gst_object_unref(peer);
  gst_element_remove_pad(GST_ELEMENT(parent), pad);
  gst_object_unref(parent);
  return GST_FLOW_OK;
}

TEST(PadLife, APadMayBeRemovedInItsOwnFunction) {
  GstElement *box = GST_ELEMENT(gst_object_ref_sink(new_box("mortal")));
  for (int i = 0; i < 100; i++) {
    GstPad *in = box_pad(box, "sink", GST_PAD_SINK, free_all);
    gst_pad_set_active(in, TRUE);
    GstPad *feed = gst_pad_new("feed", GST_PAD_SRC);
    gst_pad_set_active(feed, TRUE);
    ASSERT_EQ(gst_pad_link(feed, in), GST_PAD_LINK_OK);
    push_preamble(feed);
    EXPECT_EQ(gst_pad_push(feed, buffer_of(1)), GST_FLOW_OK);
    gst_object_unref(feed);
  }
  EXPECT_EQ(hop("mortal:sink").buffers, 100u);
  gst_object_unref(box);
}

TEST(PadLife, ThreeHundredElementsDeepIsExact) {
  std::string chain = "fakesrc num-buffers=200";
  for (int i = 0; i < 300; i++) chain += " ! identity name=i" + std::to_string(i);
  Pipeline pipeline("deep", chain + " ! fakesink name=s");
  pipeline.run();
  pipeline.stop();
  for (int i = 0; i < 300; i++) ASSERT_EQ(hop("deep/i" + std::to_string(i) + ":sink").buffers, 200u) << i;
  EXPECT_EQ(hop("deep/s:sink").buffers, 200u);
  EXPECT_EQ(counter(wire::kFrameOverflow) + counter(wire::kCellsFull), 0u);
}

TEST(PadLife, DeeperThanTheFrameStackAndMoreThanTheCellsStillCountsEveryBuffer) {
  std::string chain = "fakesrc num-buffers=100";
  for (int i = 0; i < 600; i++) chain += " ! identity name=i" + std::to_string(i);
  Pipeline pipeline("abyss", chain + " ! fakesink name=s");
  pipeline.run();
  pipeline.stop();
  uint64_t buffers = hop("(overflow)").buffers, timed = hop("(overflow)").inclusive.count;
  for (const Hop &one : hops_below("abyss/")) {
    buffers += one.buffers;
    timed += one.inclusive.count;
  }
  EXPECT_EQ(buffers, 601 * 100u);
  EXPECT_EQ(counter(wire::kFrameOverflow), 601 * 100u - timed) << "what was not timed is counted";
  // Links share the first half of the frames.
  EXPECT_EQ(timed, (with_hooks() ? 512 - 128 : 512) * 100u);
  EXPECT_EQ(counter(wire::kCellsFull), 601u - (wire::kCellCapacity - 1)) << "one a pad";
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

TEST(PadLife, SixThreadsIntoAFunnelAreExact) {
  std::string text = "funnel name=f ! fakesink name=s sync=false async=false";
  for (int i = 0; i < 6; i++) text += " fakesrc num-buffers=3000 name=src" + std::to_string(i) + " ! f.";
  Pipeline pipeline("six", text);
  Truth truth(pipeline.element("s"), "sink");
  pipeline.run();
  pipeline.stop();
  uint64_t into = 0;
  for (const Hop &one : hops_below("six/f:funnelpad")) into += one.buffers;
  EXPECT_EQ(truth.buffers(), 18000u);
  EXPECT_EQ(into, 18000u);
  EXPECT_EQ(hop("six/s:sink").buffers, 18000u);
  EXPECT_EQ(hop("six/s:sink").inclusive.count, 18000u);
}

TEST(PadLife, PipelinesInManyThreadsAtOnceStayApart) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([t] {
      for (int i = 0; i < 40; i++) {
        Pipeline pipeline("par" + std::to_string(t),
                          "fakesrc name=src num-buffers=50 ! identity name=i ! queue name=q ! fakesink name=s");
        pipeline.run();
      }
    });
  for (std::thread &thread : threads) thread.join();
  // A pipeline may still be going when the next one of its name comes: that one is the second then.
  std::map<std::string, uint64_t> sums;
  for (const Hop &one : hops_below("par"))
    sums[one.pad.substr(0, 4) + one.pad.substr(one.pad.find('/'))] += one.buffers;
  for (int t = 0; t < 4; t++)
    for (const char *pad : {"/i:sink", "/q:sink", "/s:sink"}) EXPECT_EQ(sums["par" + std::to_string(t) + pad], 2000u);
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapOrphan), 0u);
}

}  // namespace
}  // namespace pyro::test
