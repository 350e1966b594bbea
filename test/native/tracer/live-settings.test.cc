// Do settings that change while buffers flow count exactly what flowed while they were so?
// SPDX-License-Identifier: MPL-2.0
#include "live-settings.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

constexpr int kThreads = 4, kSwitches = 20, kPushes = 50;

// Threads that push into a pipeline of their own, so many buffers each time that they are told to, and wait.
class Pushers {
 public:
  explicit Pushers(const std::string &name) {
    for (int i = 0; i < kThreads; i++) {
      names_.push_back(name + std::to_string(i));
      pipelines_.push_back(std::make_unique<BoxAndSink>(names_.back()));
      truths_.push_back(std::make_unique<Truth>(pipelines_.back()->sink, "sink"));
      threads_.emplace_back([this, i] { run(*pipelines_[i]); });
    }
  }
  ~Pushers() {
    tell(0);
    for (std::thread &thread : threads_) thread.join();
  }

  // Returns when all of them have.
  void push(int buffers) {
    tell(buffers);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == kThreads; });
  }

  void expect(uint64_t counted, uint64_t all) {
    for (int i = 0; i < kThreads; i++) {
      EXPECT_EQ(truths_[i]->buffers(), all);
      for (const char *pad : {"/box:sink", "/s:sink"}) {
        const Hop seen = hop(names_[i] + pad);
        EXPECT_EQ(seen.buffers, counted) << names_[i] << pad;
        EXPECT_EQ(seen.bytes, counted * 10);
        EXPECT_EQ(seen.inclusive.count, counted);
        EXPECT_EQ(seen.exclusive.count, counted);
      }
    }
    EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
    EXPECT_EQ(counter(wire::kWrapOrphan), 0u);
  }

 private:
  void tell(int buffers) {
    const std::lock_guard lock(mutex_);
    buffers_ = buffers;
    turn_++;
    waiting_ = 0;
    changed_.notify_all();
  }

  void run(BoxAndSink &into) {
    Feed feed(into.in);
    for (int turn = 1;; turn++) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return turn_ == turn; });
      const int buffers = buffers_;
      lock.unlock();
      if (buffers == 0) return;
      feed.push(buffers);
      lock.lock();
      waiting_++;
      changed_.notify_all();
    }
  }

  std::vector<std::string> names_;
  std::vector<std::unique_ptr<BoxAndSink>> pipelines_;
  std::vector<std::unique_ptr<Truth>> truths_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0, waiting_ = 0, buffers_ = 0;
};

// What is set before each of twenty turns, and whether buffers count then.
template <typename Setting>
void switch_twenty_times(const std::string &name, Setting setting) {
  Pushers pushers(name);
  uint64_t counted = 0, all = 0;
  for (int turn = 0; turn <= kSwitches; turn++) {
    pushers.push(kPushes + turn);
    all += static_cast<uint64_t>(kPushes + turn);
    if (turn == 0 || setting(turn - 1).second) counted += static_cast<uint64_t>(kPushes + turn);
    if (turn == kSwitches) break;
    ASSERT_TRUE(change(setting(turn).first));
  }
  pushers.expect(counted, all);
}

using Words = std::function<void(wire::Control &)>;

TEST(LiveSettings, WhatFlowsWhileItIsEnabledIsCountedAndNothingElse) {
  switch_twenty_times("enabled", [](int turn) {
    const bool on = turn % 2 == 1;
    return std::pair<Words, bool>{[on](wire::Control &words) { words.enabled = on; }, on};
  });
}

TEST(LiveSettings, WhatFlowsWhileItIsTimedIsCountedWhateverTheOrder) {
  switch_twenty_times("timed", [](int turn) {
    const uint32_t order[] = {wire::kTimingOff, wire::kTimingHooks, wire::kTimingWrap,
                              wire::kTimingOff, wire::kTimingWrap,  wire::kTimingHooks};
    const uint32_t timing = order[turn % 6];
    return std::pair<Words, bool>{[timing](wire::Control &words) { words.timing = timing; },
                                  timing != wire::kTimingOff};
  });
}

TEST(LiveSettings, RatesOfSamplesChangeNoCount) {
  switch_twenty_times("rates", [](int turn) {
    const uint32_t rates[] = {0, 1000, 20, 4000000000u, 250};
    return std::pair<Words, bool>{[rate = rates[turn % 5]](wire::Control &words) {
                                    words.sample_rate = rate;
                                    words.wall_rate = rate;
                                  },
                                  true};
  });
}

// A function that waits until it is let go.
struct Gate {
  static GstFlowReturn wait(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    inside = true;
    while (inside) g_usleep(1000);
    return pass_on(pad, parent, buffer);
  }
  static void push_around(Feed &feed, const std::function<void()> &meanwhile) {
    std::thread pusher([&] { feed.push(1); });
    EXPECT_TRUE(eventually([] { return inside.load(); }));
    meanwhile();
    inside = false;
    pusher.join();
  }
  static std::atomic<bool> inside;
};
std::atomic<bool> Gate::inside{false};

// The box's function began before the switch, the sink's after it.
TEST(LiveSettings, APushInFlightCountsAsItWasWhenEachFunctionBegan) {
  BoxAndSink gated("flight", Gate::wait);
  Feed feed(gated.in);
  Gate::push_around(feed, [] {});
  for (int round = 0; round < 3; round++) {
    Gate::push_around(feed, [] { ASSERT_TRUE(change([](wire::Control &words) { words.enabled = 0; })); });
    Gate::push_around(feed, [] { ASSERT_TRUE(change([](wire::Control &words) { words.enabled = 1; })); });
    Gate::push_around(feed, [] { ASSERT_TRUE(change([](wire::Control &words) { words.timing = wire::kTimingOff; })); });
    Gate::push_around(feed,
                      [] { ASSERT_TRUE(change([](wire::Control &words) { words.timing = wire::kTimingHooks; })); });
  }
  EXPECT_EQ(hop("flight/box:sink").buffers, 1u + 3 * 2);
  EXPECT_EQ(hop("flight/s:sink").buffers, 1u + 3 * 2);
  EXPECT_EQ(hop("flight/box:sink").nested, 0u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
  EXPECT_EQ(counter(wire::kClockBackwards), 0u);
}

void set_at_random(wire::Control &words, std::mt19937 &random) {
  switch (random() % 6) {
    case 0:
      words.enabled = random() % 2;
      break;
    case 1:
      words.timing = random() % 3;
      break;
    case 2:
      words.sample_rate = random() % 2000;
      break;
    case 3:
      words.wall_rate = random() % 3 * 50;
      break;
    case 4:
      words.span_threshold = random() % 2 == 0 ? 0 : wire::kSpanNever;
      break;
    default:
      words.span_p99 = random() % 2;
  }
  words.changes++;
}

// Words change at any time, faster than they are followed, while six threads push: every buffer arrives, and what comes
// after the storm is counted as before it.
TEST(LiveSettings, AStormOfChangesLosesNoBufferAndLeavesNothingBehind) {
  Pipeline first("storm1", "fakesrc num-buffers=100000 silent=true ! identity silent=true ! fakesink name=s");
  Pipeline second("storm2",
                  "fakesrc num-buffers=100000 silent=true ! tee name=t ! queue ! fakesink name=s "
                  "t. ! queue ! identity ! fakesink name=r");
  Truth one(first.element("s"), "sink"), two(second.element("s"), "sink"), three(second.element("r"), "sink");
  BoxAndSink after("after");
  Feed feed(after.in);
  feed.push(1);
  first.play();
  second.play();
  std::atomic<bool> done{false};
  std::thread storm([&] {
    std::mt19937 random(18);
    while (!done) {
      set_at_random(own_segment()->control, random);
      g_usleep(random() % 40000);
    }
  });
  first.wait_eos(120);
  second.wait_eos(120);
  done = true;
  storm.join();
  ASSERT_TRUE(change([](wire::Control &words) {
    words.enabled = 1;
    words.timing = wire::kTimingWrap;
  }));
  for (const Truth *truth : {&one, &two, &three}) EXPECT_EQ(truth->buffers(), 100000u);
  feed.push(100);
  EXPECT_EQ(hop("after/box:sink").buffers, 101u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
  EXPECT_EQ(counter(wire::kWrapOrphan), 0u);
  EXPECT_EQ(counter(wire::kThreadsOverflow), 0u);
}

TEST(LiveSettings, SamplesStopAtRateZeroAndComeAgainAtAnotherRate) {
  BoxAndSink any("rate");
  Feed(any.in).push(1);
  ASSERT_TRUE(change([](wire::Control &words) { words.sample_rate = 1000; }));
  ASSERT_TRUE(burn_until([] { return counter(wire::kSamplesWritten) > 20; }));
  for (int round = 0; round < 3; round++) {
    ASSERT_TRUE(change([&](wire::Control &words) { round % 2 ? words.enabled = 0 : words.sample_rate = 0; }));
    uint64_t before = 0;
    const auto stands_still = [&] {  // but for stacks that are walked later
      before = counter(wire::kSamplesWritten);
      burn(200);
      return counter(wire::kSamplesWritten) == before;
    };
    EXPECT_TRUE(burn_until(stands_still));
    ASSERT_TRUE(change([](wire::Control &words) {
      words.enabled = 1;
      words.sample_rate = 500;
    }));
    EXPECT_TRUE(burn_until([&] { return counter(wire::kSamplesWritten) > before + 10; }));
  }
}

// A thread that waits all the time, and half of it nobody looks.
TEST(LiveSettings, WhatThreadsWaitWhileNobodyLooksIsBookedOnNobody) {
  BoxAndSink gated("wait", Gate::wait);
  Feed feed(gated.in);
  Gate::push_around(feed, [] {});
  waited();
  const uint64_t begin = now_ns();
  uint64_t off = 0;
  Gate::push_around(feed, [&] {
    for (int round = 0; round < 4; round++) {
      ASSERT_TRUE(change([&](wire::Control &words) { round % 2 ? words.enabled = 0 : words.wall_rate = 0; }));
      const uint64_t written = counter(wire::kWallWritten), since = now_ns();
      ASSERT_TRUE(eventually([&] { return now_ns() - since > 400000000; }));
      off += now_ns() - since;
      ASSERT_TRUE(change([](wire::Control &words) {
        words.enabled = 1;
        words.wall_rate = 100;
      }));
      ASSERT_TRUE(eventually([&] { return counter(wire::kWallWritten) > written; }));
    }
  });
  ASSERT_TRUE(change([](wire::Control &words) { words.enabled = 0; }));
  const uint64_t on = now_ns() - begin - off;
  own_segment()->control.enabled = 1;
  for (const auto &[thread, ns] : waited()) EXPECT_LT(ns, on + off / 2) << "thread " << thread;
}

TEST(LiveSettings, WhatItCannotDoIsInTheSegmentFromTheBeginning) {
  BoxAndSink any("cannot");
  Feed(any.in).push(1);
  const uint32_t hooks = with_hooks() ? 0u : uint32_t{wire::kCannotHook};
  EXPECT_EQ(own_segment()->control.cannot.load(), wire::kCannotTrace | hooks);
  ASSERT_TRUE(change([](wire::Control &words) { words.span_threshold = 0; }));
  EXPECT_EQ(own_segment()->control.cannot.load(), wire::kCannotTrace | hooks);
  EXPECT_EQ(counter(wire::kSpansWritten), 0u);
}

// Probes run between a push and the function behind it: with hooks heard, that is the link's.
TEST(LiveSettings, HooksAreHeardOnlyWhileTheyAreAskedForAndAPushInFlightBalances) {
  BoxAndSink probed("heard");
  GstPad *out = gst_element_get_static_pad(probed.box, "src");
  gst_pad_add_probe(
      out, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *, gpointer) {
        if (Gate::inside.exchange(true)) return GST_PAD_PROBE_OK;
        while (Gate::inside) g_usleep(500);
        g_usleep(2000);
        return GST_PAD_PROBE_OK;
      },
      nullptr, nullptr);
  gst_object_unref(out);
  Feed feed(probed.in);
  Gate::push_around(feed, [] {});
  const auto links = [] { return spent("heard/box:src", wire::kCellLink); };
  for (const uint32_t timing : {wire::kTimingWrap, wire::kTimingHooks, wire::kTimingOff, wire::kTimingHooks}) {
    Gate::push_around(feed, [&] { ASSERT_TRUE(change([&](wire::Control &words) { words.timing = timing; })); });
    const uint64_t before = links();
    Gate::push_around(feed, [] {});
    EXPECT_EQ(links() > before, with_hooks() && timing == wire::kTimingHooks) << timing;
  }
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

}  // namespace
}  // namespace pyro::test
