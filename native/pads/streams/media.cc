// How do caps become a text, and who makes it?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/media.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

namespace pyro::pads {
namespace {

std::atomic<uint64_t> noted{0};

void keep(PadState &state, GstCaps *caps) {
  GstCaps *former = state.caps.exchange(caps, std::memory_order_acq_rel);
  if (former) gst_caps_unref(former);
  if (caps) noted.fetch_add(1, std::memory_order_release);  // partner: take_media
}

// TABLE: fields that describe a format, in the order in which they are shown. Others may be anything: codec data, the
// key of an encrypted stream, attributes of a session description.
constexpr const char *kFields[] = {
    "mpegversion",   "format",   "width",          "height",        "framerate",    "pixel-aspect-ratio",
    "rate",          "channels", "layout",         "stream-format", "alignment",    "profile",
    "level",         "tier",     "interlace-mode", "colorimetry",   "systemstream", "media",
    "encoding-name", "payload",  "clock-rate",     "packetsize",
};

// Words of formats, and no longer than they are.
bool is_word(std::string_view text) {
  constexpr size_t kLongest = 32;
  const auto fits = [](unsigned char c) { return g_ascii_isalnum(c) || std::strchr("-_.:+/", c); };
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), fits);
}

// "" = not of a kind that is shown.
std::string value_text(const GValue *value) {
  if (G_VALUE_HOLDS_INT(value)) return std::to_string(g_value_get_int(value));
  if (G_VALUE_HOLDS_UINT(value)) return std::to_string(g_value_get_uint(value));
  if (G_VALUE_HOLDS_BOOLEAN(value)) return g_value_get_boolean(value) ? "true" : "false";
  if (GST_VALUE_HOLDS_FRACTION(value))
    return std::to_string(gst_value_get_fraction_numerator(value)) + '/' +
           std::to_string(gst_value_get_fraction_denominator(value));
  const char *text = G_VALUE_HOLDS_STRING(value) ? g_value_get_string(value) : nullptr;
  return text && is_word(text) ? text : "";
}

// Of another memory than the system's.
std::string memory_of(const GstCaps *caps) {
  const GstCapsFeatures *features = gst_caps_get_features(caps, 0);
  if (!features || gst_caps_features_is_any(features) || gst_caps_features_get_size(features) == 0) return "";
  const char *first = gst_caps_features_get_nth(features, 0);
  if (std::strcmp(first, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY) == 0 || !is_word(first)) return "";
  return '(' + std::string(first) + ')';
}

}  // namespace

std::string text_of(const GstCaps *caps) {
  if (gst_caps_is_any(caps) || gst_caps_get_size(caps) == 0) return "";
  const GstStructure *media = gst_caps_get_structure(caps, 0);
  std::string text = gst_structure_get_name(media) + memory_of(caps);
  int shown = 0;
  for (const char *field : kFields) {
    const GValue *value = gst_structure_get_value(media, field);
    const std::string word = value ? value_text(value) : "";
    if (word.empty()) continue;
    text += std::string(", ") + field + '=' + word;
    shown++;
  }
  return shown < gst_structure_n_fields(media) ? text + ", …" : text;
}

namespace {

struct Taken {
  uint32_t pad;
  GstCaps *caps;  // ours
};

Media told(const Taken &taken) {
  Media media{taken.pad, text_of(taken.caps)};
  gst_caps_unref(taken.caps);
  return media;
}

}  // namespace

void note_media(PadState &state, GstEvent *event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS || GST_PAD_DIRECTION(state.pad) != GST_PAD_SINK) return;
  if (state.caps_pad.load(std::memory_order_relaxed) == 0) return;  // name_media will look
  GstCaps *caps = nullptr;
  gst_event_parse_caps(event, &caps);
  if (caps) keep(state, gst_caps_ref(caps));
}

void name_media(PadState &state, uint32_t pad) {
  state.caps_pad.store(pad, std::memory_order_release);  // partner: take_media
  if (GstCaps *caps = pad ? gst_pad_get_current_caps(state.pad) : nullptr) keep(state, caps);
}

std::optional<Media> leave_media(PadState &state) {
  GstCaps *caps = state.caps.exchange(nullptr, std::memory_order_acq_rel);
  return caps ? std::optional<Media>(told({state.caps_pad.load(std::memory_order_relaxed), caps})) : std::nullopt;
}

std::vector<Media> take_media() {
  static uint64_t seen = 0;
  const uint64_t now = noted.load(std::memory_order_acquire);
  std::vector<Media> media;
  if (now == seen) return media;
  seen = now;
  std::vector<Taken> taken;
  const auto take = [](PadState &state, void *all) {
    const uint32_t pad = state.caps_pad.load(std::memory_order_acquire);
    GstCaps *caps = pad ? state.caps.exchange(nullptr, std::memory_order_acq_rel) : nullptr;
    if (caps) static_cast<std::vector<Taken> *>(all)->push_back({pad, caps});
  };
  for_each(take, &taken);
  for (const Taken &one : taken) media.push_back(told(one));
  return media;
}

}  // namespace pyro::pads
