// How do a storm's threads begin and end together?
// SPDX-License-Identifier: MPL-2.0
#include "storm.h"

#include <time.h>

namespace pyro::storms {
namespace {

constexpr uint64_t kLeastCpuNs = 200000000, kMostTimes = 10;

uint64_t now(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000u + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

uint64_t monotonic_ns() { return now(CLOCK_MONOTONIC); }
uint64_t thread_cpu_ns() { return now(CLOCK_THREAD_CPUTIME_ID); }

void burn(uint64_t cpu_ns) {
  const uint64_t until = thread_cpu_ns() + cpu_ns;
  volatile uint64_t work = 0;
  while (thread_cpu_ns() < until)
    for (int i = 0; i < 500; i++) work = work + static_cast<uint64_t>(i);
}

void Weather::fail(const std::string &what) {
  pthread_mutex_lock(&mutex_);
  if (failures_.size() < 20) failures_.push_back(what);
  pthread_mutex_unlock(&mutex_);
}

std::vector<std::string> Weather::failures() {
  pthread_mutex_lock(&mutex_);
  const std::vector<std::string> all = failures_;
  pthread_mutex_unlock(&mutex_);
  return all;
}

void Weather::sleep_until(std::atomic<int> &gate) {
  pthread_mutex_lock(&mutex_);
  while (gate.load() == 0) pthread_cond_wait(&changed_, &mutex_);
  pthread_mutex_unlock(&mutex_);
}

// Two looks from now: the first may have begun before.
void Weather::wait_for_a_whole_look() {
  for (int i = 0; i < 2; i++) {
    const uint64_t before = last_look();
    const uint64_t give_up = monotonic_ns() + 20000000000u;
    while (last_look() == before && monotonic_ns() < give_up) {
      const timespec little{0, 2000000};
      nanosleep(&little, nullptr);
    }
    if (last_look() == before) return fail("the tracer looks at nothing any more");
  }
}

void Weather::blow(int threads, const std::function<void(int thread)> &round) {
  const auto open = [this](std::atomic<int> &gate) {
    pthread_mutex_lock(&mutex_);
    gate.store(1);
    pthread_cond_broadcast(&changed_);
    pthread_mutex_unlock(&mutex_);
  };
  const auto wait_for = [](const std::atomic<int> &count, int wanted) {
    const timespec little{0, 1000000};
    while (count.load() < wanted) nanosleep(&little, nullptr);
  };
  std::vector<std::thread> all;
  for (int i = 0; i < threads; i++)
    all.emplace_back([this, i, &round] {
      ready_++;
      sleep_until(begin_);
      while (going()) round(i);
      asleep_++;
      sleep_until(end_);
    });
  wait_for(ready_, threads);
  wait_for_a_whole_look();
  const uint64_t begin = monotonic_ns(), length = static_cast<uint64_t>(seconds_ * 1e9);
  const uint64_t cpu_begin = now(CLOCK_PROCESS_CPUTIME_ID);
  until_.store(begin + kMostTimes * length);
  open(begin_);
  while (monotonic_ns() < begin + length / 2) {
    const timespec little{0, 1000000};
    nanosleep(&little, nullptr);
  }
  if (half_time) half_time();
  // On a machine that is busy with others a second is no storm.
  const auto enough = [&] {
    return monotonic_ns() >= begin + length && now(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin >= kLeastCpuNs;
  };
  while (going() && !enough()) {
    const timespec little{0, 1000000};
    nanosleep(&little, nullptr);
  }
  until_.store(0);
  wait_for(asleep_, threads);
  wait_for_a_whole_look();
  if (all_asleep) all_asleep();
  open(end_);
  for (std::thread &one : all) one.join();
}

}  // namespace pyro::storms
