// Which system calls can block a thread? TABLE: their names; the numbers come from the kernel headers of the build.
//
// Calls that are not in the table are shown by number. aarch64 lacks the older calls, such as poll.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/syscall.h>

// clang-format off
#ifdef SYS_poll
#define PYRO_OLD_SYSTEM_CALLS(X) X(poll) X(select) X(epoll_wait) X(open) X(pause) X(unlink) X(rename) X(mkdir) X(stat)
#else
#define PYRO_OLD_SYSTEM_CALLS(X)
#endif

// X(name): a system call without its SYS_ prefix.
#define PYRO_SYSTEM_CALLS(X)                                                                                       \
  PYRO_OLD_SYSTEM_CALLS(X)                                                                                         \
  X(futex) X(ppoll) X(pselect6) X(epoll_pwait) X(nanosleep) X(clock_nanosleep) X(read) X(write) X(readv) X(writev) \
  X(pread64) X(pwrite64) X(preadv) X(pwritev) X(recvfrom) X(recvmsg) X(recvmmsg) X(sendto) X(sendmsg) X(sendmmsg)  \
  X(accept) X(accept4) X(connect) X(ioctl) X(flock) X(fcntl) X(fsync) X(fdatasync) X(sync) X(syncfs)               \
  X(sync_file_range) X(openat) X(close) X(unlinkat) X(newfstatat) X(getdents64) X(ftruncate) X(fallocate)          \
  X(sendfile) X(splice) X(tee) X(vmsplice) X(copy_file_range) X(wait4) X(waitid) X(rt_sigtimedwait)                \
  X(rt_sigsuspend) X(semop) X(semtimedop) X(msgrcv) X(msgsnd) X(mq_timedreceive) X(mq_timedsend) X(io_getevents)   \
  X(mmap) X(munmap) X(mremap) X(mprotect) X(madvise) X(msync) X(brk) X(clone) X(execve) X(exit) X(exit_group)      \
  X(sched_yield) X(restart_syscall) X(getrandom) X(membarrier) X(process_vm_readv)
// clang-format on
