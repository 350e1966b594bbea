// Was the tracer at work in this process, and what did it lose? Preloaded into the test programs of GStreamer's own
// suites (scripts/suite.mjs); every process appends one line to SEGMENT_WITNESS_LOG when it exits: program, plugin
// mapped (0|1), session (0|1), calls, buffers, then agents started, sanitized=1 under the address sanitizer and each
// counter above zero as name=n.
// SPDX-License-Identifier: MPL-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "own-segment.h"

namespace {

bool is_mapped(const char *library) {
  FILE *maps = fopen("/proc/self/maps", "re");
  char line[4352];
  bool found = false;
  while (maps && !found && fgets(line, sizeof line, maps)) found = std::strstr(line, library) != nullptr;
  if (maps) fclose(maps);
  return found;
}

__attribute__((destructor)) void testify() {
  const char *log = std::getenv("SEGMENT_WITNESS_LOG");
  if (!log || !is_mapped("/libgstpyroscope.so")) return;
  uint64_t calls = 0, buffers = 0;
  for (const pyro::test::Hop &hop : pyro::test::hops()) {
    calls += hop.invocations;
    buffers += hop.buffers;
  }
  std::string line = std::string(program_invocation_short_name) + " 1 " + (pyro::test::own_segment() ? "1 " : "0 ") +
                     std::to_string(calls) + " " + std::to_string(buffers);
  if (const pyro::wire::Segment *segment = pyro::test::own_segment())
    if (const uint32_t n = segment->life.spawned.load(std::memory_order_relaxed))
      line += " agents_started=" + std::to_string(n);
  if (is_mapped("/libasan.so")) line += " sanitized=1";
  for (uint32_t i = 0; i < pyro::wire::kCounterCount; i++)
    if (const uint64_t n = pyro::test::counter(static_cast<pyro::wire::Counter>(i)))
      line += std::string(" ") + pyro::wire::kCounterInfo[i].name + "=" + std::to_string(n);
  line += "\n";
  const int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (write(fd, line.data(), line.size()) < 0) perror("segment witness");
  close(fd);
}

}  // namespace
