// How does a pad get its state, and how does the state go with it?
// SPDX-License-Identifier: MPL-2.0
#include "pads/pad-registry.h"

#include <pthread.h>

#include <new>

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
  if (state->previous)
    state->previous->next = state->next;
  else
    first = state->next;
  if (state->next) state->next->previous = state->previous;
  pthread_mutex_unlock(&registry_mutex);
  delete state;
}

void list(PadState *state) {
  pthread_mutex_lock(&registry_mutex);
  state->next = first;
  if (first) first->previous = state;
  first = state;
  pthread_mutex_unlock(&registry_mutex);
}

}  // namespace

PadState *look_up(GstPad *pad, threads::CacheEntry *entry, uint64_t epoch) {
  PadState *state = static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
  if (entry && state) *entry = {pad, epoch, state};
  return state;
}

PadState *ensure(GstPad *pad) {
  PadState *state = static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
  if (state) return state;
  state = new (std::nothrow) PadState;
  if (!state) return nullptr;
  state->pad = pad;
  list(state);  // before it can die
  // Two threads may come here with one pad (added by one, linked by another): the first one wins.
  if (g_object_replace_qdata(G_OBJECT(pad), state_quark(), nullptr, state, pad_gone, nullptr)) return state;
  pad_gone(state);
  return static_cast<PadState *>(g_object_get_qdata(G_OBJECT(pad), state_quark()));
}

void for_each(void (*visit)(PadState &, void *), void *user) {
  pthread_mutex_lock(&registry_mutex);
  for (PadState *state = first; state; state = state->next) visit(*state, user);
  pthread_mutex_unlock(&registry_mutex);
}

void on_pad_gone(void (*gone)(PadState &)) { tell_gone = gone; }
void lock_registry() { pthread_mutex_lock(&registry_mutex); }
void unlock_registry() { pthread_mutex_unlock(&registry_mutex); }

}  // namespace pyro::pads
