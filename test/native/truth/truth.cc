// How many buffers did each pad get, by another way of counting, and do our cells say the same?
//
// A tracer for tests, beside ours: GST_TRACERS="pyroscope;padtruth". It sets a probe on every pad that is no proxy and
// registers no hook. Pads outside of any pipeline are not judged: GStreamer's code is tried out with some. When the
// process ends it compares and writes to PAD_TRUTH_FILE, as JSON:
// {"pads", "pushed", "pulled", "wrong": [{"pad", "truth", "cells", "nested"}], "counters": {name: n}}
// SPDX-License-Identifier: MPL-2.0
#define PACKAGE "gst-pyroscope"
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/gsttracer.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "own-segment.h"

namespace {

struct Total {
  std::atomic<uint64_t> buffers{0};
  bool pulled = false;
};

// What is known of one pad; kept by the pad.
struct Counted {
  std::atomic<Total *> total{nullptr};  // nullptr: ask where the pad is now
};

std::mutex mutex;
std::map<std::string, Total> *totals = nullptr;  // never freed
gpointer default_list = nullptr;

GQuark quark() { return g_quark_from_static_string("pad-truth"); }

std::string path_of(GstPad *pad) {
  std::string path;
  const char *separator = "";
  for (GstObject *at = GST_OBJECT(gst_object_ref(pad)); at;) {
    gchar *name = gst_object_get_name(at);
    path = name + (separator + path);
    separator = path == name ? ":" : "/";
    g_free(name);
    GstObject *parent = gst_object_get_parent(at);
    gst_object_unref(at);
    at = parent;
  }
  return path;
}

Total *total_of(GstPad *pad, Counted &counted) {
  if (Total *known = counted.total.load()) return known;
  const std::string path = path_of(pad);
  const std::lock_guard<std::mutex> lock(mutex);
  Total &total = (*totals)[path];
  total.pulled = GST_PAD_IS_SRC(pad);
  counted.total = &total;
  return &total;
}

GstPadProbeReturn count(GstPad *pad, GstPadProbeInfo *info, gpointer data) {
  uint64_t buffers = 0;
  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST))
    buffers = GST_PAD_PROBE_INFO_BUFFER(info) != nullptr;  // a pull has none before it is answered
  else if (reinterpret_cast<gpointer>(GST_PAD_CHAINLISTFUNC(pad)) != default_list)  // which chains them one by one
    buffers = gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
  if (buffers > 0) total_of(pad, *static_cast<Counted *>(data))->buffers += buffers;
  return GST_PAD_PROBE_OK;
}

void watch(GstPad *pad) {
  if (GST_IS_PROXY_PAD(pad)) return;
  const std::lock_guard<std::mutex> lock(mutex);
  if (auto *known = static_cast<Counted *>(g_object_get_qdata(G_OBJECT(pad), quark()))) {
    known->total = nullptr;
    return;
  }
  auto *counted = new Counted;
  g_object_set_qdata_full(G_OBJECT(pad), quark(), counted, [](gpointer gone) { delete static_cast<Counted *>(gone); });
  const int type =
      GST_PAD_PROBE_TYPE_BUFFER |
      (GST_PAD_IS_SRC(pad) ? GST_PAD_PROBE_TYPE_PULL : GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_PUSH);
  gst_pad_add_probe(pad, static_cast<GstPadProbeType>(type), count, counted, nullptr);
}

gboolean on_added(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  watch(GST_PAD(g_value_get_object(values + 1)));
  return TRUE;
}

gboolean on_linked(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  watch(GST_PAD(g_value_get_object(values)));
  return TRUE;
}

// Cells tell pipelines of one name apart ("a#2/…"); a pad does not know.
std::string without_ordinal(std::string path) {
  const size_t hash = path.find('#'), slash = path.find('/');
  if (hash != std::string::npos && hash < slash) path.erase(hash, std::min(slash, path.size()) - hash);
  return path;
}

std::map<std::string, pyro::test::Hop> cells() {
  std::map<std::string, pyro::test::Hop> all;
  for (const pyro::test::Hop &hop : pyro::test::hops()) {
    pyro::test::Hop &sum = all[without_ordinal(hop.pad)];
    sum.buffers += hop.buffers;
    sum.nested += hop.nested;
  }
  return all;
}

struct Verdict {
  size_t pads = 0;
  uint64_t pushed = 0, pulled = 0;
  std::string wrong;
};

void judge(Verdict &verdict, const std::string &pad, const Total *total, const pyro::test::Hop &cell) {
  const uint64_t truth = total ? total->buffers.load() : 0;
  if (truth == cell.buffers) return;
  verdict.wrong += (verdict.wrong.empty() ? "" : ", ") + ("{\"pad\": \"" + pad) +
                   "\", \"truth\": " + std::to_string(truth) + ", \"cells\": " + std::to_string(cell.buffers) +
                   ", \"nested\": " + std::to_string(cell.nested) + "}";
}

Verdict compare() {
  Verdict verdict;
  auto counted = cells();
  for (const auto &[pad, total] : *totals) {
    if (pad.find('/') == std::string::npos) continue;
    verdict.pads++;
    (total.pulled ? verdict.pulled : verdict.pushed) += total.buffers;
    judge(verdict, pad, &total, counted[pad]);
    counted.erase(pad);
  }
  for (const auto &[pad, cell] : counted) judge(verdict, pad, nullptr, cell);
  return verdict;
}

__attribute__((destructor)) void write_verdict() {
  const char *path = std::getenv("PAD_TRUTH_FILE");
  if (!path || !totals) return;
  FILE *file = fopen(path, "we");
  if (!file) return perror(path);
  const Verdict verdict = compare();
  std::string counters;
  for (uint32_t i = 0; i < pyro::wire::kCounterCount; i++)
    if (const uint64_t n = pyro::test::counter(static_cast<pyro::wire::Counter>(i)))
      counters += (counters.empty() ? "\"" : ", \"") + std::string(pyro::wire::kCounterInfo[i].name) +
                  "\": " + std::to_string(n);
  fprintf(file, "{\"pads\": %zu, \"pushed\": %llu, \"pulled\": %llu, \"wrong\": [%s], \"counters\": {%s}}\n",
          verdict.pads, static_cast<unsigned long long>(verdict.pushed),
          static_cast<unsigned long long>(verdict.pulled), verdict.wrong.c_str(), counters.c_str());
  fclose(file);
}

}  // namespace

struct PadTruth {
  GstTracer parent;
};
struct PadTruthClass {
  GstTracerClass parent;
};
G_DEFINE_TYPE(PadTruth, pad_truth, GST_TYPE_TRACER)
static void pad_truth_class_init(PadTruthClass *) {}
static void pad_truth_init(PadTruth *truth) {
  if (totals) return;
  gst_object_ref(truth);  // GStreamer lets go of tracers without hooks
  totals = new std::map<std::string, Total>;
  GstPad *pad = GST_PAD(gst_object_ref_sink(gst_pad_new("default", GST_PAD_SINK)));
  default_list = reinterpret_cast<gpointer>(GST_PAD_CHAINLISTFUNC(pad));
  gst_object_unref(pad);
  g_type_class_ref(GST_TYPE_ELEMENT);
  g_signal_add_emission_hook(g_signal_lookup("pad-added", GST_TYPE_ELEMENT), 0, on_added, nullptr, nullptr);
  g_type_class_ref(GST_TYPE_PAD);
  g_signal_add_emission_hook(g_signal_lookup("linked", GST_TYPE_PAD), 0, on_linked, nullptr, nullptr);
}

static gboolean plugin_init(GstPlugin *plugin) { return gst_tracer_register(plugin, "padtruth", pad_truth_get_type()); }

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, padtruth, "counts buffers by probes, for tests", plugin_init,
                  "0.1.0", "MPL", "gst-pyroscope", "https://gstreamer.freedesktop.org/")
