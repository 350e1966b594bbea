// What does a picture look like that carries the time of day? Its uppermost rows are 32 cells, bright for 1: 24 bits of
// the milliseconds since 1970 (the lowest ones, highest first), then 8 bits by which a reader knows that they are
// whole.
// SPDX-License-Identifier: MPL-2.0
#include "picture-time.h"

#include <string.h>

#define CELLS 32
#define ROWS 16
#define CHECK 0x5a

/* Formats that begin with a plane of one byte for each pixel's brightness. */
static const char* const PLANAR[] = {"I420", "YV12", "NV12", "Y42B", "Y444", "GRAY8"};

/* Bytes in a row of brightness, or 0: nothing can be painted into such pictures. */
static gsize row_bytes(GstPad* pad, gint* width) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  if (caps == NULL) return 0;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const char* format = gst_structure_get_string(structure, "format");
  gboolean planar = FALSE;
  for (gsize i = 0; format != NULL && i < G_N_ELEMENTS(PLANAR); i++) planar |= strcmp(format, PLANAR[i]) == 0;
  const gboolean good = planar && gst_structure_get_int(structure, "width", width) && *width >= CELLS;
  gst_caps_unref(caps);
  return good ? ((gsize)*width + 3) / 4 * 4 : 0;
}

static guint32 code_of_now(void) {
  const guint32 ms = (guint32)(g_get_real_time() / 1000) & 0xffffff;
  return ms << 8 | ((ms >> 16 ^ ms >> 8 ^ ms ^ CHECK) & 0xff);
}

static GstPadProbeReturn paint(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  (void)data;
  gint width = 0;
  const gsize row = row_bytes(pad, &width);
  if (row == 0) return GST_PAD_PROBE_OK;
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READWRITE)) return GST_PAD_PROBE_OK;
  const guint32 code = code_of_now();
  const gsize cell = (gsize)width / CELLS;
  for (gsize y = 0; y < ROWS && (y + 1) * row <= map.size; y++)
    for (gsize i = 0; i < CELLS; i++)
      memset(map.data + y * row + i * cell, (code >> (CELLS - 1 - i) & 1) != 0 ? 235 : 16, cell);
  gst_buffer_unmap(buffer, &map);
  return GST_PAD_PROBE_OK;
}

gulong picture_time_on(GstElement* element) {
  GstPad* pad = gst_element_get_static_pad(element, "src");
  const gulong probe = gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, paint, NULL, NULL);
  gst_object_unref(pad);
  return probe;
}

void picture_time_off(GstElement* element, gulong probe) {
  GstPad* pad = gst_element_get_static_pad(element, "src");
  gst_pad_remove_probe(pad, probe);
  gst_object_unref(pad);
}
