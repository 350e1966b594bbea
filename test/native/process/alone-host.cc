// What does a host look like whose threads may not be touched? A pipeline beside a thread in a sandbox, without a
// clock, or in a process whose memory ends.
//   alone-host strict|filter|none|no-clock|no-clock-push|no-memory [late]
// `late`: the thread works for a while before it goes into its sandbox or loses its clock. Exit code 0: pipeline and
// thread came to their ends, and nothing failed.
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

constexpr uint64_t kRounds = 20000;  // a good part of a second
std::string kind;
bool late = false;
std::atomic<bool> stop{false}, working{false}, ended{false};
std::atomic<uint64_t> rounds{0};

bool go_strict() { return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0; }

// Kills the process for anything but the end of a thread and the return from a signal.
bool go_behind_filter() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  const sock_fprog program{sizeof filter / sizeof *filter, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void burn(uint64_t wanted) {
  volatile uint64_t work = 0;
  for (uint64_t round = 0; round < wanted && !stop.load(std::memory_order_relaxed); round++) {
    for (int i = 0; i < 10000; i++) work = work + static_cast<uint64_t>(i);
    rounds.fetch_add(1, std::memory_order_relaxed);
  }
}

// No destructor and no call of libc may run at its end.
void alone() {
  prctl(PR_SET_NAME, "alone");
  if (late) burn(kRounds);
  if (kind == "strict" && !go_strict()) std::abort();
  if (kind == "filter" && !go_behind_filter()) std::abort();
  if (kind == "no-clock" && prctl(PR_SET_TSC, PR_TSC_SIGSEGV) != 0) std::abort();
  working = true;
  burn(UINT64_MAX);
  ended = true;
  syscall(SYS_exit, 0);
}

// Between the first buffer, or the thousandth, and the last ones. GStreamer's own thread needs it at its end.
GstPadProbeReturn lose_clock(GstPad *, GstPadProbeInfo *, gpointer) {
  static int buffers = 0;
  buffers++;
  if (buffers == (late ? 1000 : 1)) prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
  if (buffers == 1900) prctl(PR_SET_TSC, PR_TSC_ENABLE);
  return GST_PAD_PROBE_OK;
}

// Nothing more can be mapped or grown, as in a process that has used up what it may have.
void end_memory() {
  unsigned long data = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%*u %*u %*u %*u %*u %lu", &data) != 1) std::abort();
  fclose(statm);
  rlimit before{}, none{};
  getrlimit(RLIMIT_DATA, &before);
  none = before;
  none.rlim_cur = data * 4096;
  setrlimit(RLIMIT_DATA, &none);
  usleep(1000000);
  setrlimit(RLIMIT_DATA, &before);
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  kind = argv[1];
  late = argc > 2 && strcmp(argv[2], "late") == 0;
  const bool worker = kind == "strict" || kind == "filter" || kind == "no-clock" || kind == "none";
  gst_init(&argc, &argv);
  GstElement *pipeline =
      gst_parse_launch("fakesrc name=source num-buffers=150 ! identity sleep-time=10000 ! fakesink name=sink", nullptr);
  if (!pipeline) return 3;
  if (kind == "no-clock-push") {  // a pipeline of one thread that never asks for the time
    gst_object_unref(pipeline);
    // At a preroll it would start a thread for the change of state, which inherits the loss and asks for the time.
    pipeline = gst_parse_launch("fakesrc name=source num-buffers=2000 ! fakesink name=sink async=false", nullptr);
    GstElement *source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    GstPad *pad = gst_element_get_static_pad(source, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, lose_clock, nullptr, nullptr);
    gst_object_unref(pad);
    gst_object_unref(source);
  }
  if (worker) std::thread(alone).detach();
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  if (kind == "no-memory") {
    usleep(500000);
    end_memory();
  }
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND,
                                                   static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool eos = message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message) gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  // A thread that was killed stands still. Long enough in its sandbox to be found there.
  for (int i = 0; worker && !working && i < 60000; i++) usleep(1000);
  const uint64_t wanted = rounds.load() + kRounds;
  for (int i = 0; worker && rounds.load() < wanted && i < 60000; i++) usleep(1000);
  const bool works = !worker || (working && rounds.load() >= wanted);
  stop = true;
  for (int i = 0; worker && !ended && i < 5000; i++) usleep(1000);
  std::printf("eos %d works %d ended %d\n", eos, works, !worker || ended);
  return eos && works && (!worker || ended) ? 0 : 1;
}
