// Do stacks of real pipelines on stock packages reach the thread's root, and what does a walk cost there?
// SPDX-License-Identifier: MPL-2.0
#include <dirent.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "../oracle/lost-stacks.h"
#include "modules-ready.h"
#include "sampler.h"

namespace pyro::unwind::test {
namespace {

constexpr uint32_t kThreads = 64;
constexpr uint32_t kLosses = 4096;

std::atomic<uint64_t> samples, roots, inferred, truncated, frames_seen, ends[9];
std::atomic<uint32_t> cost_count, loss_count;
uint32_t cost_ns[1 << 18];
struct Loss {
  End end;
  uint64_t leaf, last;
} losses[kLosses];

oracle::LostStacks lost_stacks;

struct KnownThread {
  std::atomic<pid_t> tid;
  std::atomic<uint64_t> sp, low, high;
} known[kThreads];

// A thread that is met for the first time says where its stack pointer is; the test's thread looks up the rest.
KnownThread *slot_of(pid_t tid) {
  for (KnownThread &thread : known) {
    pid_t found = thread.tid.load(std::memory_order_acquire);
    if (found == tid) return &thread;
    if (found == 0 && thread.tid.compare_exchange_strong(found, tid)) return &thread;
  }
  return nullptr;
}

uint64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

void hit(const ucontext_t *context) {
  const Registers start = read_registers(context);
  KnownThread *thread = slot_of(static_cast<pid_t>(syscall(SYS_gettid)));
  if (!thread) return;
  const StackBounds stack{thread->low.load(std::memory_order_relaxed), thread->high.load(std::memory_order_acquire)};
  if (stack.high == 0) {
    thread->sp = start.r[kStackPointer];
    return;
  }
  uint64_t frames[kMaxFrames];
  const uint64_t begin = now_ns();
  const Walk out = walk(start, stack, frames, alternate_stack(context));
  const uint32_t at = cost_count.fetch_add(1);
  if (at < std::size(cost_ns)) cost_ns[at] = static_cast<uint32_t>(now_ns() - begin);
  samples++;
  roots += out.end == End::kRoot;
  inferred += out.inferred;
  truncated += out.truncated;
  frames_seen += out.depth;
  ends[static_cast<int>(out.end)]++;
  if (out.end == End::kRoot) return;
  const uint32_t lost = loss_count.fetch_add(1);
  if (lost < kLosses) losses[lost] = {out.end, frames[0], out.depth ? frames[out.depth - 1] : 0};
  lost_stacks.take(start, stack, out, frames);
}

// The mapping that holds a thread's stack pointer is its stack.
void learn_stacks() {
  for (KnownThread &thread : known) {
    const uint64_t sp = thread.sp;
    if (sp == 0 || thread.high != 0) continue;
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    while (fgets(line, sizeof line, file)) {
      unsigned long low, high;
      if (sscanf(line, "%lx-%lx", &low, &high) != 2 || sp < low || sp >= high) continue;
      thread.low.store(low, std::memory_order_relaxed);
      thread.high.store(high, std::memory_order_release);
    }
    fclose(file);
  }
}

// Arms a timer for every thread but the caller, until it goes.
class AllThreads {
 public:
  AllThreads(bool cpu_clock, long hz) : cpu_clock_(cpu_clock), hz_(hz) {}
  void look() {
    DIR *tasks = opendir("/proc/self/task");
    const auto self = static_cast<pid_t>(syscall(SYS_gettid));
    for (const dirent *entry; (entry = readdir(tasks));) {
      const pid_t tid = atoi(entry->d_name);
      if (tid <= 0 || tid == self || timers_.count(tid)) continue;
      timers_[tid] = std::make_unique<Sampler>(cpu_clock_ ? Sampler::cpu_clock(tid) : CLOCK_MONOTONIC, hz_, tid);
    }
    closedir(tasks);
  }

 private:
  bool cpu_clock_;
  long hz_;
  std::map<pid_t, std::unique_ptr<Sampler>> timers_;
};

void reset() {
  samples = roots = inferred = truncated = frames_seen = 0;
  cost_count = loss_count = 0;
  for (auto &end : ends) end = 0;
}

void print(const char *what) {
  const uint32_t costs = std::min<uint32_t>(cost_count, std::size(cost_ns));
  std::sort(cost_ns, cost_ns + costs);
  const uint64_t n = std::max<uint64_t>(samples, 1);
  printf("  %-22s samples %lu root %.3f%% inferred %.1f%% truncated %lu depth %.1f | ns p50 %u p99 %u | ends", what,
         samples.load(), 100.0 * static_cast<double>(roots) / static_cast<double>(n),
         100.0 * static_cast<double>(inferred) / static_cast<double>(n), truncated.load(),
         static_cast<double>(frames_seen) / static_cast<double>(n), costs ? cost_ns[costs / 2] : 0,
         costs ? cost_ns[costs * 99 / 100] : 0);
  for (auto &end : ends) printf(" %lu", end.load());
  printf("\n");
  std::map<std::string, int> by_place;
  for (uint32_t i = 0; i < std::min<uint32_t>(loss_count, kLosses); i++) {
    char text[600];
    snprintf(text, sizeof text, "end %d leaf %s+0x%lx last %s+0x%lx", static_cast<int>(losses[i].end),
             tagged()[frame_tag(losses[i].leaf)].path.c_str(), frame_address(losses[i].leaf),
             tagged()[frame_tag(losses[i].last)].path.c_str(), frame_address(losses[i].last));
    by_place[text]++;
  }
  int shown = 0;
  for (const auto &[place, count] : by_place)
    if (shown++ < 12) printf("      %5d %s\n", count, place.c_str());
}

// Requests tables as the tracer does: the core, what the functions of all pads lie in, and the plugins' own files.
void request_elements(GstBin *bin) {
  ModuleMap &map = ModuleMap::instance();
  map.request_core();
  map.exclude(reinterpret_cast<const void *>(&hit));  // as the tracer does with itself
  GstIterator *elements = gst_bin_iterate_recurse(bin);
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(elements, &item) == GST_ITERATOR_OK) {
    auto *element = static_cast<GstElement *>(g_value_get_object(&item));
    for (GList *pad = element->pads; pad; pad = pad->next)
      if (const auto function = GST_PAD(pad->data)->chainfunc)
        map.request_table_for(reinterpret_cast<const void *>(function));
    GstPlugin *plugin = gst_plugin_feature_get_plugin(GST_PLUGIN_FEATURE(gst_element_get_factory(element)));
    if (plugin && gst_plugin_get_filename(plugin)) map.request_table_of(gst_plugin_get_filename(plugin));
    if (plugin) gst_object_unref(plugin);
    g_value_reset(&item);
  }
  gst_iterator_free(elements);
}

struct Case {
  const char *name, *pipeline, *needs;
};
std::ostream &operator<<(std::ostream &out, const Case &one) { return out << one.name; }

class Pipeline : public testing::TestWithParam<Case> {};

// Until there are enough samples since the last reset(): a busy machine takes longer for them.
void run_until(uint64_t enough, std::chrono::seconds at_most, AllThreads &threads) {
  const auto stop = std::chrono::steady_clock::now() + at_most;
  while (samples < enough && std::chrono::steady_clock::now() < stop) {
    threads.look();
    learn_stacks();
    refresh_and_tag();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

TEST_P(Pipeline, reaches_the_root_in_999_of_1000_samples) {
  gst_init(nullptr, nullptr);
  GstElementFactory *factory = gst_element_factory_find(GetParam().needs);
  if (!factory) GTEST_SKIP() << GetParam().needs << " is not installed";
  gst_object_unref(factory);
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch(GetParam().pipeline, &error);
  ASSERT_TRUE(pipeline && !error) << (error ? error->message : "");
  request_elements(GST_BIN(pipeline));
  refresh_and_tag();
  Sampler::install(hit);
  ASSERT_NE(gst_element_set_state(pipeline, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  {
    AllThreads warm_up(false, 500);
    run_until(700, std::chrono::seconds(10), warm_up);
    print("first moments");
  }
  reset();
  {
    AllThreads fast(false, 1000);
    run_until(5000, std::chrono::seconds(60), fast);
  }
  print("1000 Hz");
  lost_stacks.write(LOST_STACKS, GetParam().name);
  const uint64_t fast_samples = samples, fast_roots = roots;
  reset();
  {
    AllThreads slow(true, 100);
    run_until(150, std::chrono::seconds(20), slow);
  }
  print("CPU clock, 100 Hz");
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  const Stats stats = ModuleMap::instance().stats();
  printf("  modules %u tables %u rows %lu bytes %lu rules %u broken %u bad %u over the cap %u build %.1f ms\n",
         stats.modules, stats.tables, stats.rows, stats.bytes, stats.rules, stats.broken, stats.bad_functions,
         stats.over_cap, static_cast<double>(stats.build_ns) / 1e6);
  EXPECT_GE(fast_samples, 5000u);
  EXPECT_GE(fast_roots * 1000, fast_samples * 999);
  EXPECT_EQ(stats.broken, 0u);
  EXPECT_LT(stats.bytes, ModuleMap::kMostBytes + 1);
}

INSTANTIATE_TEST_SUITE_P(
    Stock, Pipeline,
    testing::Values(
        Case{"convert",
             "videotestsrc ! video/x-raw,width=640,height=480 ! videoconvert ! videoscale ! "
             "video/x-raw,format=RGB,width=320,height=200 ! videoconvert ! video/x-raw,format=NV12 ! fakesink",
             "videoconvert"},
        Case{"x264", "videotestsrc pattern=snow ! video/x-raw,width=640,height=480 ! videoconvert ! x264enc ! fakesink",
             "x264enc"},
        Case{"audio",
             "audiotestsrc samplesperbuffer=160 ! audioconvert ! audioresample ! audio/x-raw,rate=16000,channels=2 ! "
             "volume volume=0.5 ! fakesink",
             "audioresample"},
        Case{"jpeg", "videotestsrc ! video/x-raw,width=640,height=480 ! jpegenc ! jpegdec ! videoconvert ! fakesink",
             "jpegenc"},
        Case{"vpx", "videotestsrc ! video/x-raw,width=320,height=240 ! vp8enc deadline=1 ! vp8dec ! fakesink",
             "vp8enc"},
        Case{"libav",
             "videotestsrc ! video/x-raw,width=640,height=480 ! avenc_mpeg4 ! avdec_mpeg4 ! videoconvert ! fakesink",
             "avenc_mpeg4"}),
    [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pyro::unwind::test
