// One round: threads, modules, sums, control words, agent.
// SPDX-License-Identifier: MPL-2.0
#include "tracer/background.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <cstring>
#include <ctime>
#include <unordered_set>
#include <vector>

#include "clock/clock.h"
#include "exposition/records.h"
#include "pads/wrap/wrap.h"
#include "sampling/cpu-sampler.h"
#include "sampling/deferred.h"
#include "sampling/off-cpu-sampler.h"
#include "sampling/signal.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "timing/cost.h"
#include "tracer/agent-life.h"
#include "tracer/agent-words.h"
#include "tracer/function-lines.h"
#include "tracer/limits.h"
#include "tracer/live-settings.h"
#include "tracer/log.h"
#include "tracer/memory.h"
#include "tracer/streams.h"
#include "tracer/thread-numbers.h"
#include "tracer/topology.h"
#include "unwind/modules/modules.h"

namespace pyro::tracer {
namespace {

constexpr uint64_t kRoundNs = 100000000;
constexpr uint32_t kSlowRounds = 10;  // things done once a second
constexpr uint8_t kYoungLooks = 30;   // times that a new thread's name is read, whatever it was before
// Of building tables at a time: then threads that came meanwhile get their timers.
constexpr uint64_t kBuildNs = 5000000;
// At an end stacks wait so long at most for their tables.
constexpr uint64_t kMostFinishNs = 100000000;
// While threads keep appearing they are looked for more often: what runs before it is found has no samples.
constexpr uint64_t kFreshRoundNs = 10000000;
constexpr uint64_t kFreshNs = 1000000000;
constexpr uint64_t kMostFresh = 16;  // more at once are no pipeline that starts but a pool that churns

struct Background {
  wire::Segment &segment;
  const Settings &settings;
  AgentLife agent;
  exposition::Records records;  // under records_mutex
  AgentWords words;             // under records_mutex
  uint32_t round = 0;
  uint64_t fresh_until_ns = 0;
  Limits limits;
  Follower follower{segment, settings};
  bool said_denied = false;
  uint64_t said_rows = 0;
  bool said_blind = false;
};

Background *background = nullptr;  // never freed
std::atomic<bool> stopping{false};
std::atomic<bool> hurrying{false};                          // a thread waits for the stacks that were put aside
pthread_mutex_t records_mutex = PTHREAD_MUTEX_INITIALIZER;  // alone: the background, and gst_deinit
pthread_mutex_t code_mutex = PTHREAD_MUTEX_INITIALIZER;     // leaf: nothing is called under it
pthread_cond_t code_came = PTHREAD_COND_INITIALIZER;
std::vector<gpointer> *new_code = nullptr;
std::unordered_set<gpointer> *noted_code = nullptr;  // since the last time it was full
constexpr size_t kMostNoted = 4096;

uint32_t tag_module(void *, const unwind::ModuleInfo &info) {
  const auto kind = static_cast<wire::ModuleKind>(info.kind);
  return topology_module(info.path, info.build_id, kind, info.size);
}

// Until the next round is due; true when code came that has no table yet.
bool wait_for_code(uint64_t until_ns) {
  const timespec until{static_cast<time_t>(until_ns / 1000000000), static_cast<long>(until_ns % 1000000000)};
  pthread_mutex_lock(&code_mutex);
  int error = 0;
  while (error == 0 && (!new_code || new_code->empty()) && !stopping.load() && !hurrying.load())
    error = pthread_cond_clockwait(&code_came, &code_mutex, CLOCK_MONOTONIC, &until);
  const bool came = new_code && !new_code->empty();
  pthread_mutex_unlock(&code_mutex);
  return came;
}

void request_new_tables() {
  std::vector<gpointer> code;
  pthread_mutex_lock(&code_mutex);
  if (new_code) code.swap(*new_code);
  pthread_mutex_unlock(&code_mutex);
  for (const gpointer function : code) unwind::ModuleMap::instance().request_table_for(function);
}

void count_module_problems(wire::Counters &counters, const unwind::Stats &stats) {
  counters.value[wire::kTableBroken].store(stats.broken, std::memory_order_relaxed);
  counters.value[wire::kTablesFull].store(stats.over_cap, std::memory_order_relaxed);
  counters.value[wire::kModulesFull].store(stats.over_modules, std::memory_order_relaxed);
}

void say_tables(Background &k, const unwind::Stats &stats) {
  if (stats.rows == k.said_rows) return;
  k.said_rows = stats.rows;
  info("unwind tables: " + std::to_string(stats.tables) + " of " + std::to_string(stats.modules) + " modules, " +
       std::to_string(stats.rows) + " rows, " + std::to_string(stats.bytes / 1024) + " KiB, built in " +
       std::to_string(stats.build_ns / 1000) + " us");
}

void say_blind(Background &k, const char *path) {
  if (!path || k.said_blind) return;
  k.said_blind = true;
  const bool is_timed = k.segment.control.timing.load(std::memory_order_relaxed) != wire::kTimingOff;
  warn(std::string("stacks end in ") + path +
       ", which has no usable .eh_frame (removed from it, or built with -fno-asynchronous-unwind-tables): its callers "
       "are not seen, and its own samples get their element " +
       (is_timed ? "from the wrapped functions" : "by the source or queue of their thread, with timing=wrap exactly") +
       "; install the library as its distribution built it");
}

void look_at_modules(Background &k) {
  unwind::ModuleMap &modules = unwind::ModuleMap::instance();
  request_new_tables();
  modules.refresh(kBuildNs);
  const unwind::Stats stats = modules.stats();
  count_module_problems(k.segment.counters, stats);
  if (!modules.unfinished()) say_tables(k, stats);
  say_blind(k, stats.blind);
  sampling::walk_deferred(k.segment, modules.unfinished() ? sampling::Tables::kBuilding : sampling::Tables::kBuilt);
}

// After all modules of those functions have a number.
void name_functions(Background &k) {
  if (k.round % kSlowRounds == 0) function_lines_look();
  if (!function_lines_came()) return;
  look_at_modules(k);
  publish_function_lines(k.segment);
}

// Thread names change when a pool gives a thread new work; a new thread is called as who made it until it says its own.
void name_threads(bool all) {
  threads::for_each(
      [](threads::ThreadRecord &record, void *user) {
        char name[16];
        if (!*static_cast<const bool *>(user) && record.name_looks == kYoungLooks) return;
        if (record.name_looks < kYoungLooks) record.name_looks++;
        if (threads::read_name(record.tid.load(std::memory_order_relaxed), name))
          record.name.store(topology_thread(record.index, name), std::memory_order_relaxed);
      },
      &all);
  for (uint32_t i = 0; i < threads::record_count(); i++)
    if (threads::record_at(i)->tid.load(std::memory_order_relaxed) == 0) topology_thread(i, "");
}

void look_at_wall(Background &k) {
  if (!k.follower.can(wire::kCannotWait)) return;
  if (!sampling::keep_off_cpu_sampler(k.segment)) {
    k.follower.lose(wire::kCannotWait);
    // Where there is no agent, nothing will be seen at all, and that was said.
    return (k.segment.counters.get(wire::kSpawnFailed) > 0 ? info : warn)(
        "no thread for wall samples: what threads wait for is not seen");
  }
  if (k.said_denied || k.segment.counters.get(wire::kWallDenied) == 0) return;
  k.said_denied = true;
  warn(
      "what threads wait for may not be read here (a process that is not dumpable, hidepid, a sandbox): their "
      "waits are counted without stacks");
}

void look_at_timers(Background &k) {
  if (sampling::poll_clocks(k.segment) == sampling::PollResult::kOk || !k.follower.can(wire::kCannotSample)) return;
  k.follower.lose(wire::kCannotSample);
  warn("another user of our signal replaced the handler: CPU sampling is off");
}

void look_for_threads(Background &k) {
  const uint64_t before = threads::threads_seen();
  threads::scan();
  name_threads(k.round % kSlowRounds == 0);
  number_threads();
  const uint64_t appeared = threads::threads_seen() - before;
  if (appeared > 0 && appeared <= kMostFresh) k.fresh_until_ns = clock::monotonic_ns() + kFreshNs;
}

void one_round(Background &k) {
  look_for_threads(k);
  if (k.round % kSlowRounds == 0 || unwind::ModuleMap::instance().wants_refresh()) look_at_modules(k);
  name_functions(k);
  k.follower.follow();
  look_at_timers(k);
  look_at_wall(k);
  k.follower.confirm();
  k.limits.say(k.segment);
  streams_publish();
  if (k.round % kSlowRounds == 0) {
    topology_publish_media();
    pads::look_again();
    clock::recalibrate();
    background_write_records();
    background_say_words();
    k.agent.look(k.segment);
  }
  k.round++;
}

bool still_ours(const Background &k) { return !stopping.load() && threads::live_segment() == &k.segment; }

bool has_stacks_to_walk() {
  const unwind::ModuleMap &modules = unwind::ModuleMap::instance();
  return modules.unfinished() || (sampling::deferred_count() > 0 && modules.wants_refresh());
}

// Until the next round: builds tables as soon as they are asked for, and walks the stacks that waited for them.
void pause(Background &k, uint64_t next_ns) {
  for (uint64_t now = clock::monotonic_ns(); now < next_ns && still_ours(k); now = clock::monotonic_ns()) {
    const bool fresh = now < k.fresh_until_ns && now + kFreshRoundNs < next_ns;
    if (has_stacks_to_walk() || wait_for_code(fresh ? now + kFreshRoundNs : next_ns)) look_at_modules(k);
    if (fresh && threads::number_changed())
      look_for_threads(k);
    else if (fresh)
      name_threads(false), number_threads();
    if (hurrying.load() && !has_stacks_to_walk()) hurrying.store(false);
  }
}

void request_first_tables() {
  unwind::ModuleMap &modules = unwind::ModuleMap::instance();
  modules.exclude(reinterpret_cast<const void *>(&background_start));
  modules.request_core();
  modules.request_table_for(reinterpret_cast<const void *>(&background_start));  // our wrappers are callers
  modules.tag_by(tag_module, nullptr);
}

// The host needs what there is. The agent delivers what it has and ends with the process.
void give_up(Background &k) {
  k.segment.counters.add(wire::kMemoryOut);
  pads::set_recording(false);
  sampling::stop();
  sampling::stop_off_cpu(k.segment);
  threads::go_live(nullptr);
  warn("profiling has ended: this process has no memory left");
}

void *background_loop(void *argument) {
  Background &k = *static_cast<Background *>(argument);
  prctl(PR_SET_NAME, "gst-pyroscope");
  threads::ignore_current();
  // Timers first: a stack that cannot be walked yet is put aside until it can.
  unwind::ModuleMap::note_unloads();
  sampling::keep_deferred();
  look_for_threads(k);
  if (still_ours(k)) k.follower.start_sampling();
  k.agent.start_once(k.segment);
  look_at_wall(k);  // what threads wait for from here on is booked, on stacks that tables are built for meanwhile
  request_first_tables();
  look_at_modules(k);
  k.segment.account.timing_cost_ps.store(timing::measure_cost_ps(), std::memory_order_relaxed);
  info("sampling");
  while (still_ours(k)) {
    const uint64_t next = clock::monotonic_ns() + kRoundNs;
    if (memory_is_out()) {
      give_up(k);
      break;
    }
    one_round(k);
    pause(k, next);
  }
  return nullptr;
}

}  // namespace

const char *background_start(wire::Segment &segment, int segment_fd, const Settings &settings) {
  background = new Background{segment, settings, AgentLife(segment_fd, settings), {}, {}};
  stopping.store(false);
  const int error = threads::start_own_thread(background_loop, background);
  if (error == 0) return nullptr;
  background = nullptr;  // never freed: no agent is started later
  return std::strerror(error);
}

void background_note_code(gpointer const *functions, guint count) {
  pthread_mutex_lock(&code_mutex);
  if (!new_code) {
    new_code = new std::vector<gpointer>;
    noted_code = new std::unordered_set<gpointer>;
  }
  // The same few functions come with every pad, closures of an interpreter never twice, and perhaps there is no
  // background thread.
  if (noted_code->size() >= kMostNoted) noted_code->clear();
  bool came = false;
  for (guint i = 0; i < count; i++) {
    if (!functions[i] || !noted_code->insert(functions[i]).second || new_code->size() >= kMostNoted) continue;
    new_code->push_back(functions[i]);
    came = true;
  }
  if (came) pthread_cond_signal(&code_came);
  pthread_mutex_unlock(&code_mutex);
}

void background_ensure_agent() {
  if (background) background->agent.start_once(background->segment);
}

void background_finish_stacks() {
  if (!background || sampling::deferred_count() == 0) return;
  hurrying.store(true);
  pthread_cond_signal(&code_came);
  const timespec little{0, 500000};
  const uint64_t until = clock::monotonic_ns() + kMostFinishNs;
  while (hurrying.load() && sampling::deferred_count() > 0 && clock::monotonic_ns() < until)
    nanosleep(&little, nullptr);
  hurrying.store(false);
  sampling::walk_deferred(background->segment, sampling::Tables::kNoMore);
}

void background_write_records() {
  if (!background || !records_wanted()) return;
  pthread_mutex_lock(&records_mutex);
  for (const std::string &line : background->records.next(background->segment)) record(line);
  pthread_mutex_unlock(&records_mutex);
}

void background_say_words() {
  if (!background) return;
  pthread_mutex_lock(&records_mutex);
  background->words.say(background->segment);
  pthread_mutex_unlock(&records_mutex);
}

void background_stop() {
  stopping.store(true);
  pthread_cond_signal(&code_came);
}

void background_forget() {
  background = nullptr;
  stopping.store(false);
  hurrying.store(false);
  records_mutex = PTHREAD_MUTEX_INITIALIZER;
  code_came = PTHREAD_COND_INITIALIZER;  // a waiter of the parent may be noted in it
  if (noted_code) noted_code->clear();   // the child's tables start afresh
}

void lock_background() { pthread_mutex_lock(&code_mutex); }
void unlock_background() { pthread_mutex_unlock(&code_mutex); }

}  // namespace pyro::tracer
