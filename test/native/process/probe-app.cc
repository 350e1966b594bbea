// What does an application see of us when it starts an agent under odd conditions? probe_app REPORT PART CONDITION...
//
// Applies the conditions, starts the agent from a background thread while another thread asks waitpid(-1) all the time,
// ends the agent, and prints what it saw as key=value lines into REPORT.app (stdout may be one of the odd conditions).
// SPDX-License-Identifier: MPL-2.0
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "process/agent.h"
#include "process/exit.h"
#include "process/fork.h"
#include "process/process-stat.h"

namespace {

using namespace pyro;

std::atomic<int> sigchld{0}, other_signals{0}, atfork_runs{0};
std::atomic<bool> done{false};
std::atomic<int> waited_pids{0}, waited_zero{0};
bool wait_loop = true;
bool exec_after = false;
bool no_processes = false;
bool watch_zombie = false;
bool pinned = false;
bool small_memory = false;
int wait_flags = WNOHANG;

void on_signal(int number) { (number == SIGCHLD ? sigchld : other_signals)++; }

void handle(int number) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(number, &action, nullptr);
}

void pause_ms(long ms) {
  const timespec rest{ms / 1000, ms % 1000 * 1000000};
  nanosleep(&rest, nullptr);
}

template <class Condition>
bool poll_for(long ms, Condition condition) {
  for (long waited = 0; waited < ms; waited += 2) {
    if (condition()) return true;
    pause_ms(2);
  }
  return condition();
}

int count_descriptors() {
  int n = 0;
  DIR *dir = opendir("/proc/self/fd");
  while (dir && readdir(dir)) n++;
  if (dir) closedir(dir);
  return n;
}

int zombie_or_child_of(pid_t parent) {  // children that `ps` would show
  int n = 0;
  DIR *dir = opendir("/proc");
  while (const dirent *entry = dir ? readdir(dir) : nullptr) {
    process::ProcessStat stat;
    const pid_t pid = atoi(entry->d_name);
    if (pid > 0 && process::read_process_stat(pid, &stat) && stat.parent == parent) n++;
  }
  if (dir) closedir(dir);
  return n;
}

void install(sock_filter *code, size_t length) {
  const sock_fprog program{static_cast<unsigned short>(length), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    exit(77);
}

// The system call fails from now on, here and in every child; with `argument` >= 0 only if its third argument is that.
void forbid(unsigned number, int argument, unsigned error) {
  const unsigned char skip_if_other = argument < 0 ? 0 : 1;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 2 * sizeof(uint64_t)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(argument), 0, skip_if_other),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  install(code, sizeof code / sizeof code[0]);
}

// As under qemu-user: of clone only what fork, vfork and pthread_create make of it.
void forbid_unusual_clones() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 3, 0),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, CSIGNAL),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGCHLD, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  install(code, sizeof code / sizeof code[0]);
}

// On a kernel that cannot wipe pages the hooks of libc's fork must do.
int fork_without_wipe() {
  forbid(SYS_madvise, 18 /* MADV_WIPEONFORK */, EINVAL);
  if (!process::ForkGuard::install({}) || process::ForkGuard::wiped_by_kernel()) return 1;
  static int live = 0;
  process::ForkGuard::live_word().store(&live);
  const pid_t child = fork();
  if (child == 0) _exit(process::ForkGuard::live_word().load() == nullptr ? 0 : 2);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) return 3;
  return process::ForkGuard::live_word().load() == &live ? 0 : 4;
}

// The background thread alone: it inherited this from a streaming thread.
void pin() {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  if (sched_setaffinity(0, sizeof first, &first) != 0) exit(77);
}

// Only now: threads count as processes.
void forbid_processes() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_NPROC, &none);
  if (setgid(65534) != 0 || setuid(65534) != 0) exit(77);
}

void apply(const std::string &condition) {
  const auto is = [&](const char *name) { return condition == name; };
  if (is("sigchld-handled")) handle(SIGCHLD);
  if (is("sigchld-ignored")) signal(SIGCHLD, SIG_IGN);
  if (is("sigint-ignored")) signal(SIGINT, SIG_IGN);
  if (is("handlers"))
    for (int number : {SIGUSR1, SIGTERM, SIGHUP, SIGALRM}) handle(number);
  if (is("all-blocked")) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
  }
  if (is("stdin-closed")) close(0);
  if (is("stdio-closed"))
    for (int fd : {0, 1, 2}) close(fd);
  if (is("fd3-used")) dup2(open("/dev/zero", O_RDONLY), 3);
  if (is("many-fds")) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 12000 ? limit.rlim_max : 12000;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < 10000; i++)
      if (open("/dev/null", O_RDONLY) < 0) exit(5);
  }
  if (is("subreaper")) prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (is("realtime")) {
    const sched_param priority{10};
    if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) exit(77);
  }
  if (is("no-processes")) no_processes = true;
  if (is("no-close-range")) forbid(SYS_close_range, -1, ENOSYS);
  if (is("no-unusual-clone")) forbid_unusual_clones();
  if (is("no-pidfd")) forbid(SYS_pidfd_open, -1, ENOSYS);
  if (is("signal-storm")) {
    handle(SIGALRM);
    const itimerval often{{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &often, nullptr);
  }
  if (is("pinned")) pinned = true;
  if (is("small-memory")) small_memory = true;
  if (is("wall-loop")) wait_flags |= __WALL;
  if (is("watch-zombie")) watch_zombie = true;
  if (is("atfork")) pthread_atfork([] { atfork_runs++; }, [] { atfork_runs++; }, [] { atfork_runs++; });
  if (is("no-wait-loop")) wait_loop = false;
  if (is("exec-after")) exec_after = true;
}

void wait_like_a_supervisor() {
  while (!done) {
    int status;
    const pid_t pid = waitpid(-1, &status, wait_flags);
    if (pid > 0) waited_pids++;
    if (pid == 0) waited_zero++;
  }
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const std::string path = argv[1];
  if (strcmp(argv[2], "in-container") == 0) return process::in_container_pid1() ? 10 : 11;
  if (strcmp(argv[2], "no-wipe") == 0) return fork_without_wipe();
  for (int i = 3; i < argc; i++) apply(argv[i]);
  int error = 0;
  auto mapping = wire::Mapping::create(&error);
  if (!mapping) return 4;
  wire::Segment &segment = *mapping->segment();

  std::thread supervisor;
  const int before = count_descriptors();
  bool started = false;
  std::string why;
  pid_t agent = 0;
  int errno_after = 0;
  sigset_t mask_before{}, mask_after{};
  std::thread background([&] {
    if (wait_loop) supervisor = std::thread(wait_like_a_supervisor);
    const process::AgentCommand command{{PROBE_AGENT, path, argv[2]}, "the test", PROBE_GUARD};
    if (no_processes) forbid_processes();
    if (pinned) pin();
    if (small_memory) {
      const rlimit little{512 << 20, RLIM_INFINITY};
      setrlimit(RLIMIT_AS, &little);
    }
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
    errno = 4711;
    started = process::start_agent(command, mapping->fd(), {{"PROBE_EXTRA", "seen"}}, &why);
    errno_after = errno;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
    agent = process::started_agent();
  });
  background.join();
  const bool reported = started && poll_for(15000, [&] { return access(path.c_str(), R_OK) == 0; });
  process::ProcessStat stat{};
  process::read_process_stat(agent, &stat);
  const int children = zombie_or_child_of(getpid());
  if (exec_after) {
    std::ofstream(path + ".agent") << agent;
    execl("/bin/sleep", "sleep", "20", nullptr);
  }
  // How it looks to somebody who waits for all children while the agent lives.
  int status;
  const pid_t answer = started ? waitpid(-1, &status, WNOHANG) : 0;
  const int answer_errno = answer < 0 ? errno : 0;
  segment.life.target_state = wire::kTargetEnded;
  const bool ended = started && poll_for(10000, [&] { return !process::process_runs(agent); });
  process::ProcessStat after{};
  const bool zombie =
      watch_zombie && ended && !poll_for(6000, [&] { return !process::read_process_stat(agent, &after); });
  done = true;
  if (supervisor.joinable()) supervisor.join();

  std::ofstream out(path + ".app");
  out << "started=" << started << "\nwhy=" << why << "\nagent=" << agent << "\nreported=" << reported
      << "\nended=" << ended << "\nzombie=" << zombie << "\nparent=" << stat.parent << "\nself=" << getpid()
      << "\nsigchld=" << sigchld << "\nother_signals=" << other_signals << "\nwaited_pids=" << waited_pids
      << "\nwaited_zero=" << waited_zero << "\nchildren=" << children << "\nanswer=" << answer
      << "\nanswer_echild=" << (answer_errno == ECHILD) << "\nerrno_kept=" << (errno_after == 4711)
      << "\nmask_kept=" << (memcmp(&mask_before, &mask_after, sizeof mask_before) == 0)
      << "\ndescriptors_kept=" << (before == count_descriptors() - 1) << "\natfork_runs=" << atfork_runs
      << "\nfinished=1\n";
  out.close();
  if (no_processes) _exit(0);  // LeakSanitizer would need one
  return 0;
}
