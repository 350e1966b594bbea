// Is everything that happens to a pad told to all who have to know, once and at the right moment?
// SPDX-License-Identifier: MPL-2.0
#include "pads/watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pads/wrap/wrap.h"
#include "threads/live-pads.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

struct Told {
  int activity = 0;
  std::vector<std::vector<gpointer>> code;
  std::vector<GstPad *> named;
  std::vector<GstPad *> gone;
} told;

const Owner owner{[] { told.activity++; },
                  [](PadState &, Kind) {},
                  [](PadState &) {},
                  [](PadState &) {},
                  [](PadState &, uint32_t) {},
                  [](GstPad *pad) -> uint32_t { return told.named.push_back(pad), 7; },
                  [](gpointer const *functions, guint count) { told.code.emplace_back(functions, functions + count); },
                  [](PadState &state) { told.gone.push_back(state.pad); }};

GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstPad *new_pad(GstPadDirection direction) {
  GstPad *pad = gst_pad_new(direction == GST_PAD_SRC ? "src" : "sink", direction);
  if (direction == GST_PAD_SINK) gst_pad_set_chain_function(pad, take);
  return pad;
}

bool holds(const std::vector<gpointer> &code, gpointer function) {
  return std::find(code.begin(), code.end(), function) != code.end();
}

// An element that has a pad, without behaviour: a bin is one.
struct Box {
  explicit Box(GstBin *bin, GstPadDirection direction) : element(gst_bin_new(nullptr)), pad(new_pad(direction)) {
    gst_bin_add(bin, element);
    gst_element_add_pad(element, pad);
  }
  GstElement *element;
  GstPad *pad;
};

class Watch : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    start(owner, Engine::kOff);
  }
  Watch() { told = {}; }
  ~Watch() override {
    threads::go_live(nullptr);
    set_engine(Engine::kOff);
    gst_object_unref(pipeline_);
  }
  void go_live() { threads::go_live(mapping_->segment()); }
  GstBin *bin() { return GST_BIN(pipeline_); }

  int error_ = 0;
  std::optional<wire::Mapping> mapping_ = wire::Mapping::create(&error_);
  GstElement *pipeline_ = GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("watched")));
};

TEST_F(Watch, AnAddedPadsFunctionsAreTold) {
  const Box box(bin(), GST_PAD_SINK);
  ASSERT_EQ(told.code.size(), 1u);
  EXPECT_TRUE(holds(told.code[0], reinterpret_cast<gpointer>(take)));
  EXPECT_NE(find(box.pad, nullptr), nullptr);
  EXPECT_EQ(told.activity, 0) << "nothing flows yet";
  gst_object_ref(box.pad);
  gst_element_remove_pad(box.element, box.pad);
  gst_element_add_pad(box.element, box.pad);
  EXPECT_EQ(told.code.size(), 1u) << "known already";
  gst_object_unref(box.pad);
}

TEST_F(Watch, AClassIsToldAtTheFirstLinkOfItsTypeAndNeverAgain) {
  for (int round = 0; round < 2; round++) {
    const Box from(bin(), GST_PAD_SRC), to(bin(), GST_PAD_SINK);
    told.code.clear();
    ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
    const auto is_class = [&](const std::vector<gpointer> &code) {
      return holds(code, reinterpret_cast<gpointer>(GST_ELEMENT_GET_CLASS(from.element)->change_state));
    };
    EXPECT_EQ(std::count_if(told.code.begin(), told.code.end(), is_class), round == 0 ? 1 : 0);
  }
}

TEST_F(Watch, WithoutWrappersTheFirstLinkInAPipelineIsTheSignOfActivity) {
  GstPad *source = GST_PAD(gst_object_ref_sink(new_pad(GST_PAD_SRC))),
         *sink = GST_PAD(gst_object_ref_sink(new_pad(GST_PAD_SINK)));
  ASSERT_EQ(gst_pad_link(source, sink), GST_PAD_LINK_OK);
  EXPECT_EQ(told.activity, 0) << "in no pipeline";
  gst_object_unref(source);
  gst_object_unref(sink);
  const Box from(bin(), GST_PAD_SRC), to(bin(), GST_PAD_SINK);
  ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
  EXPECT_EQ(told.activity, 2) << "each of the two pads";
  go_live();
  gst_pad_unlink(from.pad, to.pad);
  ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
  EXPECT_EQ(told.activity, 2) << "there is a session";
}

TEST_F(Watch, WithWrappersALinkIsNoSignAndAProgramThatInspectsIsLeftAlone) {
  set_engine(Engine::kWrap);
  const Box from(bin(), GST_PAD_SRC), to(bin(), GST_PAD_SINK);
  ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
  EXPECT_EQ(told.activity, 0);
  EXPECT_NE(GST_PAD_CHAINFUNC(to.pad), static_cast<GstPadChainFunction>(take)) << "wrapped";
  set_engine(Engine::kOff);
  g_set_prgname("gst-inspect-1.0");
  gst_pad_unlink(from.pad, to.pad);
  ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
  EXPECT_EQ(told.activity, 0);
  g_set_prgname("test");
}

TEST_F(Watch, PadsAreNamedOnceThereIsASessionAndAgainWhereTheirPathGrows) {
  const Box early(bin(), GST_PAD_SINK);
  EXPECT_TRUE(told.named.empty());
  go_live();
  name_pads();
  EXPECT_EQ(std::count(told.named.begin(), told.named.end(), early.pad), 1);
  EXPECT_EQ(threads::live_pads.find(early.pad), 7u);
  told.named.clear();
  GstElement *inner = gst_bin_new("inner");
  const Box late(GST_BIN(inner), GST_PAD_SINK);
  EXPECT_EQ(told.named, std::vector<GstPad *>{late.pad}) << "added to an element in no pipeline";
  gst_bin_add(bin(), inner);
  EXPECT_EQ(std::count(told.named.begin(), told.named.end(), late.pad), 2) << "in its place";
}

TEST_F(Watch, ALinkBringsTheNextCallToLookAgainAndAPadThatGoesIsTold) {
  const Box from(bin(), GST_PAD_SRC);
  auto to = Box(bin(), GST_PAD_SINK);
  const uint32_t before = find(to.pad, nullptr)->relinked.load();
  ASSERT_EQ(gst_pad_link(from.pad, to.pad), GST_PAD_LINK_OK);
  EXPECT_EQ(find(to.pad, nullptr)->relinked.load(), before + 1);
  const uint64_t epoch_before = epoch();
  gst_pad_unlink(from.pad, to.pad);
  gst_element_remove_pad(to.element, to.pad);
  EXPECT_EQ(told.gone, std::vector<GstPad *>{to.pad});
  EXPECT_GT(epoch(), epoch_before);
}

TEST_F(Watch, AGhostPadsLinkChangesWhatIsBehindOtherPads) {
  const Box inner(bin(), GST_PAD_SINK);
  GstElement *outer = gst_bin_new("outer");
  gst_bin_add(bin(), outer);
  const Box inside(GST_BIN(outer), GST_PAD_SINK), from(bin(), GST_PAD_SRC);
  GstPad *ghost = gst_ghost_pad_new("ghost", inside.pad);
  gst_element_add_pad(outer, ghost);
  const uint32_t before = topology_generation();
  ASSERT_EQ(gst_pad_link(from.pad, ghost), GST_PAD_LINK_OK);
  EXPECT_GT(topology_generation(), before);
}

}  // namespace
}  // namespace pyro::pads
