// What does an agent find when it starts? Writes it to the file named by argv[1], then plays the part argv[2] says.
// SPDX-License-Identifier: MPL-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "wire/segment.h"

namespace {

using pyro::wire::Mapping;
using pyro::wire::Segment;

std::string link(const std::string &path) {
  char text[512];
  const ssize_t n = readlink(path.c_str(), text, sizeof text);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : "?";
}

void list_descriptors(std::ostream &out) {
  DIR *dir = opendir("/proc/self/fd");
  std::set<int> numbers;
  while (const dirent *entry = dir ? readdir(dir) : nullptr) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(dir)) numbers.insert(fd);
  }
  if (dir) closedir(dir);
  for (int fd : numbers) out << "fd" << fd << "=" << link("/proc/self/fd/" + std::to_string(fd)) << "\n";
  out << "fds=" << numbers.size() << "\n";
}

void list_status(std::ostream &out) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, 3, "Sig") == 0) out << line.substr(0, 6) << "=" << line.substr(line.find('\t') + 1) << "\n";
}

void report(const std::string &path) {
  const std::string unfinished = path + ".unfinished";
  std::ostringstream lines;
  list_descriptors(lines);  // before the report is opened, so that it is not on the list
  std::ofstream out(unfinished);
  out << lines.str();
  out << "pid=" << getpid() << "\nsid=" << getsid(0) << "\npgid=" << getpgrp() << "\nppid=" << getppid() << "\n";
  out << "policy=" << sched_getscheduler(0) << "\nnice=" << getpriority(PRIO_PROCESS, 0) << "\n";
  rlimit memory{};
  getrlimit(RLIMIT_AS, &memory);
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  out << "address_space=" << (memory.rlim_cur == RLIM_INFINITY) << "\ncpus=" << CPU_COUNT(&cpus) << "\n";
  list_status(out);
  for (char **at = environ; *at; at++) out << "env:" << *at << "\n";
  out.close();
  rename(unfinished.c_str(), path.c_str());
}

uint64_t monotonic_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

// Parts: "answer" speaks and answers flushes; "mute" speaks but answers none; "dies" ends at the first flush asked of
// it; "hidden" never says a word. All end with their target, or after 30 s.
void play(Segment &segment, const std::string &part) {
  const uint64_t end = monotonic_ns() + 30'000'000'000;
  auto &life = segment.life;
  while (monotonic_ns() < end && life.target_state.load() != pyro::wire::kTargetEnded) {
    if (kill(static_cast<pid_t>(segment.identity.pid), 0) != 0) return;
    const uint32_t asked = life.flush_asked.load();
    if (part != "hidden") {
      life.agent_seen_ns = monotonic_ns();
      life.agent_pid = static_cast<uint32_t>(getpid());
    }
    if (part == "dies" && asked != 0) return;
    if (part == "answer") life.flush_done = asked;
    const timespec rest{0, 2'000'000};
    nanosleep(&rest, nullptr);
  }
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  report(argv[1]);
  pyro::wire::Refusal why;
  uint32_t version;
  auto mapping = Mapping::attach(3, &why, &version);
  if (!mapping) return 3;
  play(*mapping->segment(), argv[2]);
  return 0;
}
