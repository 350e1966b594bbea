// Is code known where it was met, and nowhere else?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/code-images.h"

#include <dlfcn.h>
#include <gst/gst.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace pyro::pads::test {
namespace {

template <typename Function>
const void *code(Function *function) {
  return reinterpret_cast<const void *>(function);
}

class CodeImagesOfFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (!dlsym(RTLD_DEFAULT, "_dl_find_object")) GTEST_SKIP() << "needs glibc 2.35";
  }
};

TEST_F(CodeImagesOfFiles, AFunctionIsWhereItWasInAFileThatWasMetAndInNoOther) {
  CodeImages images;
  EXPECT_TRUE(images.meet(code(gst_init)));
  EXPECT_TRUE(images.is_where_it_was(code(gst_pad_push))) << "in the same file";
  EXPECT_FALSE(images.is_where_it_was(code(g_object_new))) << "in another one";
  EXPECT_TRUE(images.meet(code(g_object_new)));
  EXPECT_TRUE(images.is_where_it_was(code(g_object_new)));
  EXPECT_TRUE(images.is_where_it_was(code(gst_pad_push)));
}

TEST_F(CodeImagesOfFiles, WhatIsInNoFileIsNowhere) {
  void *anonymous = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CodeImages images;
  EXPECT_TRUE(images.meet(anonymous)) << "that takes no room";
  EXPECT_FALSE(images.is_where_it_was(anonymous));
  EXPECT_FALSE(images.is_where_it_was(reinterpret_cast<const void *>(uintptr_t{1}))) << "a number";
  munmap(anonymous, 4096);
}

TEST_F(CodeImagesOfFiles, WhereAFileIsGoneItsCodeIsNoMore) {
  void *library = dlopen(LEAVING_MODULE, RTLD_NOW);
  ASSERT_TRUE(library) << dlerror();
  const void *function = dlsym(library, "coming_change_state");
  CodeImages images;
  EXPECT_TRUE(images.meet(function));
  EXPECT_TRUE(images.is_where_it_was(function));
  dlclose(library);
  EXPECT_FALSE(images.is_where_it_was(function));
}

}  // namespace
}  // namespace pyro::pads::test
