// How does a test run the probe programs and read what they saw?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace probe {

using Lines = std::map<std::string, std::string>;

inline void pause_ms(long ms) {
  const timespec rest{ms / 1000, ms % 1000 * 1000000};
  nanosleep(&rest, nullptr);
}

inline uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

template <class Condition>
bool poll_for(long ms, Condition condition) {
  const uint64_t end = now_ns() + static_cast<uint64_t>(ms) * 1000000;
  while (now_ns() < end) {
    if (condition()) return true;
    pause_ms(2);
  }
  return condition();
}

// A directory of its own for every test; anybody may write there, since some probes give up their rights.
class Folder {
 public:
  Folder() {
    path_ = testing::TempDir() + "pyro-XXXXXX";
    if (!mkdtemp(path_.data())) abort();
    if (chmod(path_.c_str(), 0777) != 0) abort();
  }
  ~Folder() {
    if (system(("rm -rf '" + path_ + "'").c_str()) != 0) fprintf(stderr, "%s was left\n", path_.c_str());
  }
  Folder(const Folder &) = delete;
  std::string file(const std::string &name) const { return path_ + "/" + name; }
  const std::string &path() const { return path_; }
  void write(const std::string &name, const std::string &text, int mode = 0644) const {
    std::ofstream(file(name)) << text;
    if (chmod(file(name).c_str(), static_cast<mode_t>(mode)) != 0) abort();
  }

 private:
  std::string path_;
};

inline Lines read_lines(const std::string &path) {
  Lines lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const size_t sign = line.find('=');
    if (sign != std::string::npos) lines[line.substr(0, sign)] = line.substr(sign + 1);
  }
  return lines;
}

// Runs a program with `extra` in its environment; returns its exit code, -signal, or -999 after 40 s.
inline int run(const std::vector<std::string> &argv, const std::vector<std::string> &extra = {}) {
  const pid_t pid = fork();
  if (pid == 0) {
    for (const std::string &pair : extra) putenv(strdup(pair.c_str()));
    std::vector<char *> words;
    for (const std::string &word : argv) words.push_back(strdup(word.c_str()));
    words.push_back(nullptr);
    execvp(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  if (!poll_for(40000, [&] { return waitpid(pid, &status, WNOHANG) == pid; })) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -999;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct Seen {
  int exit_code;
  Lines agent;
  Lines app;
};

// The application probe with these conditions, launched through `prefix` (unshare …).
inline Seen run_app(const std::vector<std::string> &conditions, const std::vector<std::string> &prefix = {},
                    const std::string &part = "answer", const std::vector<std::string> &extra_env = {}) {
  const Folder folder;
  std::vector<std::string> argv = prefix;
  argv.insert(argv.end(), {PROBE_APP, folder.file("report"), part});
  argv.insert(argv.end(), conditions.begin(), conditions.end());
  const int code = run(argv, extra_env);
  return {code, read_lines(folder.file("report")), read_lines(folder.file("report.app"))};
}

}  // namespace probe
