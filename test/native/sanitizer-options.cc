// What do the sanitizers look at in the native tests? As in the storms (storms/storms.cc); unused in an ordinary build.
// SPDX-License-Identifier: MPL-2.0

// What the tracer keeps hangs on mappings of its own, into which the search for leaks does not look: all would be one.
extern "C" __attribute__((visibility("default"))) const char *__asan_default_options() { return "detect_leaks=0"; }

extern "C" __attribute__((visibility("default"))) const char *__ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}

// Libraries that nobody instrumented are not looked at.
extern "C" __attribute__((visibility("default"))) const char *__tsan_default_options() {
  return "ignore_noninstrumented_modules=1:die_after_fork=0";
}
