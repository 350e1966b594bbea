// Has every pad one state, from the first look to the pad's last breath?
// SPDX-License-Identifier: MPL-2.0
#include "pads/registry/pad-registry.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace pyro::pads {
namespace {

class PadRegistry : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  static GstPad *new_pad() { return GST_PAD(gst_object_ref_sink(gst_pad_new("pad", GST_PAD_SINK))); }
  static size_t listed(GstPad *pad) {
    std::pair<GstPad *, size_t> search{pad, 0};
    for_each(
        [](PadState &state, void *user) {
          auto &wanted = *static_cast<std::pair<GstPad *, size_t> *>(user);
          wanted.second += state.pad == wanted.first;
        },
        &search);
    return search.second;
  }
};

TEST_F(PadRegistry, APadHasNoStateUntilItIsEnsuredAndThenAlwaysTheSame) {
  GstPad *pad = new_pad();
  EXPECT_EQ(find(pad, nullptr), nullptr);
  PadState *state = ensure(pad);
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->pad, pad);
  EXPECT_EQ(ensure(pad), state);
  EXPECT_EQ(find(pad, nullptr), state);
  EXPECT_EQ(listed(pad), 1u);
  gst_object_unref(pad);
  EXPECT_EQ(listed(pad), 0u);
}

TEST_F(PadRegistry, ADeadPadIsInNobodysCacheAlthoughItsAddressIsUsedAgain) {
  auto thread = std::make_unique<threads::ThreadRecord>();
  std::set<GstPad *> seen;
  bool again = false;
  for (int i = 0; i < 100; i++) {
    GstPad *pad = new_pad();
    again = again || !seen.insert(pad).second;
    EXPECT_EQ(find(pad, thread.get()), nullptr) << "what the cache holds is of the pad that was here before";
    PadState *state = ensure(pad);
    EXPECT_EQ(find(pad, thread.get()), state);
    EXPECT_EQ(find(pad, thread.get()), state) << "from the cache";
    gst_object_unref(pad);
  }
  EXPECT_TRUE(again) << "else this has shown nothing";
}

TEST_F(PadRegistry, TheEpochChangesWithEveryPadThatGoes) {
  GstPad *pad = new_pad();
  ensure(pad);
  const uint64_t before = epoch();
  gst_object_unref(pad);
  EXPECT_GT(epoch(), before);
}

TEST_F(PadRegistry, APadThatGoesIsAnnouncedOnceWhileItsStateIsWhole) {
  static std::vector<GstPad *> gone;
  gone.clear();
  on_pad_gone([](PadState &state) { gone.push_back(state.pad); });
  GstPad *one = new_pad(), *two = new_pad();
  ensure(one);
  ensure(two);
  gst_object_unref(two);
  gst_object_unref(one);
  on_pad_gone(nullptr);
  EXPECT_EQ(gone, (std::vector<GstPad *>{two, one}));
}

TEST_F(PadRegistry, ThreadsThatMeetANewPadAtOnceGetOneState) {
  for (int round = 0; round < 200; round++) {
    GstPad *pad = new_pad();
    PadState *states[4];
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
      threads.emplace_back([&, t] {
        ready++;
        while (ready < 4) std::this_thread::yield();
        states[t] = ensure(pad);
      });
    for (std::thread &thread : threads) thread.join();
    for (PadState *state : states) EXPECT_EQ(state, states[0]);
    EXPECT_EQ(listed(pad), 1u);
    gst_object_unref(pad);
  }
}

TEST_F(PadRegistry, LookingAtAllPadsWhileTheyComeAndGoMeetsOnlyWholeOnes) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; t++)
    threads.emplace_back([&stop] {
      while (!stop) {
        GstPad *pads[10];
        for (GstPad *&pad : pads) ensure(pad = new_pad());
        for (GstPad *pad : pads) gst_object_unref(pad);
      }
    });
  int wrong = 0;
  for (int i = 0; i < 3000; i++)
    for_each(
        [](PadState &state, void *user) {
          if (GST_PAD_DIRECTION(state.pad) != GST_PAD_SINK || state.resolved_session != 0)
            (*static_cast<int *>(user))++;
        },
        &wrong);
  stop = true;
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace pyro::pads
