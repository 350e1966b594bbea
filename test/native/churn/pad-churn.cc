// Does anything grow, go stale or get lost while a thousand pads come and go each second?
//
//   pad_churn [--minutes 10 | --seconds N] [--rate 1000]
//
// Each life: a sink pad gets one of sixteen functions, is linked, pushed to, given another function and linked to
// another pad, pushed to from another thread, and freed. The function itself knows whether it was the one to be called.
// Prints JSON; exit code 0 = memory flat, no stale call, all counts exact.
// SPDX-License-Identifier: MPL-2.0
#include <getopt.h>

#include <array>
#include <cinttypes>
#include <map>
#include <thread>
#include <vector>

#include "life.h"
#include "memory.h"
#include "own-segment.h"

namespace pyro::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  double seconds = 600;
  double rate = 1000;
};

Options read_options(int argc, char **argv) {
  Options options;
  const option known[] = {{"minutes", required_argument, nullptr, 'm'},
                          {"seconds", required_argument, nullptr, 's'},
                          {"rate", required_argument, nullptr, 'r'},
                          {}};
  for (int c; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (c == 'm') options.seconds = 60 * g_ascii_strtod(optarg, nullptr);
    if (c == 's') options.seconds = g_ascii_strtod(optarg, nullptr);
    if (c == 'r') options.rate = g_ascii_strtod(optarg, nullptr);
    if (c == '?') exit(2);
  }
  if (options.seconds <= 0 || options.rate <= 0) exit(2);
  return options;
}

// Until every name and cell that is capped is used up: from then on nothing may grow any more.
void fill(std::vector<Maker> &makers) {
  for (Maker &maker : makers)
    for (int i = 0; i < 100; i++) maker.live(i, false);  // the pool's names have cells of their own
  while (counter(wire::kDirectoryFull) == 0)
    for (Maker &maker : makers) maker.live(0, true);
}

// Lives at a steady rate until `end`; how many.
uint64_t make_lives(Maker &maker, double rate, Clock::time_point begin, Clock::time_point end) {
  uint64_t lives = 0;
  for (Clock::time_point due = begin; due < end; lives++) {
    std::this_thread::sleep_until(due);
    maker.live(lives, lives % 4 == 0);
    due = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>((lives + 1) / rate));
  }
  return lives;
}

struct Figures {
  double seconds = 0;
  uint64_t lives = 0;
  std::vector<Memory> memory;
};

Figures run(std::vector<Maker> &makers, const Options &options) {
  Figures figures;
  const Clock::time_point begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  std::atomic<uint64_t> lives{0};
  std::vector<std::thread> threads;
  for (Maker &maker : makers)
    threads.emplace_back([&] { lives += make_lives(maker, options.rate / makers.size(), begin, end); });
  const auto step = (end - begin) / 30;
  for (int i = 1; i <= 30; i++) {
    std::this_thread::sleep_until(begin + step * i);
    figures.memory.push_back(look_at_memory());
  }
  for (std::thread &thread : threads) thread.join();
  figures.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  figures.lives = lives;
  return figures;
}

// Names whose cells differ from what the functions themselves counted.
uint64_t wrong_counts(const std::vector<Maker> &makers) {
  std::map<std::string, uint64_t> cells, truth;
  for (const Hop &one : hops()) {
    const bool pooled = one.pad.find(kPoolPrefix) != std::string::npos;
    cells[pooled ? one.pad : "the others"] += one.buffers;
  }
  for (const Maker &maker : makers) maker.add_truth(truth);
  uint64_t wrong = 0;
  for (const auto &[pad, buffers] : truth) {
    if (cells[pad] != buffers)
      fprintf(stderr, "%s: %" PRIu64 " buffers, %" PRIu64 " counted\n", pad.c_str(), buffers, cells[pad]);
    wrong += cells[pad] != buffers;
  }
  return wrong + (cells.size() != truth.size());
}

// CPU of the background thread: it must not wake up for every pad.
double background_cpu_seconds();

int report(const Options &options, const std::vector<Maker> &makers, const Figures &figures) {
  uint64_t delivered = 0;
  std::map<std::string, uint64_t> truth;
  for (const Maker &maker : makers) maker.add_truth(truth);
  for (const auto &[pad, buffers] : truth) delivered += buffers;
  const uint64_t wrong = wrong_counts(makers), stale = stale_calls();
  const uint64_t trouble = counter(wire::kWrapOrphan) + counter(wire::kFrameImbalance) +
                           counter(wire::kWrapLevelsFull) + counter(wire::kWrapLoop) + counter(wire::kFrameOverflow);
  const Growth growth = growth_of(figures.memory);
  const double bar = 1 << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const bool flat = true;  // a sanitizer keeps what was freed
#else
  const bool flat = growth.rss_bytes <= bar && growth.heap_bytes <= bar;
#endif
  const bool holds = wrong == 0 && stale == 0 && trouble == 0 && flat && delivered > 0 &&
                     figures.lives >= 0.5 * options.rate * figures.seconds;
  printf("{\"seconds\": %.1f, \"lives\": %" PRIu64 ", \"livesPerSecond\": %.0f, \"pads\": %" PRIu64
         ", \"delivered\": %" PRIu64 ", \"staleCalls\": %" PRIu64 ", \"wrongCounts\": %" PRIu64
         ", \"lossesOfWrapping\": %" PRIu64 ", \"cellsFull\": %" PRIu64 ", \"directoryFull\": %" PRIu64
         ", \"rssBytes\": %.0f, \"rssGrowthBytes\": %.0f, \"heapGrowthBytes\": %.0f, \"backgroundCpuPercent\": %.2f, "
         "\"holds\": %s}\n",
         figures.seconds, figures.lives, figures.lives / figures.seconds, figures.lives * kPadsPerLife, delivered,
         stale, wrong, trouble, counter(wire::kCellsFull), counter(wire::kDirectoryFull), figures.memory.back().rss,
         growth.rss_bytes, growth.heap_bytes, 100 * background_cpu_seconds() / figures.seconds,
         holds ? "true" : "false");
  return holds ? 0 : 1;
}

double background_cpu_seconds() { return cpu_seconds_of_thread("gst-pyroscope"); }

}  // namespace
}  // namespace pyro::test

int main(int argc, char **argv) {
  using namespace pyro::test;
  const Options options = read_options(argc, argv);
  load_tracer();
  std::vector<Maker> makers(2);
  for (size_t i = 0; i < makers.size(); i++) makers[i].begin("churn" + std::to_string(i));
  fill(makers);
  const Figures figures = run(makers, options);
  const int code = report(options, makers, figures);
  for (Maker &maker : makers) maker.end();
  return code;
}
