// How does a pad get its state, and how does the state go with it?
// SPDX-License-Identifier: MPL-2.0
#include "pads/registry/pad-registry.h"

#include <pthread.h>

#include <new>
#include <vector>

#include "threads/live-pads.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
PadState *first = nullptr;
void (*tell_gone)(PadState &) = nullptr;

GQuark state_quark() {
  static const GQuark quark = g_quark_from_static_string("gst-pyroscope-pad-state");
  return quark;
}

// The pad's memory is whole until this returns.
void pad_gone(gpointer data) {
  PadState *state = static_cast<PadState *>(data);
  bump_epoch();
  if (tell_gone) tell_gone(*state);
  pthread_mutex_lock(&registry_mutex);
  threads::live_pads.remove(state->pad);
  if (state->previous)
    state->previous->next = state->next;
  else
    first = state->next;
  if (state->next) state->next->previous = state->previous;
  pthread_mutex_unlock(&registry_mutex);
  delete state;
}

// GWeakRef does the same under a lock that every object of the process shares. 0 is never left again: then the pad is
// being finalized, and waits for our mutex. While it is being disposed of a reference is allowed and delays the end.
bool reference_if_alive(GstPad *pad) {
  volatile guint *count = &G_OBJECT(pad)->ref_count;
  guint seen = __atomic_load_n(count, __ATOMIC_RELAXED);
  while (seen > 0)
    if (__atomic_compare_exchange_n(count, &seen, seen + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return true;
  return false;
}

void list(PadState *state) {
  pthread_mutex_lock(&registry_mutex);
  if (!threads::live_pads.add(state->pad, state->proxy ? threads::kTransparentPad : 0))
    threads::count(wire::kLivePadsFull);
  state->next = first;
  if (first) first->previous = state;
  first = state;
  pthread_mutex_unlock(&registry_mutex);
}

}  // namespace

PadState *look_up(GstPad *pad, threads::CacheEntry *pair, uint64_t epoch) {
  PadState *state = static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
  if (pair && state) {
    pair[1] = pair[0];
    pair[0] = {pad, epoch, state};
  }
  return state;
}

PadState *ensure(GstPad *pad) {
  PadState *state = static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
  if (state) return state;
  state = new (std::nothrow) PadState;
  if (!state) return nullptr;
  state->pad = pad;
  state->proxy = GST_IS_PROXY_PAD(pad);
  // Two threads may come here with one pad (added by one, linked by another): the first one wins.
  if (g_object_replace_qdata(G_OBJECT(pad), state_quark(), nullptr, state, pad_gone, nullptr)) {
    list(state);  // the caller holds the pad, so it is not gone yet
    return state;
  }
  delete state;
  return static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
}

void for_each(void (*visit)(PadState &, void *), void *user) {
  pthread_mutex_lock(&registry_mutex);
  for (PadState *state = first; state; state = state->next) visit(*state, user);
  pthread_mutex_unlock(&registry_mutex);
}

void set_owner(GstPad *pad, uint32_t element) {
  pthread_mutex_lock(&registry_mutex);
  threads::live_pads.set_owner(pad, GST_IS_PROXY_PAD(pad) ? threads::kTransparentPad : element);
  pthread_mutex_unlock(&registry_mutex);
}

void for_each_referenced(void (*visit)(GstPad *)) {
  std::vector<GstPad *> pads;
  pthread_mutex_lock(&registry_mutex);
  for (PadState *state = first; state; state = state->next)
    if (reference_if_alive(state->pad)) pads.push_back(state->pad);
  pthread_mutex_unlock(&registry_mutex);
  for (auto pad = pads.rbegin(); pad != pads.rend(); ++pad) {
    visit(*pad);
    gst_object_unref(*pad);
  }
}

void forget_owners() {
  pthread_mutex_lock(&registry_mutex);
  for (PadState *state = first; state; state = state->next)
    if (!state->proxy) threads::live_pads.set_owner(state->pad, 0);
  pthread_mutex_unlock(&registry_mutex);
}

void on_pad_gone(void (*gone)(PadState &)) { tell_gone = gone; }
void lock_registry() { pthread_mutex_lock(&registry_mutex); }
void unlock_registry() { pthread_mutex_unlock(&registry_mutex); }

}  // namespace pyro::pads
