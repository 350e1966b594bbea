// How does a promise wait for the end of a process without a thread of the pool, and who ends us when nothing else
// does?
//
// Each wait has a thread of its own that sleeps in poll() on a pidfd: the pool has four, and files and symbols need
// them. Where the kernel refuses pidfds (before 5.3, some sandboxes) the thread reads /proc ten times a second.
// A deadline is such a thread too: it needs neither the event loop, which may be blocked, nor the pool, nor any lock.
// SPDX-License-Identifier: MPL-2.0
#include "addon/exit-watch.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>

#include "addon/napi-helpers.h"
#include "wire/clock-ns.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace pyro::addon {
namespace {

enum class Seen { kAlive, kGone, kAnother, kUnknown };

// Looks at /proc/<pid>/stat. Start ticks of 0 match any process.
Seen look(int pid, uint64_t start_ticks) {
  char text[1024];
  const int fd = open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? Seen::kGone : Seen::kUnknown;
  const ssize_t n = read(fd, text, sizeof text - 1);
  const int error = errno;
  close(fd);
  if (n <= 0) return n < 0 && error == ESRCH ? Seen::kGone : Seen::kUnknown;
  text[n] = 0;
  const char *at = std::strrchr(text, ')');  // the name before it may hold anything
  if (at == nullptr || at[1] != ' ') return Seen::kUnknown;
  const char state = at[2];
  uint64_t threads = 0, started = 0;
  for (int field = 2; at && field < 22; field++) {
    at = std::strchr(at + 1, ' ');
    if (at && field + 1 == 20) threads = std::strtoull(at + 1, nullptr, 10);
    if (at && field + 1 == 22) started = std::strtoull(at + 1, nullptr, 10);
  }
  if (at == nullptr) return Seen::kUnknown;
  if (start_ticks != 0 && started != start_ticks) return Seen::kAnother;
  // A zombie with threads left has only lost its first thread.
  return (state == 'Z' || state == 'X') && threads <= 1 ? Seen::kGone : Seen::kAlive;
}

// kUnknown counts as alive: a process that cannot be looked at is not gone.
bool seen_gone(Seen seen) { return seen == Seen::kGone || seen == Seen::kAnother; }

void sleep_until_gone(int pid, uint64_t start_ticks) {
  // First the descriptor, then the look: from then on the pid cannot be given to another process unnoticed.
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0 && errno == ESRCH) return;
  if (pidfd >= 0) {
    pollfd wait{pidfd, POLLIN, 0};
    // Only this: a process that we cannot see in /proc is alive, the descriptor says when it is not.
    const bool other = look(pid, start_ticks) == Seen::kAnother;
    while (!other && poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
    close(pidfd);
    return;
  }
  while (!seen_gone(look(pid, start_ticks))) usleep(100 * 1000);
}

// Where a process cannot be seen at all, as where sleep_until_gone() would return at once.
bool is_gone(int pid, uint64_t start_ticks) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0 && errno == ESRCH) return true;
  if (pidfd < 0) return seen_gone(look(pid, start_ticks));
  pollfd wait{pidfd, POLLIN, 0};
  const bool ended = poll(&wait, 1, 0) == 1 || look(pid, start_ticks) == Seen::kAnother;
  close(pidfd);
  return ended;
}

struct Wait;
void resolve(Napi::Env env, Napi::Function, std::nullptr_t *, Wait *wait);
using Bell = Napi::TypedThreadSafeFunction<std::nullptr_t, Wait, resolve>;

struct Wait {
  Napi::Promise::Deferred promise;
  int pid;
  uint64_t start_ticks;
  Bell bell;
};

void resolve(Napi::Env env, Napi::Function, std::nullptr_t *, Wait *wait) {
  if (env != nullptr) wait->promise.Resolve(env.Undefined());
  delete wait;
}

void *run(void *argument) {
  auto *wait = static_cast<Wait *>(argument);
  sleep_until_gone(wait->pid, wait->start_ticks);
  Bell bell = wait->bell;
  if (bell.BlockingCall(wait) == napi_ok) bell.Release();  // otherwise the environment is gone, and the promise with it
  return nullptr;
}

struct Deadline {
  int pid;  // 0: it is gone
  uint64_t start_ticks;
  int64_t left_ns;  // once it is gone
  int code;
  std::string text;
};

void *end_at(void *argument) {
  auto *deadline = static_cast<Deadline *>(argument);
  if (deadline->pid != 0) sleep_until_gone(deadline->pid, deadline->start_ticks);
  const int64_t at = static_cast<int64_t>(wire::clock_ns(CLOCK_MONOTONIC)) + std::max<int64_t>(deadline->left_ns, 0);
  const timespec when{at / 1000000000, at % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) == EINTR) {
  }
  // A pipe that is not read must not hold us: what has room takes a line without waiting.
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {
    const ssize_t written = write(STDERR_FILENO, deadline->text.data(), deadline->text.size());
    static_cast<void>(written);
  }
  _exit(deadline->code);  // no handler, no finalizer: any of them may be what hangs
}

// A detached thread that no signal interrupts. False when the system has none left.
bool start(void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

}  // namespace

Napi::Value wait_for_exit(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsNumber()) return wrong_type(env, "waitForExit needs a pid and its start time");
  const double pid = info[0].As<Napi::Number>().DoubleValue(), ticks = info[1].As<Napi::Number>().DoubleValue();
  if (!(pid >= 1 && pid <= INT32_MAX) || !(ticks >= 0 && ticks < 9.1e15))
    return wrong_type(env, "waitForExit: no such pid");
  Bell bell = Bell::New(env, "waitForExit", 0, 1);
  bell.Unref(env);
  auto *wait = new Wait{Napi::Promise::Deferred::New(env), static_cast<int>(pid), static_cast<uint64_t>(ticks), bell};
  const Napi::Promise promise = wait->promise.Promise();
  if (!start(run, wait)) {
    delete wait;
    bell.Release();
    return fail(env, "ERR_THREAD", "no thread could be started to wait for the process");
  }
  return promise;
}

Napi::Value end_after(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return wrong_type(env, "endAfter needs an object");
  const Napi::Object end = info[0].As<Napi::Object>();
  // All is read, and checked, before anything is begun that cannot be taken back.
  const auto number = [&](const char *name) {
    const Napi::Value value = end.Get(name);
    return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  };
  const double pid = number("pid"), ticks = number("startTicks"), ms = number("ms"), spent = number("spentMs"),
               code = number("code");
  const Napi::Value text = end.Get("text");
  if (!(pid >= 0 && pid <= INT32_MAX) || !(ticks >= 0 && ticks < 9.1e15))
    return wrong_type(env, "endAfter: no such pid");
  if (!(ms >= 0 && ms < 1e9) || !(spent >= 0)) return wrong_type(env, "endAfter needs milliseconds");
  if (!(code >= 0 && code <= 255) || !text.IsString()) return wrong_type(env, "endAfter needs an exit code and a text");
  auto *deadline = new Deadline{static_cast<int>(pid), static_cast<uint64_t>(ticks), static_cast<int64_t>(ms * 1e6),
                                static_cast<int>(code), text.As<Napi::String>().Utf8Value()};
  // The tracer's, for an agent that does not come up (process/spawn-child.cc).
  const itimerval none{};
  setitimer(ITIMER_REAL, &none, nullptr);
  const bool gone = deadline->pid == 0 || is_gone(deadline->pid, deadline->start_ticks);
  if (gone) deadline->pid = 0;
  if (gone) deadline->left_ns -= static_cast<int64_t>(std::min(spent, ms) * 1e6);
  if (!start(end_at, deadline)) {
    delete deadline;
    return fail(env, "ERR_THREAD", "no thread could be started to watch over the end");
  }
  return Napi::Boolean::New(env, gone);
}

}  // namespace pyro::addon
