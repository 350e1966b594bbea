// What is said of each limit that was met?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/limits.h"

#include "tracer/log.h"

namespace pyro::tracer {
namespace {

struct Sentence {
  wire::Counter counter;
  const char *text;
};

constexpr Sentence kSentences[] = {
    {wire::kTimerDenied,
     "threads have no CPU samples: there is no room for their timers (ulimit -i), or a sandbox refuses them"},
    {wire::kPerfDenied,
     "threads are sampled by timers: their events of perf are refused, or would take half of the descriptors "
     "(ulimit -n)"},
    {wire::kLeftAlone,
     "threads in a sandbox of their own (seccomp), or without a clock (PR_SET_TSC), are left alone: they are neither "
     "sampled nor looked at"}};

}  // namespace

void Limits::say(const wire::Segment &segment) {
  uint32_t bit = 1;
  for (const Sentence &sentence : kSentences) {
    if (!(said_ & bit) && segment.counters.get(sentence.counter) > 0) {
      said_ |= bit;
      warn(sentence.text);
    }
    bit <<= 1;
  }
}

}  // namespace pyro::tracer
