// What happens to the time a buffer spends in ghost pads? It belongs to no element.
//
// Bins are transparent: their ghost and proxy pads have no cell and count nothing. But passing through one costs some
// 100 ns, and an element that pushes into three nested bins must not look slower than the same element without bins. So
// the default functions of proxy pads get a wrapper that opens a frame without a cell: what happens outside of elements
// is no element's exclusive time. Only inside an element's function; between the roots of a thread it is the driver's,
// as all else there.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

namespace pyro::pads {

// `pad` is a proxy pad. Functions other than the default ones are left alone: bins with code of their own.
void wrap_proxy_pad(GstPad *pad);
// GStreamer's own debug log prints the names of pad functions.
void name_passages_for_logs();

}  // namespace pyro::pads
