// What is a storm? Something that a process may do to its profiler, many times a second, while it is being sampled.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace pyro::storms {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
// It keeps signals back until it likes, so ticks are merged and come late.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

uint64_t monotonic_ns();
uint64_t thread_cpu_ns();
void burn(uint64_t cpu_ns);

// The weather: how long, how often, what went wrong.
class Weather {
 public:
  explicit Weather(double seconds) : seconds_(seconds) {}

  bool going() const { return monotonic_ns() < until_.load(std::memory_order_relaxed); }
  void count(uint64_t rounds = 1) { rounds_.fetch_add(rounds, std::memory_order_relaxed); }
  uint64_t rounds() const { return rounds_.load(); }
  double seconds() const { return seconds_; }
  // Something is not as it must be; the storm has failed.
  void fail(const std::string &what);
  std::vector<std::string> failures();

  // `threads` threads, each doing rounds until the time is over. They begin once their timers tick, and stay, asleep,
  // until their CPU time was booked: so that both sides of the account are about the same.
  void blow(int threads, const std::function<void(int thread)> &round);
  // Called in the middle of the time, and once all threads sleep.
  std::function<void()> half_time, all_asleep;
  // When the tracer looked at all threads last; set by the session.
  std::function<uint64_t()> last_look;

 private:
  void wait_for_a_whole_look();
  void sleep_until(std::atomic<int> &gate);

  double seconds_;
  std::atomic<uint64_t> until_{0}, rounds_{0};
  std::atomic<int> ready_{0}, asleep_{0}, begin_{0}, end_{0};
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  std::vector<std::string> failures_;
};

// What the tracer said, for storms that expect something of it.
struct Seen {
  std::function<uint64_t(const char *counter)> counter;
  uint64_t samples = 0, to_the_root = 0;
};

struct Storm {
  const char *name;
  const char *parameters;  // of the tracer
  bool accounted;          // its threads live through it: weights must add up to their CPU time
  bool smoke;              // quick and telling enough for every test run
  std::function<void(Weather &)> blow;
  std::function<void(Weather &, const Seen &)> after;
};

std::vector<Storm> thread_storms();
std::vector<Storm> process_storms();
std::vector<Storm> pipeline_storms();

}  // namespace pyro::storms
