// Where does the kernel say so?
// SPDX-License-Identifier: MPL-2.0
#include "memory.h"

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace pyro::test {
namespace {

double median(const std::vector<Memory> &looks, size_t from, double Memory::*what) {
  std::vector<double> values;
  for (size_t i = from; i < from + 5; i++) values.push_back(looks[i].*what);
  std::sort(values.begin(), values.end());
  return values[2];
}

// The third word of a thread's stat that matters, behind a name that may hold anything.
double cpu_in(const char *stat) {
  const char *rest = std::strrchr(stat, ')');
  unsigned long user = 0, system = 0;
  if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return 0;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string read_line(const std::string &path) {
  char line[1024] = {};
  FILE *file = fopen(path.c_str(), "re");
  if (file && !fgets(line, sizeof line, file)) line[0] = '\0';
  if (file) fclose(file);
  return line;
}

}  // namespace

Memory look_at_memory() {
  Memory memory{0, 0};
  char line[256];
  FILE *rollup = fopen("/proc/self/smaps_rollup", "re");
  while (rollup && fgets(line, sizeof line, rollup)) {
    double kb;
    if (sscanf(line, "Anonymous: %lf", &kb) == 1) memory.rss = kb * 1024;
  }
  if (rollup) fclose(rollup);
  const auto info = mallinfo2();
  memory.heap = static_cast<double>(info.uordblks + info.hblkhd);
  return memory;
}

Growth growth_of(const std::vector<Memory> &looks) {
  const size_t first = looks.size() / 3, last = looks.size() - 5;
  return {median(looks, last, &Memory::rss) - median(looks, first, &Memory::rss),
          median(looks, last, &Memory::heap) - median(looks, first, &Memory::heap)};
}

double cpu_seconds_of_thread(const std::string &name) {
  double seconds = 0;
  DIR *tasks = opendir("/proc/self/task");
  while (const dirent *entry = tasks ? readdir(tasks) : nullptr) {
    const std::string task = std::string("/proc/self/task/") + entry->d_name;
    if (read_line(task + "/comm") == name + "\n") seconds += cpu_in(read_line(task + "/stat").c_str());
  }
  if (tasks) closedir(tasks);
  return seconds;
}

}  // namespace pyro::test
