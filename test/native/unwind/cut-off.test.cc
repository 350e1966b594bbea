// What if a module's file is cut off under a running program? A thread that reads what is gone gets a signal: not by
// us.
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "modules-ready.h"

namespace pyro::unwind::test {
namespace {

// A copy of a library of ours, loaded and then cut off after `bytes`.
int tables_of_a_file_cut_off_after(off_t bytes) {
  char path[] = "/tmp/gst-pyroscope-cut-off-XXXXXX";
  close(mkstemp(path));
  std::ofstream(path, std::ios::binary) << std::ifstream(COME_AND_GO, std::ios::binary).rdbuf();
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const void *function = library ? dlsym(library, "come_and_go") : nullptr;
  if (!function || truncate(path, bytes) != 0) return 1;
  unlink(path);
  ModuleMap &map = ModuleMap::instance();
  map.request_core();
  map.refresh();
  const uint64_t tables = map.stats().tables;
  map.request_table_for(function);
  map.refresh();
  return tables > 0 && map.stats().tables >= tables ? 0 : 2;
}

TEST(CutOff, a_module_whose_file_ends_early_has_no_table_and_nobody_is_hurt) {
  for (const off_t bytes : {off_t{0}, off_t{4096}, off_t{8192}}) {
    const pid_t child = fork();
    if (child == 0) {
      ModuleMap::start_afresh();
      _exit(tables_of_a_file_cut_off_after(bytes));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status) << " with " << bytes << " bytes left";
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
}

}  // namespace
}  // namespace pyro::unwind::test
