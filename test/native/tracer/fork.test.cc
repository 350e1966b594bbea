// Does a fork hurt anybody? The child must not write into its parent's segment, may start a pipeline of its own, and
// never hangs. SPDX-License-Identifier: MPL-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

// Exit code of a child that runs `work`; -1 when it was killed or took longer than `seconds`.
int in_child(const std::function<int()> &work, unsigned seconds = 60) {
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(seconds);
    _exit(work());
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) ADD_FAILURE() << "child killed by " << strsignal(WTERMSIG(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void run_fakes(const std::string &name, int buffers) {
  Pipeline pipeline(name, "fakesrc num-buffers=" + std::to_string(buffers) + " ! identity name=i ! fakesink name=s");
  pipeline.run();
}

TEST(Fork, AChildCountsInASegmentOfItsOwn) {
  if (thread_count() > 1) GTEST_SKIP() << "GStreamer's thread pool would wait for threads that a child does not have";
  BoxAndSink parent("parent");
  Feed(parent.in).push(1000);
  ASSERT_NE(own_segment(), nullptr);
  const int code = in_child([] {
    if (own_segment()) return 1;  // before its first buffer it has none
    run_fakes("child", 3000);
    if (hop("child/i:sink").buffers != 3000 || hop("child/s:sink").buffers != 3000) return 2;
    if (!hops_below("parent/").empty()) return 3;
    if (counter(wire::kFrameImbalance) != 0 || counter(wire::kWrapOrphan) != 0) return 4;
    return testing::Test::HasFailure() ? 5 : 0;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(hop("parent/box:sink").buffers, 1000u);
  EXPECT_TRUE(hops_below("child/").empty());
}

TEST(Fork, AChildMayFreeWhatItInheritedBeforeItsFirstBuffer) {
  // In no pipeline: the bus of one is a socket that parent and child share.
  GstElement *sink = GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("fakesink", "freed")));
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  gst_element_set_state(sink, GST_STATE_PLAYING);
  GstPad *in = gst_element_get_static_pad(sink, "sink");
  auto feed = std::make_unique<Feed>(in);
  gst_object_unref(in);
  feed->push(10);
  const auto free_all = [&feed, sink] {
    feed.reset();
    gst_element_set_state(sink, GST_STATE_NULL);
    gst_object_unref(sink);
  };
  const int code = in_child([&free_all] {
    free_all();
    return own_segment() ? 1 : 0;
  });
  EXPECT_EQ(code, 0);
  free_all();
  EXPECT_EQ(hop("freed:sink").buffers, 10u);
}

TEST(Fork, AChildGoesOnWithThePipelineItInherited) {
  BoxAndSink inherited("inherited");
  Feed fed(inherited.in);
  fed.push(100);  // fills state, cells and cache of the pads
  const int code = in_child([&fed] {
    fed.push(500);
    if (hop("inherited/box:sink").buffers != 500 || hop("inherited/s:sink").buffers != 500) return 2;
    return counter(wire::kFrameImbalance) != 0 ? 3 : 0;
  });
  EXPECT_EQ(code, 0);
  fed.push(11);
  EXPECT_EQ(hop("inherited/box:sink").buffers, 111u);
  EXPECT_EQ(hop("inherited/s:sink").buffers, 111u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

int fork_result = -1;
GstFlowReturn fork_inside(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  const pid_t pid = fork();
  if (pid == 0) alarm(30);
  const GstFlowReturn flow = pass_on(pad, parent, buffer);
  if (pid == 0) return flow;  // the child returns through our wrapper as well
  int status = 0;
  waitpid(pid, &status, 0);
  fork_result = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return flow;
}

// The child's first call was the sink's. The frame around it was its parent's: forgotten, not counted as an imbalance.
int judge_born_inside() {
  if (hop("inside/s:sink").buffers != 1) return 2;
  if (!hops_below("inside/box").empty()) return 3;
  return counter(wire::kFrameImbalance) != 0 ? 4 : 0;
}

TEST(Fork, AChildBornInsideAChainFunctionReturnsThroughItsFrame) {
  BoxAndSink inside("inside", fork_inside);
  Feed fed(inside.in);
  const pid_t parent = getpid();
  fed.push(1);
  if (getpid() != parent) _exit(judge_born_inside());
  EXPECT_EQ(fork_result, 0);
  EXPECT_EQ(hop("inside/box:sink").buffers, 1u);
  EXPECT_EQ(hop("inside/s:sink").buffers, 1u);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

TEST(Fork, NoneOfManyChildrenOfABusyProcessHangs) {
  // Threads make and free pipelines all the time, so that every lock of ours is held at some fork; each child starts a
  // session of its own, which takes them all.
  BoxAndSink forked("forked");
  Feed fed(forked.in);
  fed.push(1);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; t++)
    threads.emplace_back([&stop, &made, t] {
      for (; !stop; made++) run_fakes("busy" + std::to_string(t), 5);
    });
  for (int i = 0; i < 200; i++) {
    const int code = in_child(
        [&fed] {
          fed.push(3);
          return hop("forked/s:sink").buffers == 3 ? 0 : 2;
        },
        20);
    ASSERT_EQ(code, 0) << "fork " << i;
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  EXPECT_GT(made.load(), 0u);
}

}  // namespace
}  // namespace pyro::test
