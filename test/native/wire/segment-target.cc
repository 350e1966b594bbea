// What does a target look like to the agent's tests? A process with a segment that does what lines on stdin tell it.
// SPDX-License-Identifier: MPL-2.0
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdio>
#include <iostream>
#include <random>
#include <sstream>

#include "forged.h"
#include "samples.h"

using namespace pyro::wire;

namespace {

// "a%ffb" stands for a byte that is not UTF-8.
std::string decoded(const std::string &text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%')
      bytes.push_back(text[i]);
    else
      bytes.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16))), i += 2;
  }
  return bytes;
}

class Target {
 public:
  explicit Target(bool spans)
      : mapping_(make_segment(spans)), retirement_(segment().recycling), names_(segment().directory, retirement_) {}
  Segment &segment() { return *mapping_.segment(); }
  int fd() const { return mapping_.fd(); }

  std::string obey(std::istringstream &line) {
    std::string command;
    line >> command;
    if (command == "name") return name(line);
    if (command == "forge") return forge(line);
    if (command == "samples") return samples(line);
    if (command == "spans") return spans(line);
    if (command == "cell") return cell(line);
    if (command == "show") return show();
    if (command == "scribble") return scribble(line);
    if (command == "unsealed") return std::to_string(unsealed());
    uint32_t first = 0, second = 0;
    line >> first >> second;
    if (command == "state")
      segment().life.target_state = first;
    else if (command == "ask")
      segment().life.flush_asked++;
    else if (command == "version")
      segment().identity.version = first;
    else if (command == "poke")
      std::memcpy(reinterpret_cast<char *>(&segment()) + first, &second, sizeof second);
    else if (command == "rate")
      segment().control.sample_rate = first;
    else if (command == "counter")
      segment().counters.add(static_cast<Counter>(first), second);
    else
      return "unknown";
    return "ok";
  }

 private:
  // kind parent value0 value1 text|text
  std::string name(std::istringstream &line) {
    uint32_t kind = 0, parent = 0;
    uint64_t value0 = 0, value1 = 0;
    std::string all;
    line >> kind >> parent >> value0 >> value1 >> std::ws;
    std::getline(line, all);
    std::vector<std::string> texts(1);
    for (const char c : all) {
      if (c == '|')
        texts.emplace_back();
      else
        texts.back().push_back(c);
    }
    for (std::string &text : texts) text = decoded(text);
    const auto entry = static_cast<EntryKind>(kind);
    const size_t least = entry == kEntryElement ? 4 : entry == kEntryThread ? 1 : 2;
    if (texts.size() < least) texts.resize(least);
    const uint32_t id = names_.add(entry, parent, texts, value0, value1);
    names_.hold(id);
    return std::to_string(id);
  }

  // kind parent nested bytes pattern: fills the directory
  std::string forge(std::istringstream &line) {
    uint32_t kind = 0, parent = 0, nested = 0, bytes = 0;
    std::string pattern;
    line >> kind >> parent >> nested >> bytes >> std::ws;
    std::getline(line, pattern);
    const auto entry = static_cast<EntryKind>(kind);
    return std::to_string(forge_many(segment().directory, entry, parent, nested != 0, bytes, decoded(pattern)));
  }

  // count element thread weight module offset…
  std::string samples(std::istringstream &line) {
    uint64_t count = 0, weight = 0, offset = 0, written = 0;
    uint32_t element = 0, thread = 0, module = 0;
    line >> count >> element >> thread >> weight >> module;
    std::vector<uint64_t> frames;
    while (line >> offset) frames.push_back(pack_frame(module, offset));
    for (uint64_t i = 0; i < count; i++) {
      RingWrite write(segment().ring, 1, hint_);
      auto *at = static_cast<unsigned char *>(write.room());
      if (at == nullptr) {
        segment().counters.add(kRingFull);
        continue;
      }
      const auto size = static_cast<uint16_t>(sizeof(StackSample) + frames.size() * 8);
      const StackSample sample{{kRecordCpuSample, size, thread},     i,        weight, element,
                               static_cast<uint16_t>(frames.size()), kEndRoot, 0};
      std::memcpy(at, &sample, sizeof sample);
      if (!frames.empty()) std::memcpy(at + sizeof sample, frames.data(), frames.size() * 8);
      write.commit(size);
      segment().counters.add(kSamplesWritten);
      written++;
    }
    return std::to_string(written);
  }

  // records as hexadecimal digits, one behind the other; how many fitted into the ring
  std::string spans(std::istringstream &line) {
    std::string digits;
    line >> digits;
    Span span;
    auto *bytes = reinterpret_cast<unsigned char *>(&span);
    uint64_t written = 0;
    for (size_t at = 0; at + 2 * sizeof span <= digits.size(); at += 2 * sizeof span) {
      for (size_t i = 0; i < sizeof span; i++)
        bytes[i] = static_cast<unsigned char>(std::stoi(digits.substr(at + 2 * i, 2), nullptr, 16));
      if (mapping_.spans() != nullptr && write_span(*mapping_.spans(), span)) written++;
    }
    return std::to_string(written);
  }

  // index kind pad peer buffers bytes nanoseconds
  std::string cell(std::istringstream &line) {
    uint32_t index = 0, kind = 0, pad = 0, peer = 0;
    uint64_t buffers = 0, bytes = 0, ns = 0;
    line >> index >> kind >> pad >> peer >> buffers >> bytes >> ns;
    Cell &cell = segment().cells.cell[index];
    cell.kind = kind;
    cell.peer = peer;
    cell.start_unix_ns = segment().identity.created_unix_ns;
    bump(cell.buffers, buffers);
    bump(cell.bytes, bytes);
    bump(cell.invocations, buffers);
    bump(cell.flow[kFlowOk], buffers);
    for (uint64_t i = 0; i < buffers; i++) {
      cell.inclusive.record(grid_, ns);
      cell.exclusive.record(grid_, ns / 2);
    }
    cell.last_ns = static_cast<uint32_t>(ns / 2);
    cell.pad = pad;
    if (segment().cells.used <= index) segment().cells.used = index + 1;
    return "ok";
  }

  std::string show() {
    const Life &life = segment().life;
    const Control &control = segment().control;
    std::ostringstream out;
    out << "{\"flushDone\":" << life.flush_done << ",\"agentPid\":" << life.agent_pid
        << ",\"agentVersion\":" << life.agent_version << ",\"refusal\":" << life.refusal
        << ",\"detached\":" << life.detached << ",\"agentSeenNs\":" << life.agent_seen_ns
        << ",\"enabled\":" << control.enabled << ",\"sampleRate\":" << control.sample_rate
        << ",\"timing\":" << control.timing << ",\"settled\":" << segment().account.samples_settled
        << ",\"lost\":" << segment().account.samples_agent_lost << ",\"endpointError\":" << life.endpoint_error << "}";
    return out.str();
  }

  // seed count: random bytes anywhere behind the identity, and random chunk heads
  std::string scribble(std::istringstream &line) {
    uint64_t seed = 0, count = 0;
    line >> seed >> count;
    std::mt19937_64 random(seed);
    auto *bytes = reinterpret_cast<unsigned char *>(&segment());
    for (uint64_t i = 0; i < count; i++) {
      bytes[64 + random() % (sizeof(Segment) - 64)] = static_cast<unsigned char>(random());
      segment().ring.chunk[random() % kChunkCount].committed = random() % 20000;
    }
    return "ok";
  }

  int unsealed() {
    const int fd = memfd_create("gst-pyroscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (write(fd, &segment(), sizeof(Segment)) != static_cast<ssize_t>(sizeof(Segment))) abort();
    return fd;
  }

  Mapping mapping_;
  Retirement retirement_;
  DirectoryWriter names_;
  const Grid grid_;
  uint32_t hint_ = 0;
};

}  // namespace

// segment-target [spans]: with room for spans
int main(int argc, char **argv) {
  Target target(argc > 1 && std::string(argv[1]) == "spans");
  std::cout << getpid() << ' ' << target.fd() << std::endl;
  for (std::string text; std::getline(std::cin, text);) {
    std::istringstream line(text);
    std::cout << target.obey(line) << std::endl;
  }
}
