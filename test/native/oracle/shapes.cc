// Which shapes has compiled code? One function each, and libraries that have their own.
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <regex>
#include <stdexcept>

#include "linkage.h"
#include "workloads.h"

extern "C" {
using AsmWork = int (*)(long);
int asm_bare(long);
int asm_large_frame(long);
int asm_clobbers_rbp(long);
int asm_with_helper(long);
int asm_realigned(long);
int asm_frame_pointer(long);
int by_pointer(AsmWork, long);
int by_pointer_with_frame_pointer(AsmWork, long);
int directly(long);
int large_directly(long);
int by_jump(AsmWork, long);
}

#define PLAIN __attribute__((noinline, noclone))

namespace pyro::oracle {
namespace {

volatile int sink;
uint32_t state = 12345;
int next_random() { return static_cast<int>((state = state * 1664525u + 1013904223u) >> 8); }

PLAIN int compare_ints(const void *a, const void *b) {
  const int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
  return x < y ? -1 : x > y;
}
PLAIN void sort_in_c() {
  int values[40];
  for (int &value : values) value = next_random();
  qsort(values, std::size(values), sizeof values[0], compare_ints);
  sink = values[0];
}
PLAIN void sort_in_cpp() {
  std::vector<int> values(60);
  for (int &value : values) value = next_random();
  std::sort(values.begin(), values.end(), [](int a, int b) { return compare_ints(&a, &b) < 0; });
  sink = values[0];
}
PLAIN int recurse(int depth) {
  if (depth == 0) return next_random();
  volatile int mine = depth;  // or the compiler makes it a loop
  return recurse(depth - 1) + mine;
}
// A frame that keeps every saved register busy.
PLAIN int keep_registers(int depth, int a, int b, int c, int d, int e) {
  if (depth == 0) return a ^ b ^ c ^ d ^ e;
  const int first = keep_registers(depth - 1, b, c, d, e, a + depth);
  const int second = keep_registers(depth / 2, first, a, b, c, d);
  return first * a + second * b - c * d + e * depth;
}
PLAIN void grow_the_frame(size_t bytes) {
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (size_t i = 0; i < bytes; i += 64) block[i] = static_cast<char>(i);
  sink = block[bytes / 2];
}
// A realigned stack with a variable part: the CFA is kept in memory (DRAP).
PLAIN __attribute__((optimize("O2"))) void realign(size_t bytes, int a, int b, int c, int d, int e, int f, int g) {
  alignas(64) volatile float lanes[16];
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (int i = 0; i < 16; i++) lanes[i] = static_cast<float>(i * a + b + c + d + e + f + g);
  for (size_t i = 0; i < bytes; i += 64) block[i] = 1;
  grow_the_frame(64 + bytes);
  sink = static_cast<int>(lanes[5]) + block[0];
}
PLAIN __attribute__((optimize("no-omit-frame-pointer"))) void keep_frame_pointer() {
  char text[200];
  snprintf(text, sizeof text, "%d %s %f %g %x", next_random(), "some text", 3.25, 1e-7, 77);
  sink = text[3];
}
PLAIN int variadic(int count, ...) {
  va_list list;
  va_start(list, count);
  double sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, double);
  va_end(list);
  return static_cast<int>(sum);
}
// Pushes only on the way that needs them (shrink wrapping), and jumps to its last callee.
PLAIN __attribute__((optimize("O2"))) int leave_by_a_jump(int depth, int (*last)(int)) {
  if (depth < 3) return last(depth);
  std::string text(static_cast<size_t>(depth % 20), 'x');
  sink = static_cast<int>(text.size());
  return last(depth);
}
PLAIN void allocate() {
  std::map<int, std::string> words;
  for (int i = 0; i < 12; i++) words[next_random() % 100] = std::string(static_cast<size_t>(i * 3), 'x');
  sink = static_cast<int>(words.size());
}
PLAIN void copy() {
  static char from[600], to[600];
  memcpy(to, from, sizeof to - static_cast<size_t>(next_random() % 100));
  memmove(to + 1, to, 400);
  sink = static_cast<int>(strlen(from + 1) + static_cast<size_t>(memcmp(from, to, 500)));
}

struct Undone {
  ~Undone() { sink = compare_ints("abcd", "abce"); }
};
PLAIN void throw_from(int depth) {
  const Undone undone;
  if (depth == 0) throw std::runtime_error("expected");
  throw_from(depth - 1);
  sink = depth;
}
PLAIN void throw_and_catch() {
  try {
    throw_from(3);
  } catch (const std::exception &error) {
    sink = error.what()[0];
  }
}
PLAIN void rethrow() {
  try {
    try {
      throw_from(1);
    } catch (...) {
      sort_in_c();
      throw;
    }
  } catch (const std::runtime_error &) {
    sink = 1;
  }
}

jmp_buf back_here;
PLAIN void jump_back(int depth) {
  if (depth == 0) longjmp(back_here, 1);
  if (depth < 100) jump_back(depth - 1);
  sink = depth;
}
PLAIN void jump_out() {
  if (setjmp(back_here) == 0) jump_back(5);
  sink = 2;
}

void on_signal(int) {
  keep_frame_pointer();
  sort_in_c();
}
PLAIN void be_interrupted(int number) { syscall(SYS_tgkill, getpid(), gettid(), number); }

PLAIN void ask_the_loader() {
  Dl_info info;
  sink = dladdr(reinterpret_cast<void *>(&ask_the_loader), &info);
  sink = dlsym(RTLD_DEFAULT, "gst_pyroscope_has_no_such_symbol") != nullptr;
}
PLAIN void read_the_clock() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  tm parts;
  gmtime_r(&now.tv_sec, &parts);
  char text[64];
  sink = static_cast<int>(strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
}
PLAIN void compute() {
  double sum = 0;
  for (int i = 1; i < 8; i++) sum += std::sin(i * 0.7) + std::pow(i, 1.5) + std::exp(-i) + strtod("12.5e-3", nullptr);
  sink = static_cast<int>(sum);
}
PLAIN void match() {
  sink = std::regex_search("video/x-raw, width=640", std::regex("(\\w+)/x-(raw|h264),.*=([0-9]+)"));
}

int shorter(int depth) { return depth / 2 + recurse(2); }

}  // namespace

std::vector<Workload> compiled_workloads() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, nullptr);
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, nullptr);
  return {
      {"recursion", [] { sink = recurse(20 + next_random() % 60); }},
      {"deep recursion", [] { sink = recurse(600); }},
      {"saved registers", [] { sink = keep_registers(7, 1, 2, 3, 4, 5); }},
      {"qsort and std::sort",
       [] {
         sort_in_c();
         sort_in_cpp();
       }},
      {"alloca", [] { grow_the_frame(static_cast<size_t>(next_random() % 3000 + 16)); }},
      {"realigned stack", [] { realign(static_cast<size_t>(next_random() % 900 + 64), 1, 2, 3, 4, 5, 6, 7); }},
      {"frame pointer, printf", [] { keep_frame_pointer(); }},
      {"variadic", [] { sink = variadic(6, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0); }},
      {"tail calls", [] { sink = leave_by_a_jump(next_random() % 9, shorter) + by_jump(asm_bare, 2); }},
      {"malloc, std::map", [] { allocate(); }},
      {"memcpy, strlen", [] { copy(); }},
      {"exceptions",
       [] {
         throw_and_catch();
         rethrow();
       }},
      {"longjmp", [] { jump_out(); }},
      {"signal on the stack", [] { be_interrupted(SIGUSR1); }},
      {"signal on its own stack", [] { be_interrupted(SIGUSR2); }},
      {"loader, dlsym", [] { ask_the_loader(); }},
      {"vDSO, strftime", [] { read_the_clock(); }},
      {"libm, strtod", [] { compute(); }},
      {"std::regex", [] { match(); }},
      {"lazy binding", [] { sink = lazy_round(next_random()); }},
      {"lazy binding, IBT", [] { sink = ibt_round(next_random()); }},
      {"thread-local storage", [] { sink = lazy_thread_local(next_random()); }},
  };
}

std::vector<Workload> assembly_workloads() {
  static constexpr long kRounds = 4;
  return {
      {"asm bare", [] { sink = by_pointer(asm_bare, kRounds) + directly(kRounds); }},
      {"asm large frame", [] { sink = by_pointer(asm_large_frame, kRounds) + large_directly(kRounds); }},
      {"asm clobbers rbp", [] { by_pointer(asm_clobbers_rbp, kRounds); }},
      {"asm with helper", [] { by_pointer(asm_with_helper, kRounds); }},
      {"asm realigned", [] { by_pointer(asm_realigned, kRounds); }},
      {"asm frame pointer", [] { by_pointer(asm_frame_pointer, kRounds); }},
      {"asm from a frame pointer",
       [] {
         by_pointer_with_frame_pointer(asm_clobbers_rbp, kRounds);
         by_pointer_with_frame_pointer(asm_large_frame, kRounds);
       }},
      {"asm by a jump", [] { by_jump(asm_bare, kRounds); }},
  };
}

}  // namespace pyro::oracle
