// Is every walk right, at every instruction of real code? Steps through it and asks; prints a table, fails on one lie.
// SPDX-License-Identifier: MPL-2.0
//   single_step [--steps N] [--seconds S] [--only TEXT] [--without-media] [--store DIR [--store-every N] [--until
//   SYMBOL]]
#include <dlfcn.h>
#include <gst/gst.h>
#include <link.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "modules-ready.h"
#include "stepper.h"
#include "stored-stack.h"
#include "verdict.h"
#include "workloads.h"

extern "C" void stored_root();

namespace pyro::oracle {
namespace {

using unwind::ModuleMap;
using unwind::test::refresh_and_tag;
using unwind::test::tagged;

struct Options {
  uint64_t steps = 1300000;
  double seconds = 1200;
  std::string only, store, until;
  uint64_t store_every = 0;
  bool media = true;
};

Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string name = argv[i];
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--without-media") {
      options.media = false;
      continue;
    }
    if (name == "--steps")
      options.steps = strtoull(value, nullptr, 10);
    else if (name == "--seconds")
      options.seconds = atof(value);
    else if (name == "--only")
      options.only = value;
    else if (name == "--store")
      options.store = value;
    else if (name == "--store-every")
      options.store_every = strtoull(value, nullptr, 10);
    else if (name == "--until")
      options.until = value;
    else {
      fprintf(stderr, "unknown: %s\n", argv[i]);
      exit(2);
    }
    i++;
  }
  return options;
}

constexpr uint64_t kStepsAtTheEnd = 5000;

struct Job {
  Arena arena;
  const std::vector<Workload> *workloads;
};

// The traced thread: rounds of each workload until the tracer has seen enough of it.
void *work(void *user) {
  const Job &job = *static_cast<Job *>(user);
  stack_t stack{};
  stack.ss_sp = reinterpret_cast<void *>(job.arena.alternate.low);
  stack.ss_size = job.arena.alternate.high - job.arena.alternate.low;
  sigaltstack(&stack, nullptr);
  Mailbox &mailbox = *job.arena.mailbox;
  for (uint32_t i = 0; i < job.workloads->size(); i++) {
    mailbox.workload.store(i);
    mailbox.enough.store(0);
    while (mailbox.enough.load() == 0) {
      mailbox.working.store(1);
      (*job.workloads)[i].round();
      mailbox.working.store(0);
      mark();
    }
  }
  mailbox.workload.store(static_cast<uint32_t>(job.workloads->size()));
  return nullptr;
}

// Tables for all that is stepped through: more than the walker's cap would give to a process that asks for everything.
void request_tables() {
  ModuleMap &map = ModuleMap::instance();
  map.request_core();
  map.request_table_for(reinterpret_cast<const void *>(&request_tables));
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *) {
        static constexpr const char *kStepped[] = {"libgst",  "liborc",     "libx264",   "libvpx",
                                                   "libjpeg", "libavcodec", "libavutil", "libm.",
                                                   "libgcc",  "libstdc",    "liboracle", "libunwind"};
        for (const char *name : kStepped)
          if (strstr(info->dlpi_name, name)) ModuleMap::instance().request_table_of(info->dlpi_name);
        return 0;
      },
      nullptr);
  for (int i = 0; i < 3; i++) refresh_and_tag();
}

std::string describe(uint64_t at) {
  Dl_info info{};
  char text[400];
  for (const auto &module : tagged()) {
    if (module.size == 0 || at - module.bias >= module.size) continue;
    const char *symbol = dladdr(reinterpret_cast<void *>(at), &info) && info.dli_sname ? info.dli_sname : "";
    snprintf(text, sizeof text, "%s+0x%lx %s", module.path.substr(module.path.find_last_of('/') + 1).c_str(),
             at - module.bias, symbol);
    return text;
  }
  snprintf(text, sizeof text, "0x%lx", at);
  return text;
}

// What went wrong where: each place in the code once.
class Findings {
 public:
  explicit Findings(const Options &options) : options_(options) {}

  void look(const Verdict &verdict, const Stepper &stepper, StackBounds alternate, const std::string &workload) {
    steps_++;
    const bool asked = options_.store_every && steps_ % options_.store_every == 0;
    const char *what = verdict.wrong             ? "wrong caller"
                       : verdict.registers_wrong ? "wrong register"
                       : verdict.walk_differs    ? "walk() differs"
                       : !verdict.whole          ? "stopped early"
                                                 : nullptr;
    if (!what && !asked) return;
    const uint64_t pc = stepper.registers().pc;
    if (what && !seen_.insert({what, pc}).second) return;
    if (what && shown_[what]++ < kMostShown)
      printf("    %s in %s: %s, end %d, frame %u, register %u, %s\n", what, workload.c_str(), describe(pc).c_str(),
             static_cast<int>(verdict.end), verdict.wrong_at, verdict.wrong_register, name_of(verdict.kind));
    if (!options_.store.empty() && stored_ < kMostStored) store_sample(verdict, stepper, alternate, what, workload);
  }

 private:
  static constexpr int kMostShown = 12, kMostStored = 200;

  void store_sample(const Verdict &verdict, const Stepper &stepper, StackBounds alternate, const char *what,
                    const std::string &workload) {
    Sample sample;
    sample.why =
        std::string(what ? what : "as it should be") + " in " + workload + " at " + describe(stepper.registers().pc);
    sample.registers = stepper.registers();
    sample.stack = stepper.stack();
    sample.alternate = alternate;
    sample.end = verdict.end;
    sample.right = !verdict.wrong;
    sample.truth.push_back(sample.registers.pc);
    if (!add_truth(stepper.shadow(), &sample)) return;
    char name[40];
    snprintf(name, sizeof name, "/%03d.stack", stored_++);
    store(sample, options_.store + name);
  }
  // With --until, what called that function is left out: it ends the stack.
  bool add_truth(const ShadowStack &shadow, Sample *sample) {
    const auto &frames = shadow.frames();
    for (size_t i = frames.size(); i-- > 0;) {
      const bool call = frames[i].kind == ShadowFrame::kCall;
      sample->truth.push_back(ShadowStack::returns_to(frames[i]) - call);
      Dl_info info{};
      if (options_.until.empty() || !call || i == 0) continue;
      if (!dladdr(reinterpret_cast<void *>(sample->truth.back()), &info) || !info.dli_sname) continue;
      if (options_.until != info.dli_sname) continue;
      sample->stack.high = frames[i - 1].place + 8;  // the stored copy ends with its return address …
      sample->ends_here = true;                      // … which is written as 0
      return true;
    }
    return options_.until.empty();
  }

  const Options &options_;
  uint64_t steps_ = 0;
  int stored_ = 0;
  std::set<std::pair<std::string, uint64_t>> seen_;
  std::map<std::string, int> shown_;
};

struct Totals {
  std::vector<Tally> workload;
  std::map<std::string, Tally> by_kind;
  std::map<std::string, Tally> assembly;  // by module
};

std::string module_of(const unwind::Segment *segment) {
  const uint32_t tag = segment ? segment->tag.load() : 0;
  const std::string path = tag < tagged().size() ? tagged()[tag].path : "";
  return path.substr(path.find_last_of('/') + 1);
}

const char *step_through(const Options &options, const std::vector<Workload> &workloads, Totals *totals) {
  const Arena arena = make_arena();
  if (!arena.mailbox) return "no memory";
  Job job{arena, &workloads};
  fflush(stdout);
  Stepper stepper(arena, work, &job);
  Findings findings(options);
  totals->workload.resize(workloads.size() + 1);
  uint64_t shares = 0;
  for (const Workload &one : workloads) shares += one.share;
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.seconds);
  uint64_t steps = 0;
  while (stepper.step()) {
    if (++steps % 1024 == 0 && std::chrono::steady_clock::now() > until) return "the time was up before the work";
    const uint32_t number = arena.mailbox->workload.load();
    Tally &tally = totals->workload[number];
    const Verdict verdict = judge(stepper.registers(), stepper.stack(), arena.alternate, stepper.shadow());
    const std::string name = number < workloads.size() ? workloads[number].name : "end of thread";
    tally.add(verdict);
    totals->by_kind[name_of(verdict.kind)].add(verdict);
    if (verdict.kind == Kind::kAssembly) totals->assembly[module_of(verdict.without_cfi)].add(verdict);
    findings.look(verdict, stepper, arena.alternate, name);
    if (tally.steps % 4096 == 0 && ModuleMap::instance().wants_refresh()) refresh_and_tag();
    // How a thread ends is interesting; what libraries then clear away is not.
    if (number == workloads.size() && tally.steps == kStepsAtTheEnd) break;
    if (number == workloads.size() || tally.steps * shares < options.steps * workloads[number].share) continue;
    arena.mailbox->enough.store(1);
    if (arena.mailbox->working.load() && !stepper.run_to_mark()) break;
  }
  return stepper.error();
}

double percent(uint64_t part, uint64_t all) {
  return all ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 100;
}

void print(const std::string &name, const Tally &tally) {
  printf("  %-28s %9lu %8.3f %8.3f %7lu %6lu %11lu %6lu %8lu\n", name.c_str(), tally.steps,
         percent(tally.first_caller, tally.steps), percent(tally.whole, tally.steps), tally.stopped, tally.wrong,
         tally.registers_checked, tally.registers_wrong, tally.registers_unknown);
}

int report(const std::vector<Workload> &workloads, Totals &totals, double seconds) {
  printf("\n  %-28s %9s %8s %8s %7s %6s %11s %6s %8s\n", "", "steps", "caller %", "whole %", "stopped", "wrong",
         "registers", "wrong", "unknown");
  for (size_t i = 0; i < workloads.size(); i++) print(workloads[i].name, totals.workload[i]);
  printf("\n");
  Tally all;
  for (const auto &[kind, tally] : totals.by_kind) {
    print(kind, tally);
    all.add(tally);
  }
  for (const auto &[module, tally] : totals.assembly) print("  " + module, tally);
  const Tally &compiled = totals.by_kind[name_of(Kind::kCompiled)];
  const Tally &generated = totals.by_kind[name_of(Kind::kGenerated)];
  const Tally &assembly = totals.by_kind[name_of(Kind::kAssembly)];
  const bool right = compiled.wrong == 0 && all.registers_wrong == 0 && all.walk_differs == 0 &&
                     percent(generated.first_caller, generated.steps) >= 99 &&
                     percent(assembly.first_caller, assembly.steps) >= 97;
  printf(
      "\n  %s: %lu instructions in %.0f s, %lu contradictions in compiled code, %lu wrong registers of %lu, inferred "
      "callers right: generated %.2f %%, assembly %.2f %%\n",
      right ? "right" : "WRONG", all.steps, seconds, compiled.wrong, all.registers_wrong, all.registers_checked,
      percent(generated.first_caller, generated.steps), percent(assembly.first_caller, assembly.steps));
  return right ? 0 : 1;
}

std::vector<Workload> choose(const Options &options) {
  std::vector<Workload> all = compiled_workloads(), chosen;
  for (const Workload &one : assembly_workloads()) all.push_back(one);
  all.push_back({"frames to store", [] { stored_root(); }});
  if (options.media)
    for (const Workload &one : media_workloads()) all.push_back(one);
  for (const Workload &one : all)
    if (one.name.find(options.only) != std::string::npos) chosen.push_back(one);
  return chosen;
}

int run(int argc, char **argv) {
  const Options options = parse(argc, argv);
  // In this process's one thread only, and without what other tests or users have set.
  for (const char *name : {"GST_TRACERS", "GST_DEBUG"}) unsetenv(name);
  if (options.media) gst_init(nullptr, nullptr);
  const std::vector<Workload> workloads = choose(options);
  if (workloads.empty()) return 2;
  request_tables();
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  const char *error = step_through(options, workloads, &totals);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const int code = report(workloads, totals, took.count());
  if (error) fprintf(stderr, "%s\n", error);
  return error ? 1 : code;
}

}  // namespace
}  // namespace pyro::oracle

int main(int argc, char **argv) { return pyro::oracle::run(argc, argv); }
