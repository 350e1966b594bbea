// Does a call that passes while nothing is recorded reach the right function, and leave nothing wrong behind?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/passed-call.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "pads/watch.h"
#include "pads/wrap/wrap.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

timing::Residence *queue_before = nullptr;  // of the next pad that is resolved

void resolve(PadState &state, Kind) {
  state.hop = {&threads::live_segment()->cells.cell[1], 1, 2, true};
  state.queue.output = queue_before;
  state.queue.cell = &threads::live_segment()->cells.cell[2];
  state.noted = queue_before != nullptr;
}

const Owner owner{[] {},
                  resolve,
                  [](PadState &) {},
                  [](PadState &) {},
                  [](PadState &, uint32_t) {},
                  [](GstPad *) -> uint32_t { return 1; },
                  [](gpointer const *, guint) {},
                  [](PadState &) {}};

int calls[3];
std::function<void()> meanwhile;  // done once, in the next function that is called

template <int i>
GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  calls[i]++;
  gst_buffer_unref(buffer);
  if (meanwhile) std::exchange(meanwhile, nullptr)();
  return GST_FLOW_OK;
}

// Two linked pads, the second one wrapped.
struct Link {
  explicit Link(GstPadChainFunction chain) {
    gst_pad_set_chain_function(sink, chain);
    for (GstPad *pad : {source, sink}) {
      gst_object_ref_sink(pad);
      gst_pad_set_active(pad, TRUE);
    }
    EXPECT_EQ(gst_pad_link(source, sink), GST_PAD_LINK_OK);
    gst_pad_push_event(source, gst_event_new_stream_start("passed"));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_BYTES);
    gst_pad_push_event(source, gst_event_new_segment(&segment));
    ensure(sink);
    look_again();
  }
  ~Link() {
    gst_object_unref(source);
    gst_object_unref(sink);
  }
  Link(const Link &) = delete;
  Link &operator=(const Link &) = delete;
  void push(int buffers) {
    for (int i = 0; i < buffers; i++) EXPECT_EQ(gst_pad_push(source, gst_buffer_new()), GST_FLOW_OK);
  }
  GstPad *const source = gst_pad_new("source", GST_PAD_SRC);
  GstPad *const sink = gst_pad_new("sink", GST_PAD_SINK);
};

class PassedCallTest : public testing::Test {
 protected:
  void SetUp() override {
    gst_init(nullptr, nullptr);
    int error = 0;
    mapping_ = wire::Mapping::create(&error);
    ASSERT_TRUE(mapping_) << error;
    threads::go_live(mapping_->segment());
    static const bool started = (start(owner, Engine::kWrap), true);
    (void)started;
    set_recording(false);
    for (int &count : calls) count = 0;
    meanwhile = nullptr;
    queue_before = nullptr;
  }
  void TearDown() override {
    set_recording(true);
    threads::go_live(nullptr);
  }
  uint64_t counted() const { return mapping_->segment()->cells.cell[1].buffers.load(); }

  std::optional<wire::Mapping> mapping_;
};

TEST_F(PassedCallTest, NothingIsCountedAndTheThreadHasNoFrameLeft) {
  Link link(take<0>);
  link.push(100);
  EXPECT_EQ(calls[0], 100);
  EXPECT_EQ(counted(), 0u);
  EXPECT_EQ(threads::current()->depth, 0u);
}

TEST_F(PassedCallTest, AFunctionThatReplacedTheOneThatWasRememberedIsCalled) {
  Link link(take<0>);
  link.push(10);
  gst_pad_set_chain_function(link.sink, take<1>);
  link.push(10);
  look_again();  // at another level, and the frame is at the same depth
  link.push(10);
  EXPECT_EQ(calls[0], 10);
  EXPECT_EQ(calls[1], 20);
}

TEST_F(PassedCallTest, APadThatLiesWhereAnotherLayHasItsOwnFunction) {
  for (int round = 0; round < 50; round++) {
    Link(take<0>).push(3);
    Link(take<1>).push(3);
  }
  EXPECT_EQ(calls[0], 150);
  EXPECT_EQ(calls[1], 150);
}

// More than a thread remembers of one root call, in an order that changes.
TEST_F(PassedCallTest, AFunctionThatPushesHundredsOfBuffersReachesTheRightOnes) {
  Link outer(take<0>), one(take<1>), two(take<2>);
  for (int round = 1; round <= 4; round++) {
    meanwhile = [&] {
      for (int i = 0; i < 200; i++) ((i / round) % 2 == 0 ? one : two).push(1);
      EXPECT_EQ(threads::current()->depth, 1u);
    };
    outer.push(1);
  }
  EXPECT_EQ(calls[0], 4);
  EXPECT_EQ(calls[1] + calls[2], 800);
  EXPECT_EQ(calls[1], 100 + 100 + 101 + 100);
  EXPECT_EQ(threads::current()->depth, 0u);
}

// The thread that passes has seen the pad before another one, which recorded, found a queue in front of it.
TEST_F(PassedCallTest, OfAQueueThatWasFoundMeanwhileNothingIsKnownAfterwards) {
  const auto queue = std::make_unique<timing::Residence>();
  Link link(take<0>);
  link.push(10);
  set_recording(true);
  queue_before = queue.get();
  std::thread([&] { link.push(1); }).join();
  EXPECT_EQ(counted(), 1u);
  queue->put(&link, 1);
  EXPECT_EQ(queue->level(), 1u);
  set_recording(false);
  link.push(1);
  EXPECT_EQ(queue->level(), 0u) << "it passed unseen, or was dropped: nobody looked";
  EXPECT_EQ(calls[0], 12);
}

TEST_F(PassedCallTest, ACallThatIsRecordedInsideIsNoRootAndTheNextOneIs) {
  Link outer(take<0>), inner(take<1>);
  outer.push(2);  // is remembered
  meanwhile = [&] {
    set_recording(true);
    inner.push(1);
    EXPECT_EQ(threads::current()->depth, 1u);
    EXPECT_EQ(threads::current()->element.load(), 0u) << "that of the function that passes is not known";
    EXPECT_EQ(threads::current()->root_end, 0u);
  };
  outer.push(1);
  EXPECT_EQ(counted(), 1u);
  EXPECT_EQ(threads::current()->depth, 0u);
  outer.push(1);
  EXPECT_EQ(counted(), 2u);
  EXPECT_NE(threads::current()->root_end, 0u);
  set_recording(false);
  outer.push(1);
  EXPECT_EQ(threads::current()->root_end, 0u) << "what passes is no gap of a driver";
  EXPECT_EQ(threads::current()->element.load(), 0u);
  EXPECT_EQ(mapping_->segment()->counters.get(wire::kFrameImbalance), 0u);
}

}  // namespace
}  // namespace pyro::pads
