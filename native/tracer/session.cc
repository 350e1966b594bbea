// From the first buffer to the last window: one session a process, another one in a child that starts a pipeline of its
// own.
// SPDX-License-Identifier: MPL-2.0
#include "tracer/session.h"

#include <gst/gst.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "clock/clock.h"
#include "exposition/exposition.h"
#include "pads/hooks.h"
#include "pads/learning/pad-registers.h"
#include "pads/names/function-notes.h"
#include "pads/watch.h"
#include "pads/wrap/wrap.h"
#include "process/exit.h"
#include "process/facts.h"
#include "process/fork.h"
#include "process/room.h"
#include "sampling/cpu-sampler.h"
#include "sampling/deferred.h"
#include "sampling/off-cpu-sampler.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "tracer/agent-life.h"
#include "tracer/background.h"
#include "tracer/filters.h"
#include "tracer/function-lines.h"
#include "tracer/live-settings.h"
#include "tracer/log.h"
#include "tracer/naming.h"
#include "tracer/presets.h"
#include "tracer/span-policy.h"
#include "tracer/streams.h"
#include "tracer/topology.h"
#include "unwind/cfi/image.h"
#include "unwind/modules/modules.h"
#include "unwind/walk/label-sites.h"

namespace pyro::tracer {
namespace {

enum class Phase { kIdle, kLive, kOff };

// Leaked on purpose: exit handlers and late handlers may come after static destructors.
struct State {
  Settings settings;
  std::optional<wire::Mapping> mapping;
};
State *state = nullptr;
std::atomic<Phase> phase{Phase::kIdle};
std::atomic<pid_t> session_pid{0};
pthread_mutex_t start_mutex = PTHREAD_MUTEX_INITIALIZER;

// gst_deinit may be followed by exit at once, and Ctrl-C must return within a second.
constexpr unsigned kDeinitWaitMs = 750;
constexpr unsigned kContainerWaitMs = 1000;

void publish_facts(const Settings &settings) {
  for (const auto &[key, value] : process::facts()) topology_fact(key, value);
  guint major, minor, micro, nano;
  gst_version(&major, &minor, &micro, &nano);
  topology_fact("gstreamer", std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro));
  topology_fact("tracer_version", PYRO_VERSION);
  for (uint32_t i = 0; i < kOptionCount; i++) {
    const Setting &setting = settings.option[i];
    const OptionInfo &info = option_info(static_cast<Option>(i));
    // Another variable than the option's own keeps its name, and so its place in the agent's order.
    const bool other = setting.source == Source::kEnvironment && setting.named != info.environment;
    topology_fact(other ? setting.named : std::string(source_name(setting.source)) + "." + info.name, setting.value);
  }
  topology_fact(exposition::kFamiliesFact, families(settings));
}

wire::TimingEngine engine_of(const Settings &settings) { return wire::engine_named(settings.text(kTiming)); }

const char *variable(const char *name) { return std::getenv(name); }

// Once a process: a forked child has the same code at the same addresses.
void learn_labels(wire::Segment &segment, bool needed) {
  static const pads::LearnedSlots learned =
      unwind::ModuleMap::is_safe_for_libgcc(reinterpret_cast<const void *>(gst_pad_push))
          ? pads::learn_slots()
          : pads::LearnedSlots{{}, 0, "libgstreamer's .eh_frame is damaged"};
  note_roles(learned.role, learned.role_count);
  unwind::Site sites[unwind::kMostSites];
  uint32_t count = 0;
  for (uint32_t i = 0; i < learned.count && count < unwind::kMostSites; i++) {
    const pads::Slot &slot = learned.slot[i];
    sites[count++] = {slot.address, slot.adjust, slot.reg, slot.kind};
  }
  if (unwind::site_table.published() || unwind::site_table.publish(sites, count)) return;
  segment.counters.add(wire::kSlotsUnlearned);
  const std::string sentence = std::string("no labels from the stack: ") + (learned.why ? learned.why : "too many");
  if (needed)
    warn(sentence + "; samples have no element with timing=off, use timing=wrap");
  else
    info(sentence + "; they come from the wrapped functions alone");
}

bool in_session() { return threads::live_segment() && session_pid.load() == getpid(); }

// The last moment at which tables can be built.
void at_exit_begins() {
  if (in_session()) background_finish_stacks();
  unwind::stop_using_dynamic_loader();
}

// Under start_mutex.
void begin(bool child) {
  int error = 0;
  if (const std::string sentence = process::no_room(); !sentence.empty()) {
    phase.store(Phase::kOff);
    return warn("profiling is off: " + sentence);
  }
  state->settings = effective(state->settings);
  const SpanPolicy spans = span_policy(state->settings, variable);
  state->mapping = wire::Mapping::create(&error, spans.wanted() || state->settings.flag(kStandby));
  if (!state->mapping) {
    phase.store(Phase::kOff);
    const char *why = error == EFBIG ? "the limit of file sizes (ulimit -f) is too small" : std::strerror(error);
    return warn(std::string("profiling is off: no shared memory: ") + why);
  }
  // Runs before any destructor of a module; ours comes among them.
  static const bool registered = std::atexit(at_exit_begins) == 0;
  (void)registered;
  clock::start();
  for (const std::string &sentence : spans.sentences) warn(sentence);
  if (const std::string sentence = public_port(state->settings); !sentence.empty()) warn(sentence);
  for (const std::string &sentence : set_filters(state->settings)) warn(sentence);
  wire::Segment &segment = *state->mapping->segment();
  Latencies wanted = latencies(state->settings);
  // Published by looking at all pads: in a child, threads that it does not have may hold their locks.
  wanted.reported = wanted.reported && !child;
  topology_begin(segment, wanted);
  function_lines_begin(child);
  segment.account.clock_source.store(static_cast<uint64_t>(clock::source()), std::memory_order_relaxed);
  publish_facts(state->settings);
  publish_control(segment, state->settings, spans);  // a host that was quick waits for it: behind the facts
  pads::bump_epoch();
  learn_labels(segment, engine_of(state->settings) == wire::kTimingOff);
  threads::go_live(&segment);
  // Not before: other threads with their first buffers wait for us in activity(), else they would go by uncounted.
  session_pid.store(getpid());
  phase.store(Phase::kLive);
  if (!child) pads::name_pads();
  if (const char *why = background_start(segment, state->mapping->fd(), state->settings))
    warn(std::string("no background thread, so no samples and no agent: ") + why);
}

// The first buffer of the process, or of a child that does not share its parent's segment.
void activity() {
  const Phase now = phase.load(std::memory_order_acquire);
  if (now == Phase::kOff) return;
  if (now == Phase::kLive && session_pid.load(std::memory_order_relaxed) == getpid()) return;
  if (threads::is_timeless()) return;  // another thread's first buffer will do
  pthread_mutex_lock(&start_mutex);
  if (!threads::live_segment() && phase.load() != Phase::kOff) {
    const bool child = session_pid.load() != 0;
    if (child) {  // nothing of the parent's session is ours
      if (state->mapping) state->mapping->abandon();
      background_forget();
      threads::reset_after_fork();
      sampling::reset_after_fork();
      sampling::reset_off_cpu_after_fork();
      sampling::reset_deferred_after_fork();
      unwind::ModuleMap::start_afresh();
      pads::forget_owners();
      read_no_properties();
    }
    begin(child);
  }
  pthread_mutex_unlock(&start_mutex);
}

// gst_deinit: everything measured so far is delivered before it returns, within bounds.
void at_deinit(gpointer, GObject *) {
  if (!in_session()) return;
  wire::Segment &segment = *threads::live_segment();
  background_ensure_agent();
  sampling::poll_clocks(segment);
  sampling::flush_off_cpu(segment);
  background_finish_stacks();
  if (state->settings.flag(kStopAgentOnDispose) && !hosted()) process::wait_for_flush(segment, kDeinitWaitMs);
  streams_publish();
  background_write_records();
  background_say_words();
  log_close();  // GStreamer frees its debug categories next
}

unsigned exit_wait_ms() {
  const int64_t wanted = state->settings.number(kExitTimeout);
  if (wanted >= 0) return static_cast<unsigned>(wanted);
  return process::in_container_pid1() ? kContainerWaitMs : 0;
}

// Runs at exit() with other threads still alive: stop ticking, leave the last figures, let the agent finish.
__attribute__((destructor)) void at_exit() {
  if (!state || !in_session()) return;
  wire::Segment &segment = *threads::live_segment();
  background_stop();
  sampling::poll_clocks(segment);
  sampling::stop();
  sampling::stop_off_cpu(segment);
  sampling::walk_deferred(segment, sampling::Tables::kNoMore);
  background_ensure_agent();
  segment.life.target_state.store(wire::kTargetEnding, std::memory_order_release);
  if (hosted())
    wait_for_host(segment);
  else if (const unsigned wait = exit_wait_ms(); wait > 0)
    process::wait_for_flush(segment, wait);
  segment.life.target_state.store(wire::kTargetEnded, std::memory_order_release);
}

// Every lock of ours, outermost first, so that a child never inherits one whose holder it does not have.
void before_fork(void *) {
  pthread_mutex_lock(&start_mutex);
  pads::lock_registry();
  threads::lock_table();
  lock_naming();
  lock_background();
  pads::lock_notes();
}

void after_fork(void *) {
  pads::unlock_notes();
  unlock_background();
  unlock_naming();
  threads::unlock_table();
  pads::unlock_registry();
  pthread_mutex_unlock(&start_mutex);
}

const pads::Owner pad_owner{
    .activity = activity,
    .resolve = topology_resolve,
    .driver_cell = topology_driver_cell,
    .sources_of = streams_sources_of,
    .control = streams_control,
    .element_of = topology_element_of,
    .code = background_note_code,
    .gone = topology_release,
};

// gst_deinit drops the registry: the only sign of it that costs nothing before.
void watch_deinit() { g_object_weak_ref(G_OBJECT(gst_registry_get()), at_deinit, nullptr); }

}  // namespace

void session_use_tracer(void *tracer) {
  static bool registered = false;
  if (!state || registered || engine_of(state->settings) != wire::kTimingHooks) return;
  registered = true;
  const uint64_t before = pads::push_cost_ns();
  pads::register_hooks(tracer, streams_state_changed);
  pads::hear_hooks(!state->settings.flag(kStandby));
  const uint64_t after = before > 0 ? pads::push_cost_ns() : 0;
  const std::string cost = after > before ? std::to_string(after - before) + " ns more a push" : "not measured";
  info("timing=hooks switches on GStreamer's dispatch for the whole process: " + cost);
}

std::string session_set(Option option, const std::string &value) {
  if (!state) return "";
  if (in_session()) {
    wire::Segment &segment = *threads::live_segment();
    Settings now;
    now.option[option].value = setting_now(segment.control, option).value_or("");
    std::string why = set_option(now, option, value);
    return why.empty() ? change_setting(segment, option, now.text(option)) : why;
  }
  pthread_mutex_lock(&start_mutex);
  std::string why = set_option(state->settings, option, value);
  pthread_mutex_unlock(&start_mutex);
  return why;
}

std::optional<std::string> session_setting(Option option) {
  if (!state) return std::nullopt;
  if (in_session()) return setting_now(threads::live_segment()->control, option);
  pthread_mutex_lock(&start_mutex);
  std::string value = state->settings.text(option);
  pthread_mutex_unlock(&start_mutex);
  return value;
}

std::string session_metrics() { return state && in_session() ? exposition::render(*threads::live_segment()) : ""; }

void session_configure(const Settings &settings) {
  if (state) {
    pthread_mutex_lock(&start_mutex);
    if (phase.load() == Phase::kIdle) join(state->settings, settings);
    pthread_mutex_unlock(&start_mutex);
    return;
  }
  const char *disable = std::getenv("GST_PYROSCOPE_DISABLE");
  if (disable && *disable && std::strcmp(disable, "0") != 0) return;
  state = new State{settings, std::nullopt};
  clock::note_early();
  if (!process::ForkGuard::install({before_fork, after_fork, after_fork, nullptr}))
    return warn("profiling is off: no memory that fork wipes");
  threads::use_live_word(process::ForkGuard::live_word());
  watch_deinit();
  pads::set_recording(!settings.flag(kStandby));
  pads::start(pad_owner, engine_of(settings) == wire::kTimingOff ? pads::Engine::kOff : pads::Engine::kWrap);
}

}  // namespace pyro::tracer
