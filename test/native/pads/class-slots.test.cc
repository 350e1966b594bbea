// Does the table of class structures say what the headers say, of each callback of each library?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/class-slots.h"

#include <gst/base/base.h>
#include <gst/controller/controller.h>
#include <gst/gst.h>
#include <gst/net/net.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <iterator>
#if __has_include(<gst/video/video.h>)
#include <gst/allocators/allocators.h>
#include <gst/app/app.h>
#include <gst/audio/audio.h>
#include <gst/pbutils/pbutils.h>
#include <gst/rtp/rtp.h>
#include <gst/rtsp/rtsp.h>
#include <gst/sdp/sdp.h>
#include <gst/tag/tag.h>
#include <gst/video/gstvideoaggregator.h>
#include <gst/video/video.h>
#define PYRO_BASE_HEADERS
#endif
#if __has_include(<gst/gl/gl.h>) && defined(PYRO_GL_HEADERS)
#include <gst/gl/gl.h>
#endif
#include "pads/names/class-slots.inc"

namespace pyro::pads {
namespace {

struct Field {
  const char *structure, *field;
  size_t in_header, in_table;
};

#define FIELD(structure, field, offset) {#structure, #field, offsetof(structure, field), offset},
#define CLASS(type, structure, size, fields) {#structure, "", sizeof(structure), size}, fields

#define FIELDS_OF(library) constexpr Field k##library[] = {PYRO_SLOTS_##library(CLASS, FIELD)};
#define KNOWN(library) {k##library, std::size(k##library)},

#define PYRO_KNOWN_CORE(X) X(GObject) X(Gst) X(GstBase)
#ifdef PYRO_BASE_HEADERS
#define PYRO_KNOWN_BASE(X) X(GstApp) X(GstAudio) X(GstRtp) X(GstTag) X(GstVideo)
#else
#define PYRO_KNOWN_BASE(X)
#endif
#if __has_include(<gst/gl/gl.h>) && defined(PYRO_GL_HEADERS)
#define PYRO_KNOWN_GL(X) X(GstGL)
#else
#define PYRO_KNOWN_GL(X)
#endif
#define PYRO_KNOWN(X) PYRO_KNOWN_CORE(X) PYRO_KNOWN_BASE(X) PYRO_KNOWN_GL(X)

PYRO_KNOWN(FIELDS_OF)
const struct {
  const Field *fields;
  size_t count;
} kKnown[] = {PYRO_KNOWN(KNOWN)};

TEST(ClassSlots, EachCallbackOfTheTableStandsWhereTheHeadersHaveIt) {
  uint32_t compared = 0, different = 0;
  for (const auto &[fields, count] : kKnown)
    for (const Field *one = fields; one < fields + count; one++) {
      compared++;
      if (one->in_header == one->in_table) continue;
      different++;
      ADD_FAILURE() << one->structure << " " << one->field << ": " << one->in_table << " in the table, "
                    << one->in_header << " in the header";
    }
  std::printf("%u sizes and offsets compared with the headers, %u differ\n", compared, different);
  EXPECT_GT(compared, 150u);
}

TEST(ClassSlots, ATypeOfAnotherSizeIsNotTheOneOfTheTable) {
  gst_init(nullptr, nullptr);
  const ClassLayout *element = layout_of("GstElement", sizeof(GstElementClass));
  ASSERT_TRUE(element);
  EXPECT_EQ(slot_name(*element, offsetof(GstElementClass, change_state)), "change_state");
  EXPECT_EQ(slot_name(*element, offsetof(GstElementClass, metadata)), "") << "no callback";
  EXPECT_EQ(layout_of("GstElement", sizeof(GstElementClass) + 8), nullptr);
  EXPECT_EQ(layout_of("GstNobodysElement", 600), nullptr);
}

// What a library registers is the structure that its header has.
TEST(ClassSlots, EachTypeOfTheCoreLibrariesHasTheSizeInTheTable) {
  gst_init(nullptr, nullptr);
  for (const char *factory : {"videotestsrc", "identity", "fakesink", "queue", "pipeline"})
    gst_object_unref(gst_object_ref_sink(gst_element_factory_make(factory, nullptr)));
  for (const char *name : {"GObject", "GstObject", "GstElement", "GstBin", "GstPipeline", "GstPad", "GstBaseSrc",
                           "GstPushSrc", "GstBaseSink", "GstBaseTransform"}) {
    const GType type = g_type_from_name(name);
    ASSERT_NE(type, 0u) << name;
    GTypeQuery query;
    g_type_query(type, &query);
    EXPECT_NE(layout_of(name, query.class_size), nullptr) << name;
  }
}

}  // namespace
}  // namespace pyro::pads
