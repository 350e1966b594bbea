// A library that tests load and unload while its code is being sampled.
// SPDX-License-Identifier: MPL-2.0
#include <cstdlib>

namespace {
int sink;  // of all threads; keeps the call from becoming a loop
int compare(const void *a, const void *b) { return *static_cast<const int *>(a) - *static_cast<const int *>(b); }
}  // namespace

extern "C" __attribute__((visibility("default"))) int come_and_go(int depth) {
  if (depth > 0) {
    __atomic_store_n(&sink, depth, __ATOMIC_RELAXED);
    return come_and_go(depth - 1) + __atomic_load_n(&sink, __ATOMIC_RELAXED);
  }
  int values[300];
  for (int &value : values) value = rand();
  qsort(values, 300, sizeof values[0], compare);
  return values[0];
}

// Calls `wait`: its thread may block with this library on its stack.
extern "C" __attribute__((visibility("default"))) int come_and_wait(int (*wait)(int), int argument) {
  return wait(argument) + __atomic_load_n(&sink, __ATOMIC_RELAXED);
}
