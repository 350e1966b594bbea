// What work goes through many shapes of frames? Sorts, exceptions, deep and realigned stacks, signal handlers.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" int directly(long);  // no-cfi-callers.c: calls assembly without CFI

namespace pyro::unwind::test {

#define PLAIN __attribute__((noinline, noclone)) inline

inline volatile int shape_sink;

PLAIN int compare_values(const void *a, const void *b) {
  const int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
  return x < y ? -1 : x > y;
}

PLAIN int recurse_and_sort(int depth) {
  if (depth == 0) {
    int values[200];
    for (int &value : values) value = rand();
    qsort(values, std::size(values), sizeof values[0], compare_values);
    return values[0];
  }
  volatile int mine = depth;  // or the compiler makes it a loop
  return recurse_and_sort(depth - 1) + mine;
}

PLAIN void grow_by(size_t bytes) {
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (size_t i = 0; i < bytes; i += 8) block[i] = static_cast<char>(i);
  shape_sink = block[bytes / 2] + recurse_and_sort(2);
}

// A realigned stack with a variable part: the CFA is kept in memory.
PLAIN void realign_by(size_t bytes) {
  alignas(64) volatile float lanes[32];
  auto *block = static_cast<volatile char *>(__builtin_alloca(bytes));
  for (int i = 0; i < 32; i++) lanes[i] = static_cast<float>(i);
  for (size_t i = 0; i < bytes; i += 16) block[i] = 1;
  grow_by(64 + bytes);
  shape_sink = static_cast<int>(lanes[5]) + block[0];
}

PLAIN void print_and_collect() {
  char text[200];
  snprintf(text, sizeof text, "%d %s %f", rand(), "some text", 3.25);
  std::map<int, std::string> words;
  for (int i = 0; i < 20; i++) words[rand() % 100] = std::string(static_cast<size_t>(i), text[2]);
  shape_sink = static_cast<int>(words.size());
}

PLAIN void throw_at(int depth) {
  if (depth == 0) throw std::runtime_error("expected");
  throw_at(depth - 1);
  shape_sink = depth;
}

PLAIN void throw_over(int depth) {
  try {
    throw_at(depth);
  } catch (const std::exception &error) {
    shape_sink = error.what()[0];
  }
}

inline void catch_user_signal() {
  struct sigaction action {};
  action.sa_handler = [](int) { print_and_collect(); };
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
}

// Of this thread, for as long as it lives.
class AlternateStack {
 public:
  AlternateStack() : bytes_(64 * 1024) {
    stack_t stack{};
    stack.ss_sp = bytes_.data();
    stack.ss_size = bytes_.size();
    sigaltstack(&stack, nullptr);
  }
  ~AlternateStack() {
    stack_t stack{};
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, nullptr);
  }
  AlternateStack(const AlternateStack &) = delete;
  AlternateStack &operator=(const AlternateStack &) = delete;

 private:
  std::vector<char> bytes_;
};

inline void work_in_many_shapes() {
  recurse_and_sort(rand() % 30);
  recurse_and_sort(270 + rand() % 300);
  grow_by(static_cast<size_t>(rand() % 3000 + 16));
  realign_by(static_cast<size_t>(rand() % 2000 + 64));
  print_and_collect();
  throw_over(rand() % 8);
  shape_sink = directly(20000);
  raise(SIGUSR1);
}

#undef PLAIN

}  // namespace pyro::unwind::test
