// Is every hop named after the pads that a buffer really goes between, and does it keep its cell for as long as that is
// so?
// SPDX-License-Identifier: MPL-2.0
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

struct Counted {
  std::string peer;
  uint64_t buffers = 0;
};

// Cells of all kinds: hops() has those of hops alone.
std::vector<Counted> cells_of(const std::string &pad, uint32_t kind) {
  std::vector<Counted> found;
  const wire::Cells &cells = own_segment()->cells;
  for (uint32_t i = 0; i < cells.used.load(); i++)
    if (cells.cell[i].kind.load() == kind && path_of(cells.cell[i].pad.load()) == pad)
      found.push_back({path_of(cells.cell[i].peer.load()), cells.cell[i].buffers.load()});
  return found;
}

Counted only(const std::string &pad, uint32_t kind) {
  const std::vector<Counted> found = cells_of(pad, kind);
  EXPECT_EQ(found.size(), 1u) << pad << " of kind " << kind;
  return found.empty() ? Counted{} : found[0];
}

TEST(Topology, AHopIsNamedByItsPadAndThePadThatPushes) {
  Pipeline pipeline("plain", "fakesrc name=src num-buffers=7 ! identity name=i ! fakesink name=sink");
  pipeline.run();
  EXPECT_EQ(only("plain/i:sink", wire::kCellChain).peer, "plain/src:src");
  EXPECT_EQ(only("plain/sink:sink", wire::kCellChain).peer, "plain/i:src");
  EXPECT_EQ(only("plain/i:sink", wire::kCellChain).buffers, 7u);
}

TEST(Topology, GhostPadsAreTransparent) {
  Pipeline pipeline(
      "ghosts", "fakesrc name=src num-buffers=7 ! ( name=outer ( name=inner identity name=i ) ) ! fakesink name=sink");
  pipeline.run();
  EXPECT_EQ(only("ghosts/outer/inner/i:sink", wire::kCellChain).peer, "ghosts/src:src");
  EXPECT_EQ(only("ghosts/sink:sink", wire::kCellChain).peer, "ghosts/outer/inner/i:src");
  for (const Hop &one : hops_below("ghosts")) EXPECT_EQ(one.pad.find("ghost:"), std::string::npos) << one.pad;
}

TEST(Topology, APulledHopIsNamedByThePadThatIsPulled) {
  Pipeline pipeline("pulled",
                    "fakesrc name=src num-buffers=5 sizetype=fixed can-activate-push=false ! fakesink name=sink "
                    "can-activate-pull=true can-activate-push=false");
  pipeline.run();
  const Counted pull = only("pulled/src:src", wire::kCellPull);
  EXPECT_EQ(pull.peer, "pulled/sink:sink");
  EXPECT_EQ(pull.buffers, 5u);
}

TEST(Topology, AQueueHasACellFromWhereBuffersGoInToWhereTheyComeOut) {
  Pipeline pipeline("queued", "fakesrc num-buffers=20 ! queue name=q ! identity name=i ! fakesink");
  pipeline.run();
  const Counted queue = only("queued/q:sink", wire::kCellQueue);
  EXPECT_EQ(queue.peer, "queued/q:src") << "where buffers come out";
  EXPECT_EQ(queue.buffers, 20u);
  EXPECT_TRUE(cells_of("queued/i:sink", wire::kCellQueue).empty());
}

TEST(Topology, ALatencyReachesFromTheSourceToTheSink) {
  Pipeline pipeline("timed", "videotestsrc name=src num-buffers=20 ! queue ! identity name=i ! fakesink name=sink");
  pipeline.run();
  const Counted latency = only("timed/sink:sink", wire::kCellLatency);
  EXPECT_EQ(latency.peer, "timed/src:src");
  EXPECT_GT(latency.buffers, 0u);
  EXPECT_TRUE(cells_of("timed/i:sink", wire::kCellLatency).empty()) << "no sink";
}

TEST(Topology, AnElementThatWasTakenOutAndRenamedHasTheNewNameFromItsNextLinkOn) {
  BoxAndSink renamed("renamed");
  Feed feed(renamed.in);
  feed.push(3);
  GstBin *bin = GST_BIN(renamed.pipeline.get());
  gst_object_ref(renamed.box);
  gst_bin_remove(bin, renamed.box);  // which unlinks its pads
  ASSERT_TRUE(gst_object_set_name(GST_OBJECT(renamed.box), "other"));
  gst_bin_add(bin, renamed.box);
  gst_object_unref(renamed.box);
  ASSERT_TRUE(gst_element_link(renamed.box, renamed.sink));
  gst_element_sync_state_with_parent(renamed.box);
  feed.relink(renamed.in);
  feed.push(4);
  EXPECT_EQ(hop("renamed/box:sink").buffers, 3u);
  EXPECT_EQ(hop("renamed/other:sink").buffers, 4u);
}

TEST(Topology, APadThatIsLinkedAsBeforeGoesOnInItsCell) {
  BoxAndSink again("again-linked");
  Feed feed(again.in);
  for (int i = 0; i < 5; i++) {
    feed.push(2);
    feed.relink(again.in);
  }
  feed.push(2);
  EXPECT_EQ(hops_of("again-linked/box:sink").size(), 1u);
  EXPECT_EQ(hop("again-linked/box:sink").buffers, 12u);
}

TEST(Topology, APadWithoutAnElementIsCountedUnderItsName) {
  GstPad *alone = GST_PAD(gst_object_ref_sink(gst_pad_new("alone", GST_PAD_SINK)));
  gst_pad_set_chain_function(alone, [](GstPad *, GstObject *, GstBuffer *buffer) {
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  });
  gst_pad_set_active(alone, TRUE);
  {
    Feed feed(alone);
    feed.push(6);
  }
  EXPECT_EQ(hop("alone").buffers, 6u);
  gst_object_unref(alone);
}

}  // namespace
}  // namespace pyro::test
