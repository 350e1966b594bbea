// Who runs the function of a thread? A thread of GLib's is asked who called it.
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <gst/gst.h>
#include <unwind.h>

#include <atomic>

#include "pads/learning/roles.h"

namespace pyro::pads {
namespace {

constexpr uint32_t kMostCallers = 8;
constexpr const char *kRole = "[starts a thread]";
// Of libc. Another machine's glibc may begin threads in a function of another name.
#if defined(__x86_64__)
constexpr const char *kOutermost = "clone3";
#else
constexpr const char *kOutermost = kRole;
#endif

struct Callers {
  const void *function[kMostCallers];  // where each begins, innermost first
  uint32_t count = 0;
  std::atomic<bool> noted{false};  // release by the pool's thread, acquire by who waited for it
};

_Unwind_Reason_Code note_caller(_Unwind_Context *context, void *user) {
  auto *callers = static_cast<Callers *>(user);
  if (_Unwind_GetIP(context) == 0) return _URC_NORMAL_STOP;  // behind the last one
  const auto *begin = reinterpret_cast<const void *>(_Unwind_GetRegionStart(context));
  // Without a row in the unwind tables there is no begin.
  if (!begin || callers->count == kMostCallers) return _URC_NORMAL_STOP;
  callers->function[callers->count++] = begin;
  return _URC_NO_REASON;
}

void ask_who_called(gpointer, gpointer user) {
  _Unwind_Backtrace(note_caller, user);
  static_cast<Callers *>(user)->noted.store(true, std::memory_order_release);
}

const void *module_of(const void *address) {
  Dl_info info{};
  return address && dladdr(address, &info) ? info.dli_fbase : nullptr;
}

const void *code(void (*function)()) { return reinterpret_cast<const void *>(function); }

// What an address of each library is, and what its functions are called, the innermost first. GLib's names are those of
// glib/gthreadpool.c and gthread.c, libc's those of glibc's nptl.
struct Library {
  const void *address;
  const char *names[2];
};

// Only where each library has exactly the frames that it should: one more, and which is which is not known.
uint32_t name_callers(const Callers &callers, NamedRole *out, uint32_t most) {
  const Library libraries[] = {
    {code(reinterpret_cast<void (*)()>(g_thread_pool_new)), {"g_thread_pool_thread_proxy", "g_thread_proxy"}},
#if defined(__GLIBC__)
    {code(reinterpret_cast<void (*)()>(pthread_create)), {"start_thread", kOutermost}},
#endif
  };
  uint32_t found = 0, at = 0;
  const void *here = module_of(code(reinterpret_cast<void (*)()>(ask_who_called)));
  while (at < callers.count && module_of(callers.function[at]) == here) at++;
  for (const Library &library : libraries) {
    const void *module = module_of(library.address);
    uint32_t end = at;
    while (end < callers.count && module_of(callers.function[end]) == module) end++;
    if (end - at < 1 || end - at > 2) return found;
    for (uint32_t i = at; i < end && found < most; i++)
      out[found++] = {callers.function[i], end - at == 2 ? library.names[i - at] : kRole};
    at = end;
  }
  return found;
}

// The function that GStreamer's pool gives to GLib's.
const void *pool_function() {
  auto *klass = static_cast<GstTaskClass *>(g_type_class_ref(GST_TYPE_TASK));
  const GThreadPool *pool = klass->pool ? klass->pool->pool : nullptr;
  const void *function = pool ? reinterpret_cast<const void *>(pool->func) : nullptr;
  g_type_class_unref(klass);
  return function;
}

}  // namespace

uint32_t learn_thread_roles(NamedRole *out, uint32_t most) {
  uint32_t found = 0;
  if (const void *function = pool_function(); function && found < most)
    out[found++] = {function, "[runs a pool's task]"};
  Callers callers;
  // Exclusive: its thread ends with it, and is no one's else.
  GError *refused = nullptr;
  GThreadPool *pool = g_thread_pool_new(ask_who_called, &callers, 1, TRUE, &refused);
  if (!pool) return found;
  const bool asked = !refused && g_thread_pool_push(pool, pool, nullptr) != FALSE;
  g_clear_error(&refused);
  g_thread_pool_free(pool, !asked, asked);  // to wait for a thread that there is not would be for ever
  const bool noted = callers.noted.load(std::memory_order_acquire);
  return noted ? found + name_callers(callers, out + found, most - found) : found;
}

}  // namespace pyro::pads
