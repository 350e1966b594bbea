// How does a test know when a picture that a viewer sees has left its source? The time of day is painted into it.
// SPDX-License-Identifier: MPL-2.0
#ifndef LAB_PICTURE_TIME_H
#define LAB_PICTURE_TIME_H

#include <gst/gst.h>

/* From now on each picture that leaves the element carries the time of day, until it is taken off again with the number
   that this gives back. */
gulong picture_time_on(GstElement* element);
void picture_time_off(GstElement* element, gulong probe);

#endif
