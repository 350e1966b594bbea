// How is a disk made slow without a file system of one's own? hlssink2 writes its segments into a pipe, whose reader
// takes its time.
// SPDX-License-Identifier: MPL-2.0
#ifndef LAB_SLOW_DISK_H
#define LAB_SLOW_DISK_H

#include <gst/gst.h>
#include <stdatomic.h>

typedef struct {
  gint bytes_per_second;  /* atomic; 0: as fast as it can */
  _Atomic gint64 written; /* bytes since the time below */
  gint64 since_us;
} SlowDisk;

/* All segments of that hlssink2 go this way from now on. A segment is closed when its last byte is in its file. */
void slow_disk_under(SlowDisk* disk, GstElement* hlssink2);

void slow_disk_set(SlowDisk* disk, gint bytes_per_second);

/* So slow that what was written each second until now takes so many thousandths of a second. FALSE: nothing was written
 * yet for long enough. */
gboolean slow_disk_set_factor(SlowDisk* disk, gint permille);

#endif
