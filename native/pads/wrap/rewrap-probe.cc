// How is a closure told from a function?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/rewrap-probe.h"

#include <dlfcn.h>

namespace pyro::pads {

bool is_closure(gpointer function, GDestroyNotify notify) {
  if (!function || !notify) return false;  // elements in C have no notify: this is for few
  Dl_info info;
  return dladdr(function, &info) == 0;
}

void add_rewrap_probe(PadState &state, GstPadProbeCallback look) {
  if (state.probed.exchange(true, std::memory_order_relaxed)) return;
  const int type = GST_PAD_PROBE_TYPE_PUSH | GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST;
  gst_pad_add_probe(state.pad, static_cast<GstPadProbeType>(type), look, nullptr, nullptr);
}

}  // namespace pyro::pads
