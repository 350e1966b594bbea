// Who is the target?
// SPDX-License-Identifier: MPL-2.0
#include "process/facts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "process/process-stat.h"
#include "wire/clock-ns.h"

namespace pyro::process {
namespace {

constexpr size_t kLongestRead = 256 * 1024;
constexpr size_t kLongestCommand = 4096;
constexpr size_t kIdLength = 64;

std::string file(const char *path) {
  std::string text(kLongestRead, 0);
  const ssize_t n = read_small_file(path, text.data(), text.size());
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return text;
}

std::string link(const char *path) {
  char text[4096];
  const ssize_t n = readlink(path, text, sizeof text);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : "";
}

std::vector<std::string> arguments() {
  const std::string text = file("/proc/self/cmdline");
  std::vector<std::string> result;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

std::string between(const std::string &text, char open, char close) {
  const size_t begin = text.find(open);
  const size_t end = text.find(close, begin == std::string::npos ? 0 : begin);
  return begin == std::string::npos || end == std::string::npos ? "" : text.substr(begin + 1, end - begin - 1);
}

std::string container_id() {
  const std::string id = container_id_in(file("/proc/self/cgroup"));
  return id.empty() ? container_id_in(file("/proc/self/mountinfo")) : id;
}

void add(Facts &facts, const char *key, const std::string &value) {
  if (!value.empty()) facts.emplace_back(key, value);
}

void add_process(Facts &facts) {
  add(facts, "pid", std::to_string(getpid()));
  ProcessStat stat;
  if (read_process_stat(getpid(), &stat)) {
    const uint64_t since_boot = stat.start_ticks * (1000000000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
    add(facts, "start_ticks", std::to_string(stat.start_ticks));
    add(facts, "start_unix_ns",
        std::to_string(wire::clock_ns(CLOCK_REALTIME) - wire::clock_ns(CLOCK_BOOTTIME) + since_boot));
  }
  add(facts, "executable", link("/proc/self/exe"));
  const std::vector<std::string> argv = arguments();
  if (!argv.empty()) add(facts, "argv0", redact(argv[0]));
  add(facts, "command", redact_command(argv, kLongestCommand));
}

void add_machine(Facts &facts) {
  utsname machine{};
  const bool known = uname(&machine) == 0;
  if (known) add(facts, "hostname", machine.nodename);
  add(facts, "container_id", container_id());
  add(facts, "pid_namespace", between(link("/proc/self/ns/pid"), '[', ']'));
  if (const uint32_t ticks = ticks_a_second()) add(facts, "hz", std::to_string(ticks));
  add(facts, "clock_ticks", std::to_string(sysconf(_SC_CLK_TCK)));
  if (known) add(facts, "kernel", machine.release);
  add(facts, "cpus", std::to_string(sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

// Docker, containerd, CRI-O and podman name a container by 64 hex digits; overlay directories have such names too, but
// not behind these words.
std::string container_id_in(const std::string &text) {
  for (const char *word : {"docker/", "docker-", "cri-containerd-", "crio-", "libpod-", "containers/", "kubepods"}) {
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += strlen(word)) {
      const size_t end = std::min(text.find_first_of(" \n", at), text.size());
      for (size_t id = at; id + kIdLength <= end; id++) {
        const size_t hex = strspn(text.c_str() + id, "0123456789abcdef");
        if (hex == kIdLength) return text.substr(id, kIdLength);
        id += hex;
      }
    }
  }
  return "";
}

// The coarse clocks advance once a kernel tick and say so, in every container.
uint32_t ticks_a_second() {
  timespec tick{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_sec != 0 || tick.tv_nsec == 0) return 0;
  return static_cast<uint32_t>((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
}

Facts facts() {
  Facts result;
  add_process(result);
  add_machine(result);
  const auto variable = [](const char *name) { return std::string(getenv(name) ? getenv(name) : ""); };
  for (const char *name : {"OTEL_SERVICE_NAME", "SERVICE_NAME", "RUST_ENV"}) add(result, name, variable(name));
  add(result, "OTEL_RESOURCE_ATTRIBUTES", redact_attributes(variable("OTEL_RESOURCE_ATTRIBUTES")));
  add(result, "TRACEPARENT", variable("TRACEPARENT"));
  return result;
}

}  // namespace pyro::process
