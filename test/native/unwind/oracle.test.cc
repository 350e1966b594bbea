// Do our stacks agree with libgcc's, frame by frame, wherever a thread is interrupted?
//
// Inside libgcc itself libunwind is asked instead: the last instructions of a throw switch stacks without CFI for it,
// and there libgcc reads through wild pointers. SPDX-License-Identifier: MPL-2.0
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <libunwind.h>
#include <unwind.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "modules-ready.h"
#include "sampler.h"
#include "unwind/modules/modules.h"

namespace pyro::unwind::test {
namespace {

constexpr size_t kOracleMax = 4096;
constexpr uint32_t kLostKept = 16;

// What one thread's samples said. Filled in the handler, read when sampling is over.
struct Verdicts {
  uint64_t samples, roots, ends[9], contradictions, inferred, truncated, on_alternate_stack, oracle_shorter, in_libgcc,
      lost_in_libgcc;
  uint64_t ours[kMaxFrames], theirs[kOracleMax];
  uint32_t our_depth, their_depth, their_at;
  Walk walk;
  uint64_t lost_at[kLostKept];
  bool kept;  // of the first contradiction
  uint64_t kept_ours[kMaxFrames], kept_theirs[kMaxFrames];
  uint32_t kept_our_depth, kept_their_depth, kept_at;
};
Verdicts verdicts;
Range libgcc;

struct Collecting {
  uint64_t interrupted;
  bool started;
};

_Unwind_Reason_Code collect(_Unwind_Context *context, void *user) {
  auto &state = *static_cast<Collecting *>(user);
  int before = 0;
  const uint64_t pc = _Unwind_GetIPInfo(context, &before);
  if (!state.started && pc == state.interrupted && before) state.started = true;
  if (pc == 0 || verdicts.their_depth == kOracleMax) return _URC_END_OF_STACK;
  if (state.started) verdicts.theirs[verdicts.their_depth++] = before ? pc : pc - 1;
  return _URC_NO_REASON;
}

void ask_libgcc(uint64_t interrupted) {
  Collecting state{interrupted, false};
  _Unwind_Backtrace(collect, &state);
}

// Loaded, not linked: linked it would take the place of libgcc for the program's exceptions too.
struct Libunwind {
  decltype(&unw_init_local2) init;
  decltype(&unw_get_reg) get;
  decltype(&unw_is_signal_frame) is_signal;
  decltype(&unw_step) step;
  bool load() {
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
#define NAME(symbol) LITERAL(symbol)
#define LITERAL(symbol) #symbol
    init = reinterpret_cast<decltype(init)>(dlsym(library, NAME(unw_init_local2)));
    get = reinterpret_cast<decltype(get)>(dlsym(library, NAME(unw_get_reg)));
    is_signal = reinterpret_cast<decltype(is_signal)>(dlsym(library, NAME(unw_is_signal_frame)));
    step = reinterpret_cast<decltype(step)>(dlsym(library, NAME(unw_step)));
    return init && get && is_signal && step;
  }
};
Libunwind libunwind;

void ask_libunwind(const ucontext_t *context) {
  unw_cursor_t cursor;
  unw_word_t pc = 0;
  if (libunwind.init(&cursor, const_cast<ucontext_t *>(context), UNW_INIT_SIGNAL_FRAME) != 0) return;
  bool exact = true;
  do {
    if (libunwind.get(&cursor, UNW_REG_IP, &pc) != 0 || pc == 0 || verdicts.their_depth == kOracleMax) return;
    verdicts.theirs[verdicts.their_depth++] = exact ? pc : pc - 1;
    exact = libunwind.is_signal(&cursor) > 0;
  } while (libunwind.step(&cursor) > 0);
}

void keep(uint32_t at) {
  verdicts.contradictions++;
  if (verdicts.kept) return;
  verdicts.kept = true;
  verdicts.kept_at = at;
  verdicts.kept_our_depth = verdicts.walk.depth;
  verdicts.kept_their_depth = std::min<uint32_t>(verdicts.their_depth, kMaxFrames);
  std::copy_n(verdicts.ours, verdicts.walk.depth, verdicts.kept_ours);
  std::copy_n(verdicts.theirs, verdicts.kept_their_depth, verdicts.kept_theirs);
}

// Neither equal nor a prefix where one of the two stopped early.
void compare() {
  const Walk &walk = verdicts.walk;
  const uint32_t leaf = walk.truncated ? kLeafFrames : walk.depth;
  for (uint32_t i = 0; i < std::min(leaf, verdicts.their_depth); i++)
    if (raw_address(verdicts.ours[i]) != verdicts.theirs[i]) return keep(i);
  if (walk.truncated) {
    for (uint32_t i = 1; i <= kRootFrames; i++)
      if (raw_address(verdicts.ours[kMaxFrames - i]) != verdicts.theirs[verdicts.their_depth - i])
        return keep(kMaxFrames - i);
    return;
  }
  if (walk.end == End::kRoot && verdicts.their_depth > walk.depth) return keep(walk.depth);
  verdicts.oracle_shorter += verdicts.their_depth < walk.depth;
}

void hit(const ucontext_t *context) {
  const Registers start = read_registers(context);
  const StackBounds alternate = alternate_stack(context);
  verdicts.walk = walk(start, this_stack, verdicts.ours, alternate);
  verdicts.samples++;
  verdicts.ends[static_cast<int>(verdicts.walk.end)]++;
  if (verdicts.walk.end != End::kRoot)
    verdicts.lost_at[(verdicts.samples - 1 - verdicts.roots) % kLostKept] = verdicts.ours[0];
  verdicts.roots += verdicts.walk.end == End::kRoot;
  verdicts.inferred += verdicts.walk.inferred;
  verdicts.truncated += verdicts.walk.truncated;
  const uint64_t sp = start.r[kStackPointer];
  verdicts.on_alternate_stack += sp >= alternate.low && sp < alternate.high;
  verdicts.their_depth = 0;
  if (start.pc - libgcc.start < libgcc.end - libgcc.start) {
    verdicts.in_libgcc++;
    verdicts.lost_in_libgcc += verdicts.walk.end != End::kRoot;
    ask_libunwind(context);
  } else {
    ask_libgcc(start.pc);
  }
  compare();
}

// --- work that goes through as many shapes of frames as we can think of ---

volatile int sink;
FILE *nowhere;

#define PLAIN __attribute__((noinline, noclone))

PLAIN int compare_ints(const void *a, const void *b) {
  const int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
  return x < y ? -1 : x > y;
}

PLAIN void sort_in_c() {
  int values[400];
  for (int &value : values) value = rand();
  qsort(values, std::size(values), sizeof values[0], compare_ints);
  sink = values[0];
}

PLAIN void sort_in_cpp() {
  std::vector<int> values(400);
  for (int &value : values) value = rand();
  std::sort(values.begin(), values.end(), [](int a, int b) { return compare_ints(&a, &b) < 0; });
  sink = values[0];
}

PLAIN void grow_the_frame(size_t bytes) {
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (size_t i = 0; i < bytes; i += 8) block[i] = static_cast<char>(i);
  sink = block[bytes / 2];
}

// A realigned stack with a variable part: the CFA is kept in memory (DRAP).
PLAIN __attribute__((target("avx2"), optimize("O2"))) void realign(size_t bytes, int a, int b, int c, int d, int e,
                                                                   int f) {
  alignas(64) volatile float lanes[32];
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (int i = 0; i < 32; i++) lanes[i] = static_cast<float>(i * a + b + c + d + e + f);
  for (size_t i = 0; i < bytes; i += 16) block[i] = 1;
  grow_the_frame(64 + bytes);
  sink = static_cast<int>(lanes[5]) + block[0];
}

PLAIN __attribute__((optimize("no-omit-frame-pointer"))) void keep_frame_pointer() {
  char text[200];
  snprintf(text, sizeof text, "%d %s %f", rand(), "some text", 3.25);
  sink = text[3];
}

PLAIN void print() { fprintf(nowhere, "%s %d %08x %g\n", "line", rand(), 77, 1.5); }

PLAIN void copy() {
  static char from[20000], to[20000];
  memcpy(to, from, sizeof to - static_cast<size_t>(rand() % 100));
  memmove(to + 1, to, 9000);
  sink = static_cast<int>(strlen(from + 1) + static_cast<size_t>(memcmp(from, to, 5000)));
}

PLAIN void allocate() {
  std::map<int, std::string> words;
  for (int i = 0; i < 50; i++) words[rand() % 100] = std::string(static_cast<size_t>(i), 'x');
  sink = static_cast<int>(words.size());
}

PLAIN void throw_from(int depth) {
  if (depth == 0) throw std::runtime_error("expected");
  throw_from(depth - 1);
  sink = depth;
}

PLAIN void throw_and_catch() {
  try {
    throw_from(rand() % 8);
  } catch (const std::exception &error) {
    sink = error.what()[0];
  }
}

PLAIN int recurse(int depth) {
  if (depth == 0) {
    sort_in_c();
    return 1;
  }
  volatile int mine = depth;  // or the compiler makes it a loop
  return recurse(depth - 1) + mine;
}

PLAIN void read_clock() {  // in the vDSO
  timespec now;
  for (int i = 0; i < 50; i++) clock_gettime(CLOCK_MONOTONIC, &now);
  sink = static_cast<int>(now.tv_nsec);
}

void on_user_signal(int) {
  keep_frame_pointer();
  sort_in_c();
}

constexpr uint64_t kEnough = 4000;

// Until there are enough samples of it: a busy machine takes longer for them.
PLAIN void work_under_samples(std::chrono::seconds at_most) {
  const auto stop = std::chrono::steady_clock::now() + at_most;
  for (int round = 0; verdicts.samples < kEnough && std::chrono::steady_clock::now() < stop; round++) {
    recurse(rand() % 30);
    if (round % 4 == 0) recurse(300 + rand() % 500);
    sort_in_cpp();
    grow_the_frame(static_cast<size_t>(rand() % 3000 + 16));
    if (__builtin_cpu_supports("avx2")) realign(static_cast<size_t>(rand() % 2000 + 64), 1, 2, 3, 4, 5, 6);
    keep_frame_pointer();
    print();
    copy();
    allocate();
    throw_and_catch();
    read_clock();
    raise(SIGUSR1);
  }
}

void *sampled_thread(void *) {
  static char alternate[64 * 1024];
  stack_t stack{};
  stack.ss_sp = alternate;
  stack.ss_size = sizeof alternate;
  sigaltstack(&stack, nullptr);
  learn_stack();
  {
    const Sampler sampler(CLOCK_MONOTONIC, 1500);
    work_under_samples(std::chrono::seconds(60));
  }
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
  return nullptr;
}

void describe(const uint64_t *ours, uint32_t depth, const char *who) {
  for (uint32_t i = 0; i < depth; i++)
    printf("    %s %2u %s+0x%lx\n", who, i, tagged()[frame_tag(ours[i])].path.c_str(), frame_address(ours[i]));
}

TEST(Oracle, every_stack_agrees_with_libgcc_and_reaches_the_root) {
  nowhere = fopen("/dev/null", "w");
  struct sigaction action {};
  action.sa_handler = on_user_signal;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  ASSERT_TRUE(libunwind.load()) << dlerror();
  build_tables();
  for (const Tagged &module : tagged())
    if (module.path.find("libgcc_s") != std::string::npos) libgcc = {module.bias, module.bias + module.size};
  ask_libgcc(0);
  ucontext_t here;
  getcontext(&here);
  ask_libunwind(&here);
  Sampler::install(hit);
  verdicts = Verdicts{};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, sampled_thread, nullptr), 0);
  pthread_join(thread, nullptr);
  printf(
      "  samples %lu, to the root %lu, truncated %lu, inferred %lu, on the alternate stack %lu, oracle stopped early "
      "%lu, in libgcc %lu, lost there %lu\n  ends",
      verdicts.samples, verdicts.roots, verdicts.truncated, verdicts.inferred, verdicts.on_alternate_stack,
      verdicts.oracle_shorter, verdicts.in_libgcc, verdicts.lost_in_libgcc);
  for (uint64_t end : verdicts.ends) printf(" %lu", end);
  printf("\n");
  describe(verdicts.lost_at, static_cast<uint32_t>(std::min<uint64_t>(verdicts.samples - verdicts.roots, kLostKept)),
           "lost at");
  if (verdicts.kept) {
    printf("  first contradiction at frame %u\n", verdicts.kept_at);
    describe(verdicts.kept_ours, verdicts.kept_our_depth, "ours");
    for (uint32_t i = 0; i < verdicts.kept_their_depth; i++)
      printf("    theirs %2u 0x%lx (ours 0x%lx)\n", i, verdicts.kept_theirs[i],
             i < verdicts.kept_our_depth ? raw_address(verdicts.kept_ours[i]) : 0);
  }
  EXPECT_GE(verdicts.samples, kEnough);
  EXPECT_EQ(verdicts.contradictions, 0u);
  // Before it lands, libgcc's unwinder writes the landing frame's registers over those that its own frames have saved:
  // for some instructions no table can describe them.
  EXPECT_GE((verdicts.roots + verdicts.lost_in_libgcc) * 1000, verdicts.samples * 999);
  EXPECT_LE(verdicts.lost_in_libgcc * 10, verdicts.in_libgcc);
  EXPECT_GE(verdicts.on_alternate_stack, 20u) << "the workload must cover signal frames";
  EXPECT_GE(verdicts.truncated, 20u) << "the workload must cover deep stacks";
}

}  // namespace
}  // namespace pyro::unwind::test
