// How does a promise wait for the end of a process without a thread of the pool?
//
// Each wait has a thread of its own that sleeps in poll() on a pidfd: the pool has four, and files and symbols need
// them. Where the kernel refuses pidfds (before 5.3, some sandboxes) the thread reads /proc ten times a second.
// SPDX-License-Identifier: MPL-2.0
#include "addon/exit-watch.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "addon/napi-helpers.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace pyro::addon {
namespace {

enum class Seen { kAlive, kGone, kUnknown };

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
  if (start_ticks != 0 && started != start_ticks) return Seen::kGone;
  // A zombie with threads left has only lost its first thread.
  return (state == 'Z' || state == 'X') && threads <= 1 ? Seen::kGone : Seen::kAlive;
}

void sleep_until_gone(int pid, uint64_t start_ticks) {
  // First the descriptor, then the look: from then on the pid cannot be given to another process unnoticed.
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0 && errno == ESRCH) return;
  if (pidfd >= 0) {
    pollfd wait{pidfd, POLLIN, 0};
    const bool other = look(pid, start_ticks) == Seen::kGone;
    while (!other && poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
    close(pidfd);
    return;
  }
  // kUnknown counts as alive: a process that cannot be looked at is not gone.
  while (look(pid, start_ticks) != Seen::kGone) usleep(100 * 1000);
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

// A thread that nobody joins and no signal interrupts. False when the system has none left.
bool start(Wait *wait) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, wait);
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
  if (!start(wait)) {
    delete wait;
    bell.Release();
    return fail(env, "ERR_THREAD", "no thread could be started to wait for the process");
  }
  return promise;
}

}  // namespace pyro::addon
