// How is the own segment found and read?
// SPDX-License-Identifier: MPL-2.0
#include "own-segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "wire/directory-scan.h"

namespace pyro::test {
namespace {

using Entry = wire::DirectoryName;

std::map<uint32_t, Entry> read_directory(const wire::Directory &directory) {
  std::map<uint32_t, Entry> entries;
  for (wire::DirectoryName &name : wire::DirectoryScan().next(directory)) entries[name.id] = std::move(name);
  return entries;
}

std::string path_in(const std::map<uint32_t, Entry> &entries, uint32_t id) {
  const auto found = entries.find(id);
  if (found == entries.end()) return "";
  const Entry &entry = found->second;
  std::string name = entry.texts[0];
  if (entry.kind == wire::kEntryPipeline && entry.value0 > 1) name += "#" + std::to_string(entry.value0);
  const std::string parent = path_in(entries, entry.parent);
  if (parent.empty()) return name;
  return parent + (entry.kind == wire::kEntryPad ? ":" : "/") + name;
}

uint64_t median(const wire::Histogram &histogram, uint64_t count) {
  uint64_t seen = 0;
  for (int i = 0; i < wire::kGridBounds; i++)
    if ((seen += histogram.bucket[i].load()) * 2 >= count) return static_cast<uint64_t>(wire::Grid::bound_ns(i));
  return UINT64_MAX;
}

Durations durations(const wire::Histogram &histogram) {
  Durations all;
  for (const wire::Word &bucket : histogram.bucket) all.count += bucket.load();
  all.median_ns = median(histogram, all.count);
  all.sum_ns = histogram.sum_ns.load();
  const uint64_t low = histogram.min_ns.load();
  all.min_ns = low == 0 ? 0 : low - 1;
  all.max_ns = histogram.max_ns.load();
  return all;
}

void add(Durations &to, const Durations &from) {
  to.min_ns = to.count == 0 ? from.min_ns : (from.count == 0 ? to.min_ns : std::min(to.min_ns, from.min_ns));
  to.max_ns = std::max(to.max_ns, from.max_ns);
  to.count += from.count;
  to.sum_ns += from.sum_ns;
}

// A mapping of our own, so that the tracer's may go. A forked child inherits descriptors of its parent's segment: those
// name another process.
std::optional<wire::Mapping> map_own() {
  std::optional<wire::Mapping> own;
  DIR *dir = opendir("/proc/self/fd");
  while (const dirent *entry = dir ? readdir(dir) : nullptr) {
    char path[300], target[128] = {};
    snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
    if (readlink(path, target, sizeof target - 1) <= 0 || !std::strstr(target, "memfd:gst-pyroscope")) continue;
    wire::Refusal why;
    uint32_t version;
    auto mapping = wire::Mapping::attach(open(path, O_RDWR | O_CLOEXEC), &why, &version);
    if (!mapping || mapping->segment()->identity.pid != static_cast<uint32_t>(getpid())) continue;
    own.emplace(std::move(*mapping));
    break;
  }
  if (dir) closedir(dir);
  return own;
}

wire::Segment *map_once() {
  static wire::Segment *segment = nullptr;
  static pid_t owner = 0;
  if (segment && owner == getpid()) return segment;
  auto mapping = map_own();
  if (!mapping) return nullptr;
  owner = getpid();
  segment = mapping->segment();
  new wire::Mapping(std::move(*mapping));  // for the life of the process
  return segment;
}

}  // namespace

wire::Segment *own_segment() { return map_once(); }

std::vector<Hop> hops() {
  std::vector<Hop> all;
  wire::Segment *segment = own_segment();
  if (!segment) return all;
  const auto entries = read_directory(segment->directory);
  const uint32_t used = segment->cells.used.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < used; i++) {
    const wire::Cell &cell = segment->cells.cell[i];
    if (cell.kind.load() > wire::kCellOverflow) continue;  // of drivers and queues
    Hop hop;
    hop.pad = path_in(entries, cell.pad.load());
    hop.peer = path_in(entries, cell.peer.load());
    hop.kind = cell.kind.load();
    hop.buffers = cell.buffers.load();
    hop.bytes = cell.bytes.load();
    hop.invocations = cell.invocations.load();
    hop.nested = cell.nested.load();
    hop.last_ns = cell.last_ns.load();
    for (uint32_t flow = 0; flow < wire::kFlowCount; flow++) hop.flow[flow] = cell.flow[flow].load();
    hop.inclusive = durations(cell.inclusive);
    hop.exclusive = durations(cell.exclusive);
    all.push_back(hop);
  }
  return all;
}

std::vector<Hop> hops_of(const std::string &pad) {
  std::vector<Hop> some;
  for (const Hop &one : hops())
    if (one.pad == pad) some.push_back(one);
  return some;
}

std::vector<Hop> hops_below(const std::string &prefix) {
  std::vector<Hop> some;
  for (const Hop &one : hops())
    if (one.pad.compare(0, prefix.size(), prefix) == 0) some.push_back(one);
  return some;
}

Hop hop(const std::string &pad) {
  Hop sum;
  sum.pad = pad;
  for (const Hop &one : hops_of(pad)) {
    sum.kind = one.kind;
    sum.buffers += one.buffers;
    sum.bytes += one.bytes;
    sum.invocations += one.invocations;
    sum.nested += one.nested;
    sum.last_ns = one.last_ns;
    for (uint32_t flow = 0; flow < wire::kFlowCount; flow++) sum.flow[flow] += one.flow[flow];
    add(sum.inclusive, one.inclusive);
    add(sum.exclusive, one.exclusive);
  }
  return sum;
}

uint64_t spent(const std::string &pad, uint32_t kind) {
  const wire::Cells &cells = own_segment()->cells;
  uint64_t sum = 0;
  for (uint32_t i = 1; i < cells.used.load(); i++)
    if (cells.cell[i].kind.load() == kind && path_of(cells.cell[i].pad.load()) == pad)
      sum += cells.cell[i].exclusive.sum_ns.load();
  return sum;
}

uint64_t counter(wire::Counter which) {
  const wire::Segment *segment = own_segment();
  return segment ? segment->counters.get(which) : 0;
}

std::string path_of(uint32_t id) {
  const wire::Segment *segment = own_segment();
  return segment ? path_in(read_directory(segment->directory), id) : "";
}

}  // namespace pyro::test
