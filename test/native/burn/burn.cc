// Which element burns a known amount of CPU for each buffer? A pass-through for tests of sampling and labels.
//
// |[ fakesrc num-buffers=1000 ! cpuburn name=one ns=1000000 ! cpuburn name=two ns=2000000 ! fakesink ]|
//
// The loop itself must be what is seen in samples, so the thread's CPU clock (a system call) is read only now and then:
// rounds of a loop measured beforehand run between two readings, the last of them shorter. Not called "burn":
// gaudieffects of the bad plugins has an element and a type of that name.
// SPDX-License-Identifier: MPL-2.0
#define PACKAGE "gst-pyroscope"
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <ctime>

struct GstCpuBurn {
  GstBaseTransform parent;
  std::atomic<guint64> ns;
};

struct GstCpuBurnClass {
  GstBaseTransformClass parent;
};

G_DEFINE_TYPE(GstCpuBurn, gst_cpu_burn, GST_TYPE_BASE_TRANSFORM)

namespace {

constexpr guint64 kStepNs = 100000;  // between two looks at the clock
constexpr guint64 kMostNs = 10 * GST_SECOND;

guint64 thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<guint64>(t.tv_sec) * GST_SECOND + static_cast<guint64>(t.tv_nsec);
}

// Named, so that a test can look for it in stacks.
__attribute__((noinline)) void burn_loop(guint64 rounds) {
  guint64 x = rounds;
  for (guint64 i = 0; i < rounds; i++) {
    x = x * 6364136223846793005ull + 1442695040888963407ull;
    __asm__ volatile("" : "+r"(x));
  }
}

// The fastest of some tries: what disturbs a try makes it longer.
double measure_rounds_per_ns() {
  constexpr guint64 kRounds = 200000;
  guint64 best = G_MAXUINT64;
  for (int i = 0; i < 7; i++) {
    const guint64 begin = thread_cpu_ns();
    burn_loop(kRounds);
    best = std::min(best, thread_cpu_ns() - begin);
  }
  return static_cast<double>(kRounds) / static_cast<double>(std::max<guint64>(best, 1));
}

void burn_cpu(guint64 ns) {
  static const double rounds_per_ns = measure_rounds_per_ns();
  const guint64 end = thread_cpu_ns() + ns;
  for (guint64 now = end - ns; now < end; now = thread_cpu_ns())
    burn_loop(1 + static_cast<guint64>(static_cast<double>(std::min(end - now, kStepNs)) * rounds_per_ns));
}

enum { kPropertyNs = 1 };

}  // namespace

static void set_property(GObject *object, guint, const GValue *value, GParamSpec *) {
  reinterpret_cast<GstCpuBurn *>(object)->ns.store(g_value_get_uint64(value));
}

static void get_property(GObject *object, guint, GValue *value, GParamSpec *) {
  g_value_set_uint64(value, reinterpret_cast<GstCpuBurn *>(object)->ns.load());
}

static GstFlowReturn transform_ip(GstBaseTransform *transform, GstBuffer *) {
  burn_cpu(reinterpret_cast<GstCpuBurn *>(transform)->ns.load(std::memory_order_relaxed));
  return GST_FLOW_OK;
}

static void gst_cpu_burn_class_init(GstCpuBurnClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(
      object, kPropertyNs,
      g_param_spec_uint64("ns", "ns", "CPU nanoseconds burned for each buffer", 0, kMostNs, 0, flags));
  GstElementClass *element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "cpuburn", "Generic", "burns CPU time and passes buffers on",
                                        "gst-pyroscope");
  for (const auto &[name, direction] : {std::pair{"sink", GST_PAD_SINK}, std::pair{"src", GST_PAD_SRC}})
    gst_element_class_add_pad_template(element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, GST_CAPS_ANY));
  GstBaseTransformClass *transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->transform_ip = transform_ip;
  transform->transform_ip_on_passthrough = TRUE;
}

static void gst_cpu_burn_init(GstCpuBurn *burn) {
  burn->ns = 0;
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(burn), TRUE);
}

static gboolean plugin_init(GstPlugin *plugin) {
  return gst_element_register(plugin, "cpuburn", GST_RANK_NONE, gst_cpu_burn_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, cpuburn, "burns CPU time, for tests", plugin_init, "0.1.0",
                  "MPL", "gst-pyroscope", "https://gstreamer.freedesktop.org/")
