// What are GStreamer's static functions there for, when no symbol names them? Functions by what they were seen to do.
//
// The private traffic of pad-registers.cc passes through them: one that calls a pad's chain function in a trial does so
// in every stack. A name of GStreamer's sources is given only where exactly one function was seen in the role.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::pads {

// What a trial calls, and thereby whose functions its frames may be.
enum class Route : uint8_t {
  kData,       // buffers, and lists into pads that take lists
  kListApart,  // lists into pads that do not: taken apart
  kPull,
  kEvent,
  kQuery,
  kActivation,
  kTask,
  kCount
};

inline bool is_handling(Route route) {
  return route == Route::kEvent || route == Route::kQuery || route == Route::kActivation;
}

// A function without a symbol, by its first byte as the unwind tables have it, and what it is called.
struct NamedRole {
  const void *function;
  const char *name;  // lives for ever
};

class RoleObserver {
 public:
  static constexpr uint32_t kMostFunctions = 64;

  // A function was met on the stack of a trial: `direct`, it called the pad's or the task's function itself.
  void note(const void *function, Route route, bool direct);
  // The roles found so far, at most `most`; returns how many. Functions of the dynamic symbol table have none: they
  // have a name.
  uint32_t roles(NamedRole *out, uint32_t most) const;

 private:
  struct Function {
    const void *at;
    uint32_t direct, between;  // a bit a route
    bool exported;
  };
  uint32_t candidates(Route route, bool direct) const;
  static bool has(const Function &function, Route route, bool direct);

  Function functions_[kMostFunctions];
  uint32_t count_ = 0;
};

// Who runs the functions of threads: GStreamer's task pool, GLib's thread pool and thread, libc. Starts a thread of
// GLib and waits for its end, so not in a process that may have none; no name is given when there is none. Returns how
// many of `out` it wrote, at most `most`.
uint32_t learn_thread_roles(NamedRole *out, uint32_t most);

}  // namespace pyro::pads
