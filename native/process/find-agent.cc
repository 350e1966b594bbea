// Where is the agent? Looks at files, runs nothing.
// SPDX-License-Identifier: MPL-2.0
#include "process/find-agent.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <string_view>

namespace pyro::process {
namespace {

constexpr const char *kName = "gst-pyroscope";
constexpr const char *kGuard = "/gst-pyro-guard";
// Of the agent, from the plugin's folder: in a copy, beside the platform's package as npm puts it, in a checkout, and
// around the platform's package as npm install -g puts it.
constexpr const char *kPlaces[] = {"/gst-pyroscope", "/../../gst-pyroscope/dist/cli.js", "/../../dist/cli.js",
                                   "/../../../../gst-pyroscope/dist/cli.js"};
constexpr const char *kNodePlaces[] = {"/usr/local/bin/node", "/usr/bin/node",  "/usr/bin/nodejs",
                                       "/opt/node/bin/node",  "/snap/bin/node", "/opt/nodejs/bin/node"};

// A small process: no threads for compiling and collecting beside the one that works, and little garbage at a time.
constexpr const char *kNodeFlags[] = {"--single-threaded", "--max-semi-space-size=1"};

std::string env(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

std::string absolute(const std::string &path) {
  char *resolved = realpath(path.c_str(), nullptr);
  if (!resolved) return path;
  std::string result = resolved;
  free(resolved);
  return result;
}

bool is_javascript(const std::string &path) {
  for (const char *ending : {".js", ".mjs", ".cjs"}) {
    const size_t n = strlen(ending);
    if (path.size() > n && path.compare(path.size() - n, n, ending) == 0) return true;
  }
  return false;
}

// "" when the file can be run (JavaScript: read), else what is wrong with it.
std::string fault(const std::string &path, bool javascript) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return errno == EACCES ? "cannot be reached" : "does not exist";
  if (!S_ISREG(st.st_mode)) return "is not a file";
  if (javascript) return access(path.c_str(), R_OK) == 0 ? "" : "cannot be read";
  return access(path.c_str(), X_OK) == 0 ? "" : "is not executable";
}

// Absolute entries only: an empty or relative one would run whatever lies in the current directory.
std::string in_path(const char *name) {
  const std::string path = env("PATH");
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = path.find(':', begin);
    if (end == std::string::npos) end = path.size();
    if (end > begin && path[begin] == '/') {
      const std::string candidate = path.substr(begin, end - begin) + "/" + name;
      if (fault(candidate, false).empty()) return candidate;
    }
    begin = end + 1;
  }
  return "";
}

// The newest of ~/.nvm/versions/node/v*: nvm changes PATH only in interactive shells, services never see it.
std::string in_nvm() {
  const std::string home = env("NVM_DIR").empty() ? env("HOME") + "/.nvm" : env("NVM_DIR");
  const std::string root = home + "/versions/node";
  DIR *dir = home[0] == '/' ? opendir(root.c_str()) : nullptr;
  if (!dir) return "";
  std::string newest;
  while (const dirent *entry = readdir(dir)) {
    if (entry->d_name[0] != 'v' || strverscmp(entry->d_name, newest.c_str()) <= 0) continue;
    if (fault(root + "/" + entry->d_name + "/bin/node", false).empty()) newest = entry->d_name;
  }
  closedir(dir);
  return newest.empty() ? "" : root + "/" + newest + "/bin/node";
}

std::string find_node(std::string *why_not) {
  const std::string asked = env("GST_PYROSCOPE_NODE");
  if (!asked.empty()) {
    const std::string path = asked.find('/') == std::string::npos ? in_path(asked.c_str()) : absolute(asked);
    const std::string wrong = path.empty() ? "is not in PATH" : fault(path, false);
    if (wrong.empty()) return path;
    *why_not = "GST_PYROSCOPE_NODE=" + asked + " " + wrong;
    return "";
  }
  for (const char *name : {"node", "nodejs"})
    if (std::string path = in_path(name); !path.empty()) return path;
  for (const char *path : kNodePlaces)
    if (fault(path, false).empty()) return path;
  if (std::string path = in_nvm(); !path.empty()) return path;
  *why_not = std::string("there is no Node in PATH or in the usual places. ") + kNodeNeeded;
  return "";
}

// What the entry of a package does lies beside it as CommonJS, too, which Node starts sooner.
std::string sooner(const std::string &script) {
  constexpr std::string_view kEntry = "/cli.js";
  if (script.size() < kEntry.size() || script.compare(script.size() - kEntry.size(), kEntry.size(), kEntry) != 0)
    return script;
  const std::string beside = script.substr(0, script.size() - 2) + "cjs";
  return fault(beside, true).empty() ? beside : script;
}

std::optional<AgentCommand> command_for(const std::string &path, const std::string &found_by, std::string *why_not) {
  const std::string real = sooner(absolute(path));
  const bool javascript = is_javascript(real);
  const std::string wrong = fault(real, javascript);
  if (!wrong.empty()) {
    *why_not = "the agent " + path + " (" + found_by + ") " + wrong;
    return std::nullopt;
  }
  AgentCommand command{{}, found_by};
  if (javascript) {
    const std::string node = find_node(why_not);
    if (node.empty()) return std::nullopt;
    command.argv.push_back(node);
    command.argv.insert(command.argv.end(), std::begin(kNodeFlags), std::end(kNodeFlags));
  }
  command.argv.insert(command.argv.end(), {real, "agent", "--fd", "3"});
  return command;
}

std::optional<AgentCommand> explicitly(const std::string &asked, const std::string &found_by, std::string *why_not) {
  const bool by_name = asked.find('/') == std::string::npos && access(asked.c_str(), F_OK) != 0;
  const std::string path = by_name ? in_path(asked.c_str()) : asked;
  if (!path.empty()) return command_for(path, found_by, why_not);
  *why_not = "the agent " + asked + " (" + found_by + ") is not in PATH";
  return std::nullopt;
}

std::optional<AgentCommand> find_command(const std::string &parameter, const std::string &env_value,
                                         const std::string &plugin_dir, std::string *why_not) {
  if (getauxval(AT_SECURE) != 0) {  // PATH and parameters come from a user with fewer rights
    *why_not = "a program that runs with more rights than its caller starts no agent";
    return std::nullopt;
  }
  if (!parameter.empty()) return explicitly(parameter, "parameter agent", why_not);
  if (!env_value.empty()) return explicitly(env_value, "GST_PYROSCOPE_AGENT", why_not);
  if (!plugin_dir.empty()) {
    for (const char *place : kPlaces) {
      const std::string path = plugin_dir + place;
      if (fault(path, is_javascript(path)).empty()) return command_for(path, "next to the plugin", why_not);
    }
  }
  const std::string path = in_path(kName);
  if (!path.empty()) return command_for(path, "PATH", why_not);
  *why_not = std::string("there is no agent next to the plugin and no ") + kName +
             " in PATH; name it by the parameter agent or by GST_PYROSCOPE_AGENT";
  return std::nullopt;
}

}  // namespace

std::optional<AgentCommand> find_agent(const std::string &parameter, const std::string &env_value,
                                       const std::string &plugin_dir, std::string *why_not) {
  std::optional<AgentCommand> command = find_command(parameter, env_value, plugin_dir, why_not);
  const std::string guard = plugin_dir + kGuard;
  if (command && !plugin_dir.empty() && fault(guard, false).empty()) command->guard = absolute(guard);
  return command;
}

}  // namespace pyro::process
