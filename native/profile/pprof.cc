// Which rows go into which part, and what is counted of them?
// SPDX-License-Identifier: MPL-2.0
#include "profile/pprof.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "profile/pprof-builder.h"
#include "profile/window.h"

namespace pyro::profile {
namespace {

struct Range {
  size_t from, to;
  size_t size() const { return to - from; }
};

// Rows of one label set side by side: a part then has few series and few texts.
std::vector<uint32_t> wanted_rows(const ProfileHead &head, const RowColumns &rows) {
  std::vector<uint32_t> wanted;
  for (uint32_t row = 0; row < rows.wait.size; row++)
    if (head.wall || rows.wait[row] == kOnCpu) wanted.push_back(row);
  std::stable_sort(wanted.begin(), wanted.end(),
                   [&](uint32_t a, uint32_t b) { return rows.label_set[a] < rows.label_set[b]; });
  return wanted;
}

// The last piece first, as a stack of work wants it.
void split(const Range &range, double pieces, std::vector<Range> &waiting) {
  const auto count = static_cast<size_t>(std::ceil(std::max(pieces, 2.0)));
  const size_t size = (range.size() + count - 1) / count;
  const size_t begin = waiting.size();
  for (size_t at = range.from; at < range.to; at += size) waiting.push_back({at, std::min(at + size, range.to)});
  std::reverse(waiting.begin() + static_cast<std::ptrdiff_t>(begin), waiting.end());
}

void count(const ProfileHead &head, const RowColumns &rows, const NameTables &names, uint32_t row, ProfilePart &part) {
  part.samples += rows.samples[row];
  if (!head.wall || rows.wait[row] != kOnCpu) part.unique_samples += rows.samples[row];
  part.total_ns += rows.weight_ns[row];
  part.reached_root += rows.reached_root[row];
  part.inferred += rows.inferred[row];
  for (uint32_t at = row == 0 ? 0 : rows.location_end[row - 1]; at < rows.location_end[row]; at++) {
    const uint8_t by = names.location_named_by[rows.locations[at] - 1];
    if (by != kNotCounted) part.frames[by] += rows.samples[row];
  }
}

}  // namespace

std::vector<ProfilePart> encode(const ProfileHead &head, const RowColumns &rows, const NameTables &names) {
  const std::vector<uint32_t> order = wanted_rows(head, rows);
  std::vector<ProfilePart> parts;
  std::vector<Range> waiting{{0, order.size()}};
  while (!waiting.empty()) {
    const Range range = waiting.back();
    waiting.pop_back();
    if (range.size() > head.most_samples && range.size() > 1) {
      split(range, static_cast<double>(range.size()) / std::max(head.most_samples, 1u), waiting);
      continue;
    }
    if (range.size() == 0) continue;
    ProfilePart part;
    part.time_ns = head.time_ns + head.part_gap_ns * parts.size();
    PprofBuilder builder(head, rows, names);
    for (size_t at = range.from; at < range.to; at++) {
      builder.add(order[at]);
      count(head, rows, names, order[at], part);
    }
    part.bytes = builder.encode(part.time_ns);
    if (range.size() > 1 && part.bytes.size() > head.most_bytes)
      split(range,
            1.2 * static_cast<double>(part.bytes.size()) / static_cast<double>(std::max<uint64_t>(head.most_bytes, 1)),
            waiting);
    else
      parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace pyro::profile
