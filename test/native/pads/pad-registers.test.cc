// Is it learned where this GStreamer keeps its pads, and does nobody notice the learning?
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/pad-registers.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace pyro::pads {
namespace {

class Slots : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  static std::map<uint64_t, Slot> by_address(const LearnedSlots &learned) {
    std::map<uint64_t, Slot> slots;
    for (uint32_t i = 0; i < learned.count; i++) slots[learned.slot[i].address] = learned.slot[i];
    return slots;
  }
};

TEST_F(Slots, AllKindsAreFoundInGStreamersOwnCode) {
  const LearnedSlots learned = learn_slots();
  ASSERT_EQ(learned.why, nullptr);
  std::map<threads::StackValue, int> kinds;
  Dl_info gstreamer{}, here{};
  ASSERT_NE(dladdr(reinterpret_cast<const void *>(gst_pad_push), &gstreamer), 0);
  for (const auto &[address, slot] : by_address(learned)) {
    kinds[slot.kind]++;
    ASSERT_NE(dladdr(reinterpret_cast<const void *>(address), &here), 0);
    EXPECT_EQ(here.dli_fbase, gstreamer.dli_fbase);
  }
  EXPECT_GE(kinds[threads::kInsidePad], 2) << "chain, list, getrange";
  EXPECT_GE(kinds[threads::kHandlingPad], 2) << "events, queries";
  EXPECT_GE(kinds[threads::kPushingPad], 2);
  EXPECT_EQ(kinds[threads::kDrivingPad], 1) << "the one call in gst_task_func";
}

TEST_F(Slots, LearningAgainFindsTheSame) {
  const auto first = by_address(learn_slots()), second = by_address(learn_slots());
  ASSERT_EQ(first.size(), second.size());
  for (const auto &[address, slot] : first) {
    ASSERT_EQ(second.count(address), 1u);
    EXPECT_EQ(second.at(address).reg, slot.reg);
    EXPECT_EQ(second.at(address).kind, slot.kind);
  }
}

struct Inner {
  LearnedSlots learned;
  bool ran = false;
};

// The frames of the buffer that we came with are GStreamer's as well, at the same addresses, with another pad.
TEST_F(Slots, TheSameIsLearnedInTheMiddleOfSomebodysPush) {
  const auto outside = by_address(learn_slots());
  const auto inner = std::make_unique<Inner>();
  GstPad *src = GST_PAD(gst_object_ref_sink(gst_pad_new("src", GST_PAD_SRC)));
  GstPad *sink = GST_PAD(gst_object_ref_sink(gst_pad_new("sink", GST_PAD_SINK)));
  gst_pad_set_element_private(sink, inner.get());
  gst_pad_set_chain_function(sink, [](GstPad *pad, GstObject *, GstBuffer *buffer) {
    auto *inside = static_cast<Inner *>(gst_pad_get_element_private(pad));
    inside->learned = learn_slots();
    inside->ran = true;
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  });
  gst_pad_set_active(src, TRUE);
  gst_pad_set_active(sink, TRUE);
  gst_pad_link(src, sink);
  gst_pad_push_event(src, gst_event_new_stream_start("test"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(src, gst_event_new_segment(&segment));
  EXPECT_EQ(gst_pad_push(src, gst_buffer_new()), GST_FLOW_OK);
  ASSERT_TRUE(inner->ran);
  const auto inside = by_address(inner->learned);
  EXPECT_EQ(inside.size(), outside.size());
  for (const auto &[address, slot] : outside) EXPECT_EQ(inside.count(address), 1u);
  gst_pad_set_active(src, FALSE);
  gst_pad_set_active(sink, FALSE);
  gst_object_unref(src);
  gst_object_unref(sink);
}

TEST_F(Slots, NobodyNotices) {
  char before[17] = {}, after[17] = {};
  prctl(PR_GET_NAME, before);
  static int complaints = 0;
  const guint handler = g_log_set_handler(
      nullptr, static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION),
      [](const gchar *, GLogLevelFlags, const gchar *, gpointer) { complaints++; }, nullptr);
  const GLogFunc old = g_log_set_default_handler(
      [](const gchar *, GLogLevelFlags, const gchar *message, gpointer) {
        complaints++;
        ADD_FAILURE() << message;
      },
      nullptr);
  learn_slots();
  g_log_set_default_handler(old, nullptr);
  g_log_remove_handler(nullptr, handler);
  prctl(PR_GET_NAME, after);
  EXPECT_EQ(complaints, 0);
  EXPECT_STREQ(before, after);
  EXPECT_FALSE(is_learning_thread());
  // The first automatic names are still there for the application.
  auto *bin = static_cast<GstObject *>(gst_object_ref_sink(g_object_new(GST_TYPE_BIN, nullptr)));
  auto *task = static_cast<GstObject *>(gst_object_ref_sink(g_object_new(GST_TYPE_TASK, nullptr)));
  EXPECT_STREQ(GST_OBJECT_NAME(bin), "bin0");
  EXPECT_STREQ(GST_OBJECT_NAME(task), "task0");
  gst_object_unref(bin);
  gst_object_unref(task);
}

}  // namespace
}  // namespace pyro::pads
