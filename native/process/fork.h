// How does a forked child learn that it is not the profiled process?
//
// One word in a page that the kernel wipes on every kind of fork, raw clone included: "which segment is live" is 0 in a
// child before its first instruction. pthread_atfork hooks come besides, for locks and for threads to restart; a raw
// clone does not run them. vfork and clone(CLONE_VM) share memory until execve and see the parent's word, which is
// right: they are no processes of their own yet.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>

namespace pyro::process {

class ForkGuard {
 public:
  // As pthread_atfork runs them: prepare in reverse order of registration over all libraries, the others in order.
  // `child` runs when the word is 0 already. Any may be null.
  struct Hooks {
    void (*prepare)(void *data);
    void (*parent)(void *data);
    void (*child)(void *data);
    void *data;
  };

  // Makes the page and registers the hooks; once in a process, since neither can be undone. False when that was done
  // before (the first hooks stay) or memory is out (the word then still works, cleared by the child hook alone).
  static bool install(const Hooks &hooks);

  // Lives for ever, from install() on at one address. Signal-safe.
  static std::atomic<void *> &live_word() { return *word_.load(std::memory_order_acquire); }

  // The kernel wipes the page (Linux 4.14). Else only fork() through libc clears the word.
  static bool wiped_by_kernel() { return wiped_; }

 private:
  static std::atomic<std::atomic<void *> *> word_;
  static std::atomic<bool> wiped_;
};

}  // namespace pyro::process
