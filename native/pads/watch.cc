// What happens when a pad is added, when it is linked, and when an element finds its place in a pipeline?
// SPDX-License-Identifier: MPL-2.0
#include "pads/watch.h"

#include <vector>

#include "pads/learning/pad-registers.h"
#include "pads/names/function-notes.h"
#include "pads/wrap/wrap.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

const Owner *owner = nullptr;

void name(GstPad *pad) {
  if (threads::live_segment() && !GST_IS_PROXY_PAD(pad)) set_owner(pad, owner->element_of(pad));
}

void tell_code(GstPad *pad) {
  const gpointer functions[] = {
      reinterpret_cast<gpointer>(__atomic_load_n(&GST_PAD_CHAINFUNC(pad), __ATOMIC_RELAXED)),
      reinterpret_cast<gpointer>(__atomic_load_n(&GST_PAD_CHAINLISTFUNC(pad), __ATOMIC_RELAXED)),
      reinterpret_cast<gpointer>(__atomic_load_n(&GST_PAD_GETRANGEFUNC(pad), __ATOMIC_RELAXED))};
  owner->code(functions, G_N_ELEMENTS(functions));
}

void take_in(GstPad *pad) {
  const bool known = find(pad, nullptr) != nullptr;
  PadState *state = ensure(pad);
  if (!state) return;
  if (!known && !state->proxy) tell_code(pad);
  if (is_wrapping()) wrap_pad(*state);
}

// Hands over the class of the element, once for each type. At pad-added the class may still be a base class's.
void tell_class(GstPad *pad) {
  GstObject *parent = gst_object_get_parent(GST_OBJECT(pad));
  if (!parent) return;
  static const GQuark noted = g_quark_from_static_string("gst-pyroscope-noted");
  const GType type = G_OBJECT_TYPE(parent);
  if (GST_IS_ELEMENT(parent) && !g_type_get_qdata(type, noted)) {
    g_type_set_qdata(type, noted, GINT_TO_POINTER(1));
    GTypeQuery query;
    g_type_query(type, &query);
    owner->code(reinterpret_cast<gpointer *>(G_OBJECT_GET_CLASS(parent)), query.class_size / sizeof(gpointer));
  }
  gst_object_unref(parent);
}

gboolean on_pad_added(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  GstPad *pad = GST_PAD(g_value_get_object(values + 1));
  take_in(pad);
  name(pad);
  // It may have had another parent before.
  if (PadState *state = find(pad, nullptr)) state->relinked.fetch_add(1, std::memory_order_relaxed);
  return TRUE;
}

// gst-inspect makes elements that link pads of their own and never runs them.
bool is_inspector() {
  const gchar *program = g_get_prgname();
  return program && (g_str_has_prefix(program, "gst-inspect") || g_str_has_prefix(program, "gst-plugin-scanner"));
}

bool in_pipeline(GstPad *pad) {
  GstObject *object = GST_OBJECT(gst_object_ref(pad));
  bool found = false;
  while (object) {
    found = found || GST_IS_PIPELINE(object);
    GstObject *parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
  return found;
}

// Without wrappers the first buffer is not seen: the first link inside a pipeline is the sign of activity.
void look_for_activity(GstPad *pad) {
  if (!is_wrapping() && !threads::live_segment() && !is_inspector() && in_pipeline(pad)) owner->activity();
}

// Emitted on both pads after the link is made, also for pads that never had a parent.
gboolean on_linked(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  if (is_learning_thread()) return TRUE;
  GstPad *pad = GST_PAD(g_value_get_object(values));
  take_in(pad);
  look_for_activity(pad);
  note_functions_of(pad);
  if (GST_IS_PROXY_PAD(pad)) {
    bump_topology();
    return TRUE;
  }
  tell_class(pad);
  name(pad);
  if (PadState *state = find(pad, nullptr)) state->relinked.fetch_add(1, std::memory_order_relaxed);
  return TRUE;
}

void name_pads_of(GstElement *element) {
  std::vector<GstPad *> pads;
  GST_OBJECT_LOCK(element);
  for (GList *item = element->pads; item; item = item->next)
    pads.push_back(static_cast<GstPad *>(gst_object_ref(item->data)));
  GST_OBJECT_UNLOCK(element);
  for (GstPad *pad : pads) {
    if (find(pad, nullptr)) name(pad);
    gst_object_unref(pad);
  }
}

// The signal climbs from bin to bin; at the outermost one the path is as long as it gets.
gboolean on_deep_element_added(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  auto *bin = static_cast<GstObject *>(g_value_get_object(values));
  if (!threads::live_segment() || GST_OBJECT_PARENT(bin) != nullptr) return TRUE;
  name_pads_of(GST_ELEMENT(g_value_get_object(values + 2)));
  return TRUE;
}

void hook(GType type, const char *signal, GSignalEmissionHook function) {
  g_type_class_ref(type);  // signals exist only once their class does
  g_signal_add_emission_hook(g_signal_lookup(signal, type), 0, function, nullptr, nullptr);
}

}  // namespace

void start(const Owner &new_owner, Engine engine) {
  owner = &new_owner;
  on_pad_gone(new_owner.gone);
  prepare_wrapping(new_owner);
  set_engine(engine);
  hook(GST_TYPE_ELEMENT, "pad-added", on_pad_added);
  hook(GST_TYPE_PAD, "linked", on_linked);
  hook(GST_TYPE_BIN, "deep-element-added", on_deep_element_added);
}

void name_pads() { for_each_referenced(name); }

}  // namespace pyro::pads
