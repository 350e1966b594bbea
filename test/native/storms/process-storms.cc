// What can a process do to a profiler: load and unload code, fork, exec, profile itself, take the signal?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "storm.h"

extern char **environ;

namespace pyro::storms {
namespace {

constexpr uint64_t kMillisecond = 1000000;

// --- code that comes and goes ---

// Copies: a library that two threads load is loaded once.
class Copies {
 public:
  explicit Copies(int count) {
    char name[] = "/tmp/gst-pyroscope-storm-XXXXXX";
    if (mkdtemp(name)) folder_ = name;
    for (int i = 0; i < count; i++) {
      std::ifstream from(COME_AND_GO, std::ios::binary);
      std::ofstream(path(i), std::ios::binary) << from.rdbuf();
    }
  }
  ~Copies() {
    for (int i = 0; i < 8; i++) unlink(path(i).c_str());
    rmdir(folder_.c_str());
  }
  std::string path(int i) const { return folder_ + "/copy-" + std::to_string(i) + ".so"; }

 private:
  std::string folder_;
};

void load_and_unload(Weather &weather) {
  const Copies copies(2);
  weather.blow(2, [&](int thread) {
    void *library = dlopen(copies.path(thread).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) return weather.fail("cannot load the copy");
    const auto run = reinterpret_cast<int (*)(int)>(dlsym(library, "come_and_go"));
    for (int i = 0; i < 20; i++) run(10);
    dlclose(library);
    weather.count();
  });
}

// --- fork and exec ---

void wait_for_child(Weather &weather, pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return weather.fail("no child");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    weather.fail("a child ended with status " + std::to_string(status));
  weather.count();
}

void fork_and_exec(Weather &weather) {
  weather.blow(3, [&](int thread) {
    if (thread == 0) return burn(kMillisecond);
    const pid_t child = fork();
    if (child == 0) {
      burn(2 * kMillisecond);
      if (thread == 1) execl("/bin/true", "true", nullptr);
      _exit(0);
    }
    wait_for_child(weather, child);
    pid_t spawned = -1;
    const char *arguments[] = {"true", nullptr};
    posix_spawn(&spawned, "/bin/true", nullptr, nullptr, const_cast<char **>(arguments), environ);
    wait_for_child(weather, spawned);
  });
}

// --- a second profiler ---

std::atomic<uint64_t> profiled;

void profile(int) { profiled.fetch_add(1, std::memory_order_relaxed); }

void profile_as_well(Weather &weather) {
  struct sigaction action {};
  action.sa_handler = profile;
  action.sa_flags = SA_RESTART;
  sigaction(SIGPROF, &action, nullptr);
  itimerval every{};
  every.it_interval.tv_usec = every.it_value.tv_usec = 1000;
  setitimer(ITIMER_PROF, &every, nullptr);
  weather.blow(3, [&](int) {
    burn(kMillisecond);
    weather.count();
  });
  every = {};
  setitimer(ITIMER_PROF, &every, nullptr);
}
void expect_both(Weather &weather, const Seen &seen) {
  if (profiled.load() == 0) weather.fail("the other profiler got no signal");
  if (seen.counter("timer_stolen") != 0) weather.fail("a signal was taken that nobody took");
}

// --- a second profiler that takes our signal ---

int signal_of_the_tracer() {
  for (int number = SIGRTMAX - 2; number > SIGRTMIN; number--) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_flags & SA_SIGINFO) return number;
  }
  return 0;
}

void take_the_signal(Weather &weather) {
  std::atomic<int> taken{0};
  weather.blow(2, [&](int thread) {
    burn(kMillisecond);
    weather.count();
    if (thread != 0 || weather.rounds() < 100 || taken.exchange(1)) return;
    struct sigaction action {};
    action.sa_handler = profile;
    action.sa_flags = SA_RESTART;
    const int number = signal_of_the_tracer();
    if (number == 0 || sigaction(number, &action, nullptr) != 0) weather.fail("the tracer has no signal");
  });
}
void expect_stolen(Weather &weather, const Seen &seen) {
  if (seen.counter("timer_stolen") != 1) weather.fail("nobody noticed that the signal was taken");
}

}  // namespace

std::vector<Storm> process_storms() {
  return {
      {"dlopen, dlclose", "timing=wrap", true, true, load_and_unload, nullptr},
      {"fork and exec", "timing=wrap", false, false, fork_and_exec, nullptr},
      {"second profiler", "timing=wrap", true, false, profile_as_well, expect_both},
      {"signal taken", "timing=wrap", false, false, take_the_signal, expect_stolen},
  };
}

}  // namespace pyro::storms
