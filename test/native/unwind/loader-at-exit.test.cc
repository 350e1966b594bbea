// Is the loader left alone once the process ends?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "unwind/cfi/image.h"

namespace pyro::unwind {
namespace {

bool can_hold_libc() {
  ImageList list;
  list_images(list);
  for (const Image &image : list.images) {
    const char *name = &list.names[image.name];
    if (std::strstr(name, "/libc.so")) return Pin(image, name).held();
  }
  return false;
}

TEST(LoaderAtExit, NoModuleIsOpenedAnyMore) {
  const pid_t pid = fork();
  if (pid == 0) {
    const bool before = can_hold_libc();
    stop_using_dynamic_loader();
    _exit(before && !can_hold_libc() ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pyro::unwind
