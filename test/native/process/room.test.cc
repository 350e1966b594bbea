// Is a limit that leaves too little named, and no other?
// SPDX-License-Identifier: MPL-2.0
#include "process/room.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace pyro::process {
namespace {

// The soft limit is `value` as long as this lives.
class Limited {
 public:
  Limited(__rlimit_resource_t which, rlim_t value) : which_(which) {
    getrlimit(which_, &before_);
    const rlimit now{value, before_.rlim_max};
    EXPECT_EQ(setrlimit(which_, &now), 0);
  }
  ~Limited() { setrlimit(which_, &before_); }

 private:
  __rlimit_resource_t which_;
  rlimit before_{};
};

rlim_t next_descriptor() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(fd);
  return static_cast<rlim_t>(fd);
}

TEST(Room, there_is_room_where_nothing_is_limited) { EXPECT_EQ(no_room(), ""); }

TEST(Room, descriptors_count_from_those_that_are_in_use) {
  const rlim_t next = next_descriptor();
  {
    const Limited few(RLIMIT_NOFILE, next + 31);
    EXPECT_NE(no_room().find("descriptors (ulimit -n)"), std::string::npos) << no_room();
  }
  const Limited enough(RLIMIT_NOFILE, next + 40);
  EXPECT_EQ(no_room(), "");
}

TEST(Room, a_process_that_may_open_nothing_more_has_none) {
  const Limited none(RLIMIT_NOFILE, next_descriptor());
  EXPECT_NE(no_room().find("descriptors"), std::string::npos);
}

TEST(Room, few_processes_are_all_the_hosts) {
  const Limited few(RLIMIT_NPROC, 63);
  EXPECT_NE(no_room().find("(ulimit -u) is below 64"), std::string::npos) << no_room();
}

TEST(Room, addresses_and_data_count_from_what_is_mapped) {
  {
    const Limited addresses(RLIMIT_DATA, 1 << 20);
    EXPECT_NE(no_room().find("data (ulimit -d) leaves less than 64 MB"), std::string::npos) << no_room();
  }
  EXPECT_EQ(no_room(), "");
}

}  // namespace
}  // namespace pyro::process
