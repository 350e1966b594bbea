// Does sampling ever interrupt a system call? Everything that SA_RESTART does not save, over and over, while its
// threads are sampled on and off CPU at full rate. `eintr <seconds>` prints a line a call; exit code 1 if any was
// interrupted.
// SPDX-License-Identifier: MPL-2.0
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "harness.h"
#include "modules-ready.h"
#include "sampling/off-cpu-sampler.h"
#include "sampling/thread-clock.h"

namespace pyro {
namespace {

constexpr long kWaitMs = 7;
constexpr uint64_t kWorkNs = 2000000;

timespec wait_time() { return {0, kWaitMs * 1000000}; }
timespec wait_until(clockid_t clock) {
  return sampling::as_timespec(sampling::clock_ns(clock) + static_cast<uint64_t>(kWaitMs) * 1000000);
}

// Each waits once and returns as its system call does.
int do_poll() { return poll(nullptr, 0, kWaitMs); }
int do_ppoll() {
  const timespec t = wait_time();
  return ppoll(nullptr, 0, &t, nullptr);
}
int do_select() {
  timeval t{0, kWaitMs * 1000};
  return select(0, nullptr, nullptr, nullptr, &t);
}
int do_pselect() {
  const timespec t = wait_time();
  return pselect(0, nullptr, nullptr, nullptr, &t, nullptr);
}
int do_epoll_wait() {
  static const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event;
  return epoll_wait(epoll, &event, 1, kWaitMs);
}
int do_nanosleep() {
  const timespec t = wait_time();
  return nanosleep(&t, nullptr);
}
int do_clock_nanosleep() {
  const timespec t = wait_until(CLOCK_MONOTONIC);
  errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
  return errno == 0 ? 0 : -1;
}
int do_usleep() { return usleep(kWaitMs * 1000); }
int do_futex_relative() {
  static uint32_t word = 0;
  const timespec t = wait_time();
  return static_cast<int>(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, nullptr, 0));
}
int do_futex_absolute() {
  static uint32_t word = 0;
  const timespec t = wait_until(CLOCK_MONOTONIC);
  return static_cast<int>(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t, nullptr, ~0u));
}
int do_sem_timedwait() {
  static sem_t semaphore;
  const timespec t = wait_until(CLOCK_REALTIME);
  return sem_timedwait(&semaphore, &t);
}
int do_recv() {
  static const int socket_end = [] {
    int ends[2] = {-1, -1};
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    const timeval t{0, kWaitMs * 1000};
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    return ends[0];
  }();
  char byte;
  return static_cast<int>(recv(socket_end, &byte, 1, 0));
}
int do_sigtimedwait() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  const timespec t = wait_time();
  return sigtimedwait(&set, nullptr, &t);
}
int do_cond_timedwait() {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  const timespec t = wait_until(CLOCK_REALTIME);
  pthread_mutex_lock(&mutex);
  errno = pthread_cond_timedwait(&condition, &mutex, &t);
  pthread_mutex_unlock(&mutex);
  return -1;
}

struct Call {
  const char *name;
  int (*once)();
  std::atomic<uint64_t> times{0}, interrupted{0};
};

Call calls[] = {{"poll", do_poll},
                {"ppoll", do_ppoll},
                {"select", do_select},
                {"pselect", do_pselect},
                {"epoll_wait", do_epoll_wait},
                {"nanosleep", do_nanosleep},
                {"clock_nanosleep", do_clock_nanosleep},
                {"usleep", do_usleep},
                {"futex, relative", do_futex_relative},
                {"futex, absolute", do_futex_absolute},
                {"sem_timedwait", do_sem_timedwait},
                {"recv with a timeout", do_recv},
                {"sigtimedwait", do_sigtimedwait},
                {"pthread_cond_timedwait", do_cond_timedwait}};

// Works a little, so that there is something to sample and the wait begins at every phase of a tick.
void wait_over_and_over(Call &call, uint64_t until_ns) {
  threads::register_current();
  while (sampling::clock_ns(CLOCK_MONOTONIC) < until_ns) {
    testing::burn(sampling::random_below(kWorkNs));
    errno = 0;
    if (call.once() == -1 && errno == EINTR) call.interrupted++;
    call.times++;
  }
}

struct Samples {
  uint64_t cpu = 0, blocked = 0;
};

void drain_into(Samples &samples) {
  for (const testing::Sample &sample : testing::drain(testing::live()))
    (sample.head.header.kind == wire::kRecordBlockedSample ? samples.blocked : samples.cpu)++;
}

int run(uint64_t seconds) {
  testing::live().control.wall_rate.store(sampling::kHighestOffCpuRate);
  unwind::test::build_tables();  // a look at a stack without is not the last one
  if (sampling::start(1000) || !sampling::keep_off_cpu_sampler(testing::live())) return 2;
  const uint64_t until = sampling::clock_ns(CLOCK_MONOTONIC) + seconds * 1000000000;
  std::vector<std::thread> threads;
  for (Call &call : calls) threads.emplace_back([&call, until] { wait_over_and_over(call, until); });
  Samples samples;
  while (sampling::clock_ns(CLOCK_MONOTONIC) < until) {
    threads::scan();
    drain_into(samples);
    poll(nullptr, 0, 50);
  }
  for (std::thread &thread : threads) thread.join();
  uint64_t interrupted = 0;
  for (const Call &call : calls) {
    std::printf("%-24s %8lu times, %lu interrupted\n", call.name, call.times.load(), call.interrupted.load());
    interrupted += call.interrupted;
  }
  std::printf("%lu CPU samples, %lu of blocked threads\n", samples.cpu, samples.blocked);
  return interrupted == 0 && samples.cpu > 0 && samples.blocked > 0 ? 0 : 1;
}

}  // namespace
}  // namespace pyro

int main(int argc, char **argv) { return pyro::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5); }
