// Which part of a path, an address or a stream id is a name?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/published.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace pyro::tracer {
namespace {

constexpr size_t kLongest = 128;

using Reader = std::string (*)(std::string_view);
struct Row {
  std::string_view type;
  const char *property;
  Reader read;
};

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_name(std::string_view text) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= kLongest && text[0] != '.' && std::all_of(text.begin(), text.end(), fits);
}

// TABLE: files and folders that are called alike whatever the stream is.
constexpr std::string_view kUsual[] = {
    "playlist", "index",  "master",  "manifest", "main",  "prog_index", "chunklist", "live", "stream", "streams",
    "out",      "output", "hls",     "dash",     "video", "media",      "data",      "www",  "html",   "htdocs",
    "public",   "static", "content", "tmp",      "var",   "srv",        "home",      "usr",  "share",  "nginx",
};

bool is_usual(std::string_view part) {
  return std::find(std::begin(kUsual), std::end(kUsual), part) != std::end(kUsual);
}

std::string of_path(std::string_view path) {
  std::vector<std::string_view> parts = parts_of(path, '/');
  if (!parts.empty()) parts.back() = parts.back().substr(0, parts.back().rfind('.'));
  const auto tells = [](std::string_view part) { return is_name(part) && !is_usual(part); };
  const auto found = std::find_if(parts.rbegin(), parts.rend(), tells);
  return found == parts.rend() ? "" : std::string(*found);
}

// "rtmp://host/app/key": what follows the application is what lets somebody publish.
std::string of_rtmp(std::string_view location) {
  const std::vector<std::string_view> parts = parts_of(location.substr(0, location.find_first_of("?# ")), '/');
  return parts.size() >= 4 && is_name(parts[2]) ? std::string(parts[2]) : "";
}

// "#!::r=name,m=publish,u=user,…", the form that SRT's documents describe; of any other form nobody knows what is
// secret.
std::string of_srt(std::string_view stream_id) {
  constexpr std::string_view kForm = "#!::";
  if (stream_id.substr(0, kForm.size()) != kForm) return "";
  for (const std::string_view part : parts_of(stream_id.substr(kForm.size()), ',')) {
    if (part.substr(0, 2) != "r=") continue;
    const std::vector<std::string_view> names = parts_of(part.substr(2), '/');
    return !names.empty() && is_name(names.back()) ? std::string(names.back()) : "";
  }
  return "";
}

constexpr Row kRows[] = {
    {"GstHlsSink", "playlist-location", of_path},  {"GstHlsSink2", "playlist-location", of_path},
    {"GstHlsSink3", "playlist-location", of_path}, {"GstDashSink", "mpd-filename", of_path},
    {"GstRtmp2Sink", "location", of_rtmp},         {"GstSRTSink", "streamid", of_srt},
};

const Row *row_of(std::string_view type) {
  const auto *found =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row &row) { return row.type == type; });
  return found == std::end(kRows) ? nullptr : found;
}

}  // namespace

const char *publishing_property(std::string_view type) {
  const Row *row = row_of(type);
  return row ? row->property : nullptr;
}

std::string published_name(std::string_view type, std::string_view value) {
  const Row *row = row_of(type);
  return row ? row->read(value) : "";
}

}  // namespace pyro::tracer
