// How is the tracer started, drained and held against its own sums?
// SPDX-License-Identifier: MPL-2.0
#include "session.h"

#include <gst/gst.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#include "own-segment.h"
#include "unwind/walk/unwinder.h"

namespace pyro::storms {
namespace {

constexpr uint64_t kSampleRate = 1000;
constexpr uint64_t kFlatBytes = 8u << 20;
// A thread's last tick may still be due, one of the kernel's ticks each; the rest is what clocks differ by.
constexpr double kShareTolerance = 0.03;
constexpr double kLastTicksNs = 6 * 8e6;

// The few plugins that storms need: a scan of all there are takes longer than a storm.
std::string few_plugins() {
  const std::string few = BUILD_DIR "/tests/storm-plugins";
  mkdir(few.c_str(), 0755);
  for (const char *name : {"coreelements", "videotestsrc", "videoconvert", "videoconvertscale", "audiotestsrc",
                           "audioconvert", "volume"}) {
    const std::string file = "/libgst" + std::string(name) + ".so";
    if (access((GSTREAMER_PLUGINS + file).c_str(), R_OK) != 0) continue;
    if (symlink((GSTREAMER_PLUGINS + file).c_str(), (few + file).c_str()) != 0 && errno != EEXIST) return "";
  }
  return few;
}

void run_first_pipeline() {
  GstElement *pipeline = gst_parse_launch("fakesrc num-buffers=5 ! fakesink", nullptr);
  if (!pipeline) return;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  const auto over = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GstMessage *message = gst_bus_timed_pop_filtered(bus, 20 * GST_SECOND, over)) gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

bool eventually(const std::function<bool()> &condition) {
  const uint64_t give_up = monotonic_ns() + 30000000000u;
  while (!condition()) {
    if (monotonic_ns() > give_up) return false;
    const timespec little{0, 2000000};
    nanosleep(&little, nullptr);
  }
  return true;
}

// Memory that is this process's alone.
uint64_t anonymous_bytes() {
  FILE *file = fopen("/proc/self/status", "r");
  char line[200];
  unsigned long kilobytes = 0;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "RssAnon: %lu kB", &kilobytes) == 1) break;
  if (file) fclose(file);
  return kilobytes * 1024;
}

void add_record(const unsigned char *at, uint32_t left, Drained *sum) {
  wire::StackSample sample{};
  std::memcpy(&sample, at, left < sizeof sample ? left : sizeof sample);
  // What a thread waits for is known even where it has no stack.
  const bool blocked = sample.header.kind == wire::kRecordBlockedSample;
  const bool good = (sample.header.kind == wire::kRecordCpuSample || blocked) && sample.header.size <= left &&
                    (sample.depth > 0 || blocked) && sample.depth <= wire::kMaxFrames &&
                    sample.chain <= wire::kMaxChain &&
                    sample.header.size == wire::record_bytes(sample.depth, sample.chain) &&
                    sample.end < wire::kStackEndCount && sample.weight_ns > 0;
  sum->malformed += !good;
  if (blocked) return void(sum->blocked++);
  sum->samples++;
  sum->weight_ns += sample.weight_ns;
  sum->to_the_root += sample.end == static_cast<uint8_t>(unwind::End::kRoot);
}

}  // namespace

uint64_t counter_by_name(const char *name) {
  for (uint32_t i = 0; i < wire::kCounterCount; i++)
    if (strcmp(wire::kCounterInfo[i].name, name) == 0) return test::counter(static_cast<wire::Counter>(i));
  return UINT64_MAX;
}

double Books::share() const {
  const uint64_t booked = drained.weight_ns + masked_ns + ring_full * period_ns;
  return registered_ns ? static_cast<double>(booked) / static_cast<double>(registered_ns) : 0;
}

bool Session::begin(const Storm &storm) {
  const std::string few = few_plugins();
  g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  g_setenv("GST_PLUGIN_PATH_1_0", (std::string(PLUGIN_DIR ":") + few).c_str(), TRUE);
  g_setenv("GST_REGISTRY_1_0", BUILD_DIR "/tests/registry-storms.bin", TRUE);
  g_setenv("GST_REGISTRY_FORK", "no", TRUE);
  // No agent: this process reads the segment itself. No process has this number, so nobody is waited for at exit.
  g_setenv("GST_PYROSCOPE_HOST_PID", "2147483647", TRUE);
  const std::string tracer =
      "pyroscope(sample-rate=" + std::to_string(kSampleRate) + "," + std::string(storm.parameters) + ")";
  g_setenv("GST_TRACERS", tracer.c_str(), TRUE);
  gst_init(nullptr, nullptr);
  run_first_pipeline();
  const auto looked = [] { return test::own_segment() && test::own_segment()->account.last_look_mono_ns.load() != 0; };
  if (!eventually(looked)) {
    why_ = "the tracer did not start";
    return false;
  }
  drainer_ = std::thread([this] { drain_until_told(); });
  return true;
}

void Session::drain_until_told() {
  while (!stop_.load()) {
    drain();
    const timespec little{0, 5000000};
    nanosleep(&little, nullptr);
  }
}

void Session::drain() {
  wire::RingRead ring(test::own_segment()->ring);
  for (uint32_t chunk = 0; chunk < wire::kChunkCount; chunk++) {
    const wire::ChunkView view = ring.peek(chunk);
    uint32_t records = 0, at = 0;
    for (; at < view.bytes; records++) {
      wire::RecordHeader header;
      std::memcpy(&header, view.from + at, sizeof header);
      add_record(view.from + at, view.bytes - at, &drained_);
      if (header.size == 0) break;
      at += header.size;
    }
    ring.advance(chunk, view.bytes, records);
  }
}

void Session::watch(Weather &weather) {
  weather.last_look = [] { return test::own_segment()->account.last_look_mono_ns.load(); };
  weather.half_time = [this] { memory_at_half_ = anonymous_bytes(); };
  weather.all_asleep = [this] { take_books(); };
}

// Nothing else runs now, but this thread itself may be sampled between two readings: until both are equal.
void Session::take_books() {
  memory_at_end_ = anonymous_bytes();
  stop_ = true;
  drainer_.join();
  const wire::Segment &segment = *test::own_segment();
  const auto written = [&] { return segment.counters.get(wire::kSamplesWritten); };
  for (int i = 0; i < 1000; i++) {
    books_.written = written();
    drain();
    books_.wall_written = segment.counters.get(wire::kWallWritten);
    books_.handled = 0;
    for (const auto &bucket : segment.handler.bucket) books_.handled += bucket.load();
    books_.ring_full = segment.counters.get(wire::kRingFull);
    const bool still = books_.written == written() && drained_.blocked == books_.wall_written;
    if (still && books_.handled <= books_.written + books_.ring_full) break;
  }
  books_.drained = drained_;
  books_.masked = segment.counters.get(wire::kSampleMasked);
  books_.foreign = segment.counters.get(wire::kForeignSignal);
  books_.no_thread = segment.counters.get(wire::kSampleNoThread);
  books_.masked_ns = segment.account.masked_ns.load();
  books_.registered_ns = segment.account.registered_cpu_ns.load();
  books_.period_ns = 1000000000u / kSampleRate;
}

void Session::judge(const Storm &storm, Weather &weather) const {
  const Books &b = books_;
  const auto text = [](uint64_t n) { return std::to_string(n); };
  if (b.drained.malformed) weather.fail(text(b.drained.malformed) + " malformed records");
  if (b.drained.samples != b.written)
    weather.fail("drained " + text(b.drained.samples) + " samples of " + text(b.written) + " written");
  if (b.drained.blocked != b.wall_written)
    weather.fail("drained " + text(b.drained.blocked) + " blocked samples of " + text(b.wall_written) + " written");
  // Of threads that push no buffers ticks are not measured.
  if (b.handled > b.written + b.ring_full)
    weather.fail(text(b.handled) + " ticks measured, " + text(b.written) + " written and " + text(b.ring_full) +
                 " dropped");
  if (b.written == 0) weather.fail("no sample at all");
  const double allowed = kShareTolerance + kLastTicksNs / static_cast<double>(b.registered_ns + 1);
  if (storm.accounted && !kThreadSanitizer && std::abs(b.share() - 1) > allowed)
    weather.fail("weights do not add up to the CPU time of the threads");
  const bool grows = memory_at_end_ > memory_at_half_ + kFlatBytes;
  if (grows && !kAddressSanitizer && !kThreadSanitizer) weather.fail("memory grows");
}

int Session::end(const Storm &storm, Weather &weather) {
  judge(storm, weather);
  Seen seen{counter_by_name, books_.drained.samples, books_.drained.to_the_root};
  if (storm.after) storm.after(weather, seen);
  const double root = books_.drained.samples ? 100.0 * static_cast<double>(books_.drained.to_the_root) /
                                                   static_cast<double>(books_.drained.samples)
                                             : 0;
  const long growth = static_cast<long>(memory_at_end_) - static_cast<long>(memory_at_half_);
  const auto failures = weather.failures();
  printf("  %-24s %9.0f %8lu %9lu %8lu %7lu %8.1f %7.3f%s %8ld  %s\n", storm.name,
         static_cast<double>(weather.rounds()) / weather.seconds(), books_.written, books_.ring_full, books_.masked,
         books_.foreign, root, books_.share(), storm.accounted ? " " : "*", growth / 1024,
         failures.empty() ? "ok" : "FAILED");
  for (const std::string &failure : failures) printf("      %s\n", failure.c_str());
  fflush(stdout);
  return failures.empty() ? 0 : 1;
}

}  // namespace pyro::storms
