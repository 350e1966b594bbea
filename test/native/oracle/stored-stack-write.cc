// How are addresses written so that they mean the same in another process?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>

#include <cinttypes>
#include <cstdio>
#include <map>

#include "modules-ready.h"
#include "stored-stack.h"

namespace pyro::oracle {
namespace {

using unwind::test::Tagged;
using unwind::test::tagged;

constexpr uint64_t kMostBytes = 256u << 10;

std::string hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRIx64, value);
  return text;
}

std::string base_name(const std::string &path) { return path.substr(path.find_last_of('/') + 1); }

class Writer {
 public:
  Writer(FILE *file, const Sample &sample) : file_(file), sample_(sample) {}

  // The modules come first, so everything is put together before anything is written.
  void write() {
    const std::string expect = sample_.right ? outcome() : "wrong";
    body_ += "why " + sample_.why + "\nexpect " + expect + "\npc " + word(sample_.registers.pc) + "\n";
    for (uint32_t i = 0; i < unwind::kRegisters; i++)
      body_ += "register " + std::to_string(i) + " " + word(sample_.registers.r[i]) + "\n";
    body_ += "frames";
    for (const uint64_t frame : sample_.truth) body_ += " " + word(frame);
    body_ += "\n";
    const uint64_t sp = sample_.registers.r[unwind::kStackPointer];
    const bool on_alternate = sp >= sample_.alternate.low && sp < sample_.alternate.high;
    block("stack", on_alternate ? sample_.stack.low : sp, sample_.stack);
    if (on_alternate) block("alternate", sp, sample_.alternate);
    for (const auto &[tag, number] : modules_) {
      const Tagged &module = tagged()[tag];
      fprintf(file_, "module %zu %s %s\n", number, module.build_id.empty() ? "-" : module.build_id.c_str(),
              base_name(module.path).c_str());
    }
    fputs(body_.c_str(), file_);
  }

 private:
  std::string outcome() const {
    if (sample_.end == unwind::End::kRoot) return "root";
    return "stop " + std::to_string(static_cast<int>(sample_.end));
  }
  static bool inside(StackBounds bounds, uint64_t at) { return at >= bounds.low && at < bounds.high; }

  uint64_t read(uint64_t at, uint64_t from) const {
    return sample_.copy ? sample_.copy[(at - from) / 8] : *reinterpret_cast<const uint64_t *>(at);
  }
  std::string word(uint64_t value) {
    if (inside(sample_.stack, value)) return "s+" + hex(value - sample_.stack.low);
    if (inside(sample_.alternate, value)) return "a+" + hex(value - sample_.alternate.low);
    for (uint32_t tag = 1; tag < tagged().size(); tag++)
      if (value - tagged()[tag].bias < tagged()[tag].size) return in_module(tag, value);
    return hex(value);
  }
  std::string in_module(uint32_t tag, uint64_t value) {
    const auto found = modules_.emplace(tag, modules_.size()).first;
    const std::string module = "m" + std::to_string(found->second);
    Dl_info info;
    // A symbol is good for any build; a module's start is not.
    if (dladdr(reinterpret_cast<void *>(value), &info) && info.dli_sname)
      return module + ":" + info.dli_sname + "+" + hex(value - reinterpret_cast<uint64_t>(info.dli_saddr));
    return module + "+" + hex(value - tagged()[tag].bias);
  }
  void block(const char *name, uint64_t from, StackBounds bounds) {
    from &= ~uint64_t{7};
    uint64_t to = bounds.high;
    if (to - from > kMostBytes) to = from + kMostBytes;
    body_ += std::string(name) + " " + hex(bounds.low) + " " + hex(from - bounds.low) + " " + hex(to - from) + "\n";
    uint64_t zeros = 0, on_line = 0;
    const auto put = [&](const std::string &text) { body_ += text + (++on_line % 8 == 0 ? "\n" : " "); };
    for (uint64_t at = from; at + 8 <= to; at += 8) {
      const bool last = sample_.ends_here && bounds.high == sample_.stack.high && at + 8 == to;
      const uint64_t value = last ? 0 : read(at, from);
      if (value != 0) {
        if (zeros) put("0*" + std::to_string(zeros));
        zeros = 0;
        put(word(value));
      } else {
        zeros++;
      }
    }
    if (zeros) put("0*" + std::to_string(zeros));
    body_ += "\nend\n";
  }

  FILE *file_;
  const Sample &sample_;
  std::string body_;
  std::map<uint32_t, size_t> modules_;
};

}  // namespace

bool store(const Sample &sample, const std::string &path) {
  FILE *file = fopen(path.c_str(), "w");
  if (!file) return false;
  fputs("stack 1\n", file);
  Writer(file, sample).write();
  return fclose(file) == 0;
}

}  // namespace pyro::oracle
