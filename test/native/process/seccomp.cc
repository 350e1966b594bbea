// What would a sandbox refuse? Runs a command in which system calls fail as a seccomp profile lets them fail.
//   seccomp EPERM|ENOSYS|EACCES perf_event_open,process_vm_readv -- command…
// SPDX-License-Identifier: MPL-2.0
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Name {
  const char *name;
  unsigned number;
};

constexpr Name kCalls[] = {{"perf_event_open", SYS_perf_event_open},
                           {"process_vm_readv", SYS_process_vm_readv},
                           {"timer_create", SYS_timer_create},
                           {"memfd_create", SYS_memfd_create},
                           {"membarrier", SYS_membarrier},
                           {"pidfd_open", SYS_pidfd_open},
                           {"mincore", SYS_mincore}};
constexpr Name kErrors[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"EACCES", EACCES}};

template <size_t N>
int number_of(const Name (&table)[N], const std::string &name) {
  for (const Name &row : table)
    if (name == row.name) return static_cast<int>(row.number);
  std::fprintf(stderr, "seccomp: %s is not in the table\n", name.c_str());
  return -1;
}

bool refuse(const std::vector<unsigned> &calls, unsigned error) {
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const unsigned call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 5 || std::strcmp(argv[3], "--") != 0) return 2;
  const int error = number_of(kErrors, argv[1]);
  std::vector<unsigned> calls;
  const std::string list = argv[2];
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    const int number = number_of(kCalls, list.substr(at, end - at));
    if (number < 0) return 2;
    calls.push_back(static_cast<unsigned>(number));
    at = end + 1;
  }
  if (error < 0 || !refuse(calls, static_cast<unsigned>(error))) return 2;
  execvp(argv[4], argv + 4);
  return 127;
}
