// Do paths and links of a target lead to nothing but regular files below its root?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/rooted-open.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace pyro::symbols {
namespace {

namespace fs = std::filesystem;
using Open = int (*)(const std::string &root, const std::string &path);

// What is in the file; "" and errno if it was not opened.
std::string content(Open open_it, const std::string &root, const std::string &path) {
  const int fd = open_it(root, path);
  if (fd < 0) return "";
  char text[64];
  const ssize_t size = read(fd, text, sizeof text);
  close(fd);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

class RootedOpen : public testing::TestWithParam<Open> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gst-pyroscope-root-XXXXXX";
    top_ = mkdtemp(name);
    root_ = top_ + "/root";
    fs::create_directories(root_ + "/lib/deep");
    std::ofstream(top_ + "/outside") << "outside";
    std::ofstream(root_ + "/lib/inside") << "inside";
    fs::create_symlink("/lib/inside", root_ + "/absolute");
    fs::create_symlink("../../lib/./inside", root_ + "/lib/deep/relative");
    fs::create_symlink("/lib", root_ + "/folder");
    fs::create_symlink(top_ + "/outside", root_ + "/escape");
    fs::create_symlink("../../../outside", root_ + "/lib/deep/climb");
    fs::create_symlink("loop", root_ + "/loop");
    mkfifo((root_ + "/fifo").c_str(), 0600);
    fs::create_symlink("/fifo", root_ + "/to-fifo");
  }
  void TearDown() override { fs::remove_all(top_); }
  std::string open_it(const std::string &path) { return content(GetParam(), root_, path); }

  std::string top_, root_;
};

TEST_P(RootedOpen, LinksLeadIntoTheRoot) {
  for (const char *path : {"/lib/inside", "/absolute", "/lib/deep/relative", "/folder/inside", "/folder/../absolute"})
    EXPECT_EQ(open_it(path), "inside") << path;
}

TEST_P(RootedOpen, NothingLeadsOutOfIt) {
  for (const char *path : {"/escape", "/lib/deep/climb", "/../outside", "/lib/../../outside", "/loop", "/nothing"})
    EXPECT_EQ(open_it(path), "") << path;
  EXPECT_EQ(content(GetParam(), root_, "/loop"), "");
  EXPECT_EQ(errno, ELOOP);
}

TEST_P(RootedOpen, WhatIsNoRegularFileIsNotOpened) {
  for (const char *path : {"/fifo", "/to-fifo", "/lib", "/"}) EXPECT_EQ(open_it(path), "") << path;
  // A reader would let the writer in: nobody has opened the FIFO for reading.
  EXPECT_EQ(open((root_ + "/fifo").c_str(), O_WRONLY | O_NONBLOCK), -1);
  EXPECT_EQ(errno, ENXIO);
}

INSTANTIATE_TEST_SUITE_P(BothWays, RootedOpen, testing::Values(&open_in_root, &open_by_steps));

TEST(RootedOpenHere, DevicesAreNotOpened) {
  for (const char *path : {"/dev/zero", "/dev/tty", "/proc", "/dev/stdin/x"}) EXPECT_EQ(open_in_root("", path), -1);
  EXPECT_NE(content(open_in_root, "", "/proc/self/exe"), "");
}

}  // namespace
}  // namespace pyro::symbols
