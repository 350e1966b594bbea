// What kind of media does a sink pad get: its caps, in words that may leave the process?
//
// Caps change a few times in a pad's life. Where they do, the thread that brings the event takes a reference and goes
// on; the text is made by the background thread.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pads/registry/pad-registry.h"

namespace pyro::pads {

// An event on its way into a sink pad, referenced by the caller; only caps events count.
void note_media(PadState &state, GstEvent *event);
// The pad has this directory id in the session that begins: what it gets now is told again. The caller has it
// referenced, and holds no lock of ours.
void name_media(PadState &state, uint32_t pad);
struct Media {
  uint32_t pad;  // directory id
  std::string text;
};
// The pad goes: what it got last, if that was not told yet.
std::optional<Media> leave_media(PadState &state);
// Of all pads with an id whose caps came or changed since the last call. For one thread.
std::vector<Media> take_media();

// "video/x-raw(memory:DMABuf), format=NV12, width=640": the type, its memory, and the fields of a table, never one
// that could hold data, keys or addresses; ", …" where there are others.
std::string text_of(const GstCaps *caps);

}  // namespace pyro::pads
