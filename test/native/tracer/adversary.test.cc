// What if an element does its worst with its pad functions? Its data flows as without us, nothing loops or crashes, and
// what is not counted is said.
// SPDX-License-Identifier: MPL-2.0
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

std::atomic<uint64_t> base_calls, front_calls, drains;

GstFlowReturn base(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  if (!buffer) {
    drains++;
    return GST_FLOW_OK;
  }
  base_calls++;
  return pass_on(pad, parent, buffer);
}

class Adversary : public testing::Test {
 protected:
  void SetUp() override { base_calls = front_calls = drains = 0; }
};

// An element that puts a function in front, and looks first whether it is there already.
GstPadChainFunction saved;
GstFlowReturn front(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  front_calls++;
  return saved(pad, parent, buffer);
}
void put_in_front(GstPad *pad) {
  if (GST_PAD_CHAINFUNC(pad) == front) return;
  saved = GST_PAD_CHAINFUNC(pad);
  gst_pad_set_chain_function(pad, front);
}

TEST_F(Adversary, WhoPutsItsFunctionInFrontAgainBecauseItSeesOursGoesRoundNoLoop) {
  BoxAndSink again("again", base);
  put_in_front(again.in);
  Feed feed(again.in);  // the link wraps it
  EXPECT_EQ(feed.push(10), GST_FLOW_OK);
  EXPECT_EQ(front_calls, 10u);
  put_in_front(again.in);
  feed.relink(again.in);
  EXPECT_EQ(feed.push(1), GST_FLOW_OK) << "went round until it was noticed";
  EXPECT_LE(front_calls, 10u + 100);
  const uint64_t before = front_calls;
  EXPECT_EQ(feed.push(1000), GST_FLOW_OK);
  EXPECT_EQ(front_calls, before + 1000) << "and from then on as without us";
  EXPECT_EQ(base_calls, 1011u);
  EXPECT_EQ(hop("again/box:sink").buffers, 1011u);
  EXPECT_EQ(hop("again/s:sink").buffers, 1011u);
  EXPECT_EQ(counter(wire::kWrapLoop), 1u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

TEST_F(Adversary, NoLoopComesAboutWhileNothingIsRecordedEither) {
  BoxAndSink quiet("quiet", base);
  Feed feed(quiet.in);
  put_in_front(quiet.in);
  feed.relink(quiet.in);  // wrapped
  EXPECT_EQ(feed.push(10), GST_FLOW_OK);
  own_segment()->control.timing.store(wire::kTimingOff);
  ASSERT_TRUE(eventually([&] {
    const uint64_t before = hop("quiet/box:sink").buffers;
    feed.push(1);
    return hop("quiet/box:sink").buffers == before;
  }));
  front_calls = base_calls = 0;
  put_in_front(quiet.in);  // sees ours, saves it
  EXPECT_EQ(feed.push(1000), GST_FLOW_OK);
  EXPECT_EQ(base_calls, 1000u);
  EXPECT_LE(front_calls, 1000u + 100) << "once a buffer, but for the first, which went round until it was noticed";
}

// The calls before have been passed, and are remembered: its function is in place by our wrapper, and comes by it
// again.
TEST_F(Adversary, NoLoopComesAboutThroughAWrapperThatWasPassedBefore) {
  BoxAndSink known("known", base);
  Feed feed(known.in);
  put_in_front(known.in);
  feed.relink(known.in);
  EXPECT_EQ(feed.push(1), GST_FLOW_OK);
  own_segment()->control.enabled.store(0);
  ASSERT_TRUE(eventually([&] {
    const uint64_t before = hop("known/box:sink").buffers;
    feed.push(1);
    return hop("known/box:sink").buffers == before;
  }));
  EXPECT_EQ(feed.push(10), GST_FLOW_OK);
  const GstPadChainFunction ours = GST_PAD_CHAINFUNC(known.in);
  front_calls = base_calls = 0;
  put_in_front(known.in);  // sees ours, saves it
  EXPECT_EQ(saved, ours);
  gst_pad_set_chain_function(known.in, saved);  // and takes it away again, without a call
  EXPECT_EQ(feed.push(1000), GST_FLOW_OK);
  EXPECT_EQ(base_calls, 1000u);
  EXPECT_LE(front_calls, 1000u + 100);
  EXPECT_EQ(counter(wire::kWrapLoop), 1u);
}

TEST_F(Adversary, ALoopThatHasNoFunctionBeforeItEndsInAnError) {
  BoxAndSink alone("alone", front);
  saved = GST_PAD_CHAINFUNC(alone.in);  // ours, of itself: without us it would be itself, and the loop its own
  Feed feed(alone.in);
  EXPECT_EQ(feed.push(1), GST_FLOW_ERROR);
  EXPECT_LE(front_calls, 100u);
  EXPECT_EQ(counter(wire::kWrapLoop), 1u);
}

TEST_F(Adversary, ASavedFunctionMayBeCalledWithoutABufferToDrainIt) {
  BoxAndSink drained("drained", base);
  Feed feed(drained.in);
  feed.push(5);
  EXPECT_EQ(GST_PAD_CHAINFUNC(drained.in)(drained.in, GST_OBJECT(drained.box), nullptr), GST_FLOW_OK);
  EXPECT_EQ(drains, 1u);
  const Hop hop_seen = hop("drained/box:sink");
  EXPECT_EQ(hop_seen.buffers, 5u);
  EXPECT_EQ(hop_seen.invocations, 6u);
}

TEST_F(Adversary, APadThatMovesToAnotherElementIsCountedThereEvenWithoutALink) {
  BoxAndSink from("from", base);
  GstElement *to = new_box("to"), *sink = gst_element_factory_make("fakesink", "t");
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  box_pad(to, "src", GST_PAD_SRC);
  gst_bin_add_many(GST_BIN(from.pipeline.get()), to, sink, nullptr);
  gst_element_link(to, sink);
  from.pipeline.play();
  GstPad *pad = GST_PAD(gst_object_ref(from.in));
  {
    Feed feed(pad);
    feed.push(7);
  }
  for (int round = 1; round <= 20; round++) {
    GstElement *old_home = round % 2 ? from.box : to, *new_home = round % 2 ? to : from.box;
    gst_element_remove_pad(old_home, pad);
    gst_element_add_pad(new_home, pad);
    gst_pad_set_active(pad, TRUE);
    push_preamble_into(pad);
    for (int i = 0; i < 3; i++) EXPECT_EQ(gst_pad_chain(pad, buffer_of(1)), GST_FLOW_OK);
    Feed feed(pad);
    feed.push(2);
  }
  EXPECT_EQ(hop("from/box:sink").buffers, 7u + 10 * 5);
  EXPECT_EQ(hop("from/to:sink").buffers, 10u * 5);
  EXPECT_EQ(hop("from/t:sink").buffers, 10u * 5);
  gst_object_unref(pad);
}

// Frees its pad for good: its caller held no reference.
GstFlowReturn free_pad(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  base_calls++;
  gst_buffer_unref(buffer);
  gst_element_remove_pad(GST_ELEMENT(parent), pad);
  return GST_FLOW_OK;
}

TEST_F(Adversary, PadsOfOneNameFreedInTheirOwnFunctionsInManyThreadsAreAllCounted) {
  // The cell of the one is not the other's before the first has written to it for the last time.
  constexpr int kThreads = 4, kPads = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++)
    threads.emplace_back([] {
      GstElement *box = GST_ELEMENT(gst_object_ref_sink(new_box("mortal")));
      for (int i = 0; i < kPads; i++) {
        GstPad *in = box_pad(box, "sink", GST_PAD_SINK, free_pad);
        GST_PAD_CHAINFUNC(in)(in, GST_OBJECT(box), buffer_of(1));
      }
      gst_object_unref(box);
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(base_calls, uint64_t{kThreads * kPads});
  EXPECT_EQ(hop("mortal:sink").buffers, uint64_t{kThreads * kPads});
  EXPECT_LE(hops_of("mortal:sink").size(), 2u * kThreads);
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapOrphan) + counter(wire::kCellsFull), 0u);
}

// Links its pad anew inside its own function, and calls itself for the second half.
GstFlowReturn relink_inside(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  GstPad *peer = gst_pad_get_peer(pad);
  gst_pad_unlink(peer, pad);
  gst_pad_link(peer, pad);
  gst_object_unref(peer);
  if (gst_buffer_get_size(buffer) > 1) {
    gst_pad_chain(pad, buffer_of(1));
  }
  return pass_on(pad, parent, buffer);
}

TEST_F(Adversary, APadLinkedAnewInsideItsOwnFunctionThatCallsItselfIsExact) {
  BoxAndSink inside("inside", relink_inside);
  Feed feed(inside.in);
  feed.push(500);
  EXPECT_EQ(hop("inside/box:sink").buffers, 500u);
  EXPECT_EQ(hop("inside/box:sink").nested, 500u);
  EXPECT_EQ(hop("inside/s:sink").buffers, 1000u);
  EXPECT_LE(hops_of("inside/box:sink").size(), 2u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

// A stack of functions in front of one another, as an element with nested parsers may build it: each calls what it
// found.
constexpr int kFronts = 6;
GstPadChainFunction found[kFronts];
template <int i>
GstFlowReturn nth_front(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  front_calls++;
  return found[i](pad, parent, buffer);
}
constexpr GstPadChainFunction fronts[kFronts] = {nth_front<0>, nth_front<1>, nth_front<2>,
                                                 nth_front<3>, nth_front<4>, nth_front<5>};

TEST_F(Adversary, FunctionsPutInFrontAndTakenAwayAtRandomAreEachCalledAsOftenAsWithoutUs) {
  BoxAndSink stack("stack", base);
  Feed feed(stack.in);
  std::mt19937 random(7);
  std::vector<GstPadChainFunction> below;  // what was in the slot before each front
  uint64_t expected_fronts = 0, pushed = 0;
  for (int round = 0; round < 3000; round++) {
    if (below.size() < kFronts && (below.empty() || random() % 2)) {
      const size_t i = below.size();
      below.push_back(found[i] = GST_PAD_CHAINFUNC(stack.in));
      gst_pad_set_chain_function(stack.in, fronts[i]);
    } else {
      gst_pad_set_chain_function(stack.in, below.back());
      below.pop_back();
    }
    feed.relink(stack.in);
    const int buffers = static_cast<int>(random() % 4);
    feed.push(buffers);
    pushed += buffers;
    expected_fronts += buffers * below.size();
  }
  EXPECT_EQ(front_calls, expected_fronts);
  EXPECT_EQ(base_calls, pushed);
  EXPECT_EQ(hop("stack/box:sink").buffers, pushed);
  EXPECT_EQ(hop("stack/s:sink").buffers, pushed);
  EXPECT_EQ(hop("stack/box:sink").nested, expected_fronts);
  EXPECT_EQ(counter(wire::kWrapLevelsFull) + counter(wire::kWrapLoop) + counter(wire::kFrameImbalance), 0u);
}

TEST_F(Adversary, WhatAnotherThreadReplacedIsSaidToBeUncountedAndCountedAgainSoon) {
  BoxAndSink race("race", base);
  Feed feed(race.in);
  Truth truth(race.box, "sink");
  std::atomic<bool> stop{false};
  std::thread setter([&] {
    for (std::mt19937 random(3); !stop;) {
      saved = GST_PAD_CHAINFUNC(race.in);  // our wrapper, or base
      gst_pad_set_chain_function(race.in, base);
      g_usleep(random() % 3000);
      gst_pad_set_chain_function(race.in, saved);  // also an old wrapper of ours
      g_usleep(random() % 3000);
    }
  });
  const auto end = g_get_monotonic_time() + 1500000;
  while (g_get_monotonic_time() < end) feed.push(100);
  stop = true;
  setter.join();
  EXPECT_EQ(base_calls, truth.buffers());
  EXPECT_EQ(hop("race/s:sink").buffers, truth.buffers());
  EXPECT_LE(hop("race/box:sink").buffers, truth.buffers());
  EXPECT_GT(hop("race/box:sink").buffers, 0u);
  EXPECT_EQ(counter(wire::kFrameImbalance) + counter(wire::kWrapLevelsFull) + counter(wire::kWrapLoop), 0u);
  gst_pad_set_chain_function(race.in, base);
  ASSERT_TRUE(eventually([&] { return GST_PAD_CHAINFUNC(race.in) != base; }));
  ASSERT_TRUE(eventually([] { return counter(wire::kWrapLate) > 0; }))
      << "buffers went by without us, and that is said";
  const uint64_t before = hop("race/box:sink").buffers;
  feed.push(1000);
  EXPECT_EQ(hop("race/box:sink").buffers, before + 1000);
}

// A function of its own for each of many; an element that takes another one before each buffer, from outside.
template <int i>
GstFlowReturn one_of_many(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  front_calls += i >= 0;
  return base(pad, parent, buffer);
}
template <int... i>
std::vector<GstPadChainFunction> many(std::integer_sequence<int, i...>) {
  return {one_of_many<i>...};
}

TEST_F(Adversary, APadThatWasFoundRestlessMissesNothingAfterwardsWhicheverFunctionItGets) {
  BoxAndSink restless("restless", base);
  Feed feed(restless.in);
  feed.push(1);
  gst_pad_set_chain_function(restless.in, one_of_many<-1>);
  ASSERT_TRUE(eventually([] { return counter(wire::kWrapLate) > 0; }));
  feed.push(1);  // from here on it is looked at before each buffer
  const uint64_t before = hop("restless/box:sink").buffers;
  const auto functions = many(std::make_integer_sequence<int, 40>());
  for (int i = 0; i < 4000; i++) {
    gst_pad_set_chain_function(restless.in, functions[i / 7 % functions.size()]);
    ASSERT_EQ(feed.push(1, 10), GST_FLOW_OK);
  }
  EXPECT_EQ(front_calls, 4000u);
  EXPECT_EQ(hop("restless/box:sink").buffers, before + 4000);
  EXPECT_EQ(hop("restless/box:sink").bytes, (before + 4000) * 10);
  EXPECT_GT(hop("restless/box:sink").flow[wire::kFlowOther], 0u) << "without a level: counted, not timed";
  EXPECT_EQ(hop("restless/s:sink").buffers, before + 4000);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

// As threadshare elements do: the function hands its buffer to an executor that several elements share, and returns.
struct Executor {
  GAsyncQueue *work = g_async_queue_new();
  GThread *thread = g_thread_new("executor", run, this);
  static gpointer run(gpointer self) {
    GAsyncQueue *work = static_cast<Executor *>(self)->work;
    while (auto *task = static_cast<std::pair<GstElement *, GstBuffer *> *>(g_async_queue_pop(work))) {
      if (!task->first) return nullptr;
      pass_on(nullptr, GST_OBJECT(task->first), task->second);
      gst_object_unref(task->first);
      delete task;
    }
    return nullptr;
  }
};
Executor *executor;
GstFlowReturn hand_over(GstPad *, GstObject *parent, GstBuffer *buffer) {
  GstElement *element = GST_ELEMENT(gst_object_ref(parent));
  g_async_queue_push(executor->work, new std::pair(element, buffer));
  return GST_FLOW_OK;
}

TEST_F(Adversary, ElementsThatHandTheirBuffersToASharedExecutorAreCountedExactly) {
  executor = new Executor;
  BoxAndSink one("one", hand_over), two("two", hand_over);
  {
    Feed first(one.in), second(two.in);
    for (int i = 0; i < 3000; i++) {
      first.push(1);
      second.push(2);
    }
    g_async_queue_push(executor->work, new std::pair<GstElement *, GstBuffer *>(nullptr, nullptr));
    g_thread_join(executor->thread);
  }
  EXPECT_EQ(hop("one/box:sink").buffers, 3000u);
  EXPECT_EQ(hop("one/s:sink").buffers, 3000u);
  EXPECT_EQ(hop("two/box:sink").buffers, 6000u);
  EXPECT_EQ(hop("two/s:sink").buffers, 6000u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

TEST_F(Adversary, ThreadsThatPushTheFirstBuffersOfTheProcessAtOnceLoseNoneOfThem) {
  // The first one starts the session, which takes milliseconds; the others come meanwhile.
  constexpr int kThreads = 6;
  std::vector<std::unique_ptr<BoxAndSink>> boxes;
  for (int t = 0; t < kThreads; t++) boxes.push_back(std::make_unique<BoxAndSink>("at" + std::to_string(t), base));
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++)
    threads.emplace_back([&, t] {
      Feed feed(boxes[t]->in);
      ready++;
      while (ready < kThreads) std::this_thread::yield();
      feed.push(50);
    });
  for (std::thread &thread : threads) thread.join();
  for (int t = 0; t < kThreads; t++) {
    EXPECT_EQ(hop("at" + std::to_string(t) + "/box:sink").buffers, 50u);
    EXPECT_EQ(hop("at" + std::to_string(t) + "/s:sink").buffers, 50u);
  }
}

}  // namespace
}  // namespace pyro::test
