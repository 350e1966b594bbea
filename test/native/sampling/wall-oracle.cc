// Are stacks of blocked threads what another unwinder finds in the stopped process? Pipelines of stock elements run; in
// each round every thread is looked at, then eu-stack stops the process and prints its stacks. Threads that have not
// moved in between must be equal, frame by frame.
// `wall-oracle <rounds>` prints what was compared; exit code 1 for a difference or a stack that ended early.
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "harness.h"
#include "modules-ready.h"
#include "sampling/blocked-stack.h"
#include "sampling/thread-clock.h"

namespace pyro {
namespace {

using Stack = std::vector<uint64_t>;

struct Seen {
  Stack pcs;  // as return addresses
  std::string state;
  uint8_t end;
};

std::string state_of(pid_t tid) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
  if (FILE *file = fopen(path, "re")) {
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
  }
  // A call that was interrupted to be looked at goes on under another number.
  const char *first = strchr(text, ' ');
  return strncmp(text, "running", 7) == 0 || !first ? ""
         : strrchr(text, ' ') - 18 > text           ? strrchr(text, ' ') - 18
                                                    : "";
}

std::map<pid_t, Seen> sample_all(sampling::BlockedStacks &stacks) {
  std::map<pid_t, Seen> all;
  for (uint32_t i = 0; i < threads::record_count(); i++) {
    const threads::ThreadRecord &record = *threads::record_at(i);
    const pid_t tid = record.tid.load();
    const std::string state = tid == 0 || tid == getpid() ? "" : state_of(tid);
    if (state.empty()) continue;
    sampling::BlockedRecord out;
    if (stacks.read(record, testing::live(), sampling::cpu_of(tid), &out) != sampling::Sight::kBlocked) continue;
    const auto *frames = reinterpret_cast<const uint64_t *>(&out.sample() + 1);
    Seen seen{{}, state, out.sample().end};
    for (uint32_t f = 0; f < out.sample().depth; f++)
      seen.pcs.push_back(unwind::test::raw_address(frames[f]) + (f == 0 ? 0 : 1));
    all[tid] = std::move(seen);
  }
  return all;
}

// "TID 123:" and "#0  0x00007f… name".
std::map<pid_t, Stack> ask_eu_stack() {
  std::map<pid_t, Stack> all;
  const std::string command = "eu-stack -p " + std::to_string(getpid()) + " -n 0 2>/dev/null";
  FILE *pipe = popen(command.c_str(), "re");
  if (!pipe) return all;
  char line[512];
  pid_t tid = 0;
  while (fgets(line, sizeof line, pipe)) {
    if (sscanf(line, "TID %d:", &tid) == 1) continue;
    uint64_t pc;
    if (sscanf(line, "#%*d 0x%lx", &pc) == 1) all[tid].push_back(pc);
  }
  pclose(pipe);
  return all;
}

struct Verdict {
  uint64_t compared = 0, different = 0, moved = 0, unfinished = 0, looked = 0, too_early = 0;
};

// The root frames of both may end differently: eu-stack shows one more where the return address is none.
bool equal(const Stack &ours, const Stack &theirs) {
  size_t n = theirs.size();
  while (n > 0 && theirs[n - 1] == 0) n--;
  return ours.size() == n && std::equal(ours.begin(), ours.end(), theirs.begin());
}

void print(pid_t tid, const Seen &ours, const Stack &theirs) {
  std::printf("thread %d differs\n", tid);
  for (size_t i = 0; i < ours.pcs.size() || i < theirs.size(); i++)
    std::printf("  %#18lx %#18lx\n", i < ours.pcs.size() ? ours.pcs[i] : 0, i < theirs.size() ? theirs[i] : 0);
}

void round(sampling::BlockedStacks &stacks, Verdict &verdict) {
  threads::scan();
  unwind::test::refresh_and_tag();
  const std::map<pid_t, Seen> ours = sample_all(stacks);
  const std::map<pid_t, Stack> theirs = ask_eu_stack();
  for (const auto &[tid, seen] : ours) {
    // Its table is built by now; the sampler would look again.
    if (seen.end == wire::kEndNoTable || seen.end == wire::kEndNoModule) {
      verdict.too_early++;
      continue;
    }
    verdict.looked++;
    if (seen.end != wire::kEndRoot) verdict.unfinished++;
    const auto other = theirs.find(tid);
    // In the same place before and after, but perhaps not when it was stopped: then its innermost frame is another one.
    const bool there = other != theirs.end() && !other->second.empty() && seen.pcs.front() == other->second.front();
    if (!there || state_of(tid) != seen.state) {
      verdict.moved++;
      continue;
    }
    verdict.compared++;
    if (equal(seen.pcs, other->second)) continue;
    verdict.different++;
    print(tid, seen, other->second);
  }
}

constexpr const char *kPipelines[] = {
    "videotestsrc is-live=true ! video/x-raw,framerate=3/1 ! queue ! videoconvert ! queue ! fakesink sync=true",
    "audiotestsrc is-live=true samplesperbuffer=22050 ! queue ! audioconvert ! tee name=t ! queue ! fakesink sync=true "
    "t. ! queue ! fakesink sync=true",
    "videotestsrc is-live=true ! video/x-raw,framerate=2/1 ! x264enc speed-preset=ultrafast threads=3 ! fakesink "
    "sync=true",
    "videotestsrc is-live=true ! video/x-raw,framerate=2/1 ! vp8enc threads=2 ! matroskamux ! filesink "
    "location=/dev/null",
    "fdsrc fd=%d ! fakesink",
    "videotestsrc is-live=true ! video/x-raw,framerate=2/1 ! avenc_mpeg4 ! avdec_mpeg4 ! fakesink sync=true",
};

int run(int rounds) {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  std::vector<GstElement *> pipelines;
  for (const char *description : kPipelines) {
    gchar *text = g_strdup_printf(description, ends[0]);
    GstElement *pipeline = gst_parse_launch(text, nullptr);
    g_free(text);
    if (!pipeline) continue;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    pipelines.push_back(pipeline);
  }
  poll(nullptr, 0, 1000);
  threads::scan();
  unwind::test::build_tables();
  sampling::BlockedStacks stacks;
  Verdict verdict;
  // Tables are built for what a walk could not pass.
  for (int i = 0; i < 4; i++) {
    sample_all(stacks);
    unwind::test::refresh_and_tag();
  }
  for (int i = 0; i < rounds; i++) round(stacks, verdict);
  for (GstElement *pipeline : pipelines) gst_element_set_state(pipeline, GST_STATE_NULL);
  std::printf(
      "%lu stacks, %lu equal, %lu different, %lu not compared because the thread moved, %lu ended early, %lu before "
      "there was a table\n",
      verdict.looked, verdict.compared - verdict.different, verdict.different, verdict.moved, verdict.unfinished,
      verdict.too_early);
  return verdict.compared > 0 && verdict.different == 0 && verdict.unfinished * 1000 <= verdict.looked ? 0 : 1;
}

}  // namespace
}  // namespace pyro

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  pyro::testing::live();
  return pyro::run(argc > 1 ? atoi(argv[1]) : 5);
}
