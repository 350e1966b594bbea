// Does the tracer survive what processes do, with sums that add up? One process a storm, a row each, bounded in time.
// SPDX-License-Identifier: MPL-2.0
//   storms [--seconds S] [--only TEXT] [--smoke] [--list]
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "session.h"

extern char **environ;

namespace pyro::storms {
namespace {

struct Options {
  double seconds = 10;
  std::string only, one;
  bool smoke = false, list = false;
};

std::vector<Storm> all_storms() {
  std::vector<Storm> all = thread_storms();
  for (auto &more : {process_storms(), pipeline_storms()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string name = argv[i];
    if (name == "--smoke") {
      options.smoke = true;
    } else if (name == "--list") {
      options.list = true;
    } else if (i + 1 < argc && name == "--seconds") {
      options.seconds = atof(argv[++i]);
    } else if (i + 1 < argc && name == "--only") {
      options.only = argv[++i];
    } else if (i + 1 < argc && name == "--one") {
      options.one = argv[++i];
    } else {
      fprintf(stderr, "unknown: %s\n", argv[i]);
      exit(2);
    }
  }
  return options;
}

int blow_one(const Options &options) {
  for (const Storm &storm : all_storms()) {
    if (options.one != storm.name) continue;
    Session session;
    Weather weather(options.seconds);
    if (!session.begin(storm)) {
      printf("  %-24s FAILED: %s\n", storm.name, session.why().c_str());
      return 1;
    }
    session.watch(weather);
    storm.blow(weather);
    return session.end(storm, weather);
  }
  return 2;
}

// Sanitizers: what is not ours is not looked at; a finding ends the process.
void set_sanitizer_options() {
  setenv("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=0:use_sigaltstack=0", 0);
  setenv("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1", 0);
  setenv("TSAN_OPTIONS", "ignore_noninstrumented_modules=1:die_after_fork=0:halt_on_error=1", 0);
}

// The storm's exit code; a negative one for a signal, INT32_MIN when it was still there after its time.
int in_a_process(const char *program, const Storm &storm, double seconds) {
  const std::string text = std::to_string(seconds);
  const char *arguments[] = {program, "--one", storm.name, "--seconds", text.c_str(), nullptr};
  pid_t child;
  if (posix_spawn(&child, program, nullptr, nullptr, const_cast<char **>(arguments), environ) != 0) return 127;
  const uint64_t give_up = monotonic_ns() + static_cast<uint64_t>(seconds * 12e9) + 90000000000u;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (monotonic_ns() > give_up) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return INT32_MIN;
    }
    usleep(20000);
  }
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int blow_all(const char *program, const Options &options) {
  printf("  %-24s %9s %8s %9s %8s %7s %8s %8s %8s\n", "storm", "rounds/s", "samples", "ring_full", "masked", "foreign",
         "root %", "share", "grows kB");
  fflush(stdout);
  int failed = 0, count = 0;
  for (const Storm &storm : all_storms()) {
    if (options.smoke && !storm.smoke) continue;
    if (std::string(storm.name).find(options.only) == std::string::npos) continue;
    const int code = in_a_process(program, storm, options.seconds);
    count++;
    if (code == 0) continue;
    failed++;
    if (code == INT32_MIN) printf("  %-24s HUNG\n", storm.name);
    if (code < 0 && code != INT32_MIN) printf("  %-24s CRASHED: %s\n", storm.name, strsignal(-code));
    if (code > 1) printf("  %-24s FAILED: exit code %d\n", storm.name, code);
    fflush(stdout);
  }
  printf(
      "\n  %d storms of %.1f s, %d failed. share: (weights + masked + dropped) to the CPU time of the threads that "
      "have a timer;\n  *: threads come and go, so it is not asked for.\n",
      count, options.seconds, failed);
  return failed || count == 0 ? 1 : 0;
}

}  // namespace
}  // namespace pyro::storms

int main(int argc, char **argv) {
  using namespace pyro::storms;
  const Options options = parse(argc, argv);
  if (!options.one.empty()) {
    // Without the destructors of libraries that other threads may still use.
    const int code = blow_one(options);
    fflush(stdout);
    exit(code);
  }
  set_sanitizer_options();
  if (options.list)
    for (const Storm &storm : all_storms()) printf("%s\n", storm.name);
  return options.list ? 0 : blow_all("/proc/self/exe", options);
}
