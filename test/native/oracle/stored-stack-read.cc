// How does a stored stack find its modules and its memory again?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <sys/mman.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "modules-ready.h"
#include "stored-stack.h"

namespace pyro::oracle {
namespace {

using unwind::test::Tagged;
using unwind::test::tagged;

constexpr uint64_t kPage = 4096;
constexpr uint64_t kNowhere = 1;  // for what points into a module that is not here

uint64_t number(const std::string &text) { return strtoull(text.c_str(), nullptr, 16); }

const Tagged *tagged_as(const std::string &name) {
  for (const Tagged &module : tagged())
    if (module.path.substr(module.path.find_last_of('/') + 1) == name) return &module;
  return nullptr;
}

// Loads it, if the loader finds it by its name: LD_LIBRARY_PATH may help.
const Tagged *loaded(const std::string &name) {
  if (const Tagged *found = tagged_as(name)) return found;
  if (!dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return nullptr;
  unwind::test::refresh_and_tag();
  const Tagged *found = tagged_as(name);
  if (found) unwind::ModuleMap::instance().request_table_of(found->path.c_str());
  return found;
}

}  // namespace

struct StoredStack::Text {
  struct Module {
    std::string build_id, name;
  };
  struct Words {
    uint64_t low = 0, from = 0, bytes = 0;
    std::vector<std::string> words;
  };
  std::map<std::string, Module> modules;
  std::vector<std::string> frames;
  std::map<uint32_t, std::string> registers;
  std::string pc;
  Words stack, alternate;
};

namespace {

template <typename Words>
void read_words(std::istream &file, std::istringstream &head, Words &out) {
  std::string low, from, bytes;
  head >> low >> from >> bytes;
  out.low = number(low);
  out.from = number(from);
  out.bytes = number(bytes);
  for (std::string word; file >> word && word != "end";) {
    if (word.compare(0, 2, "0*") == 0)
      out.words.insert(out.words.end(), strtoull(word.c_str() + 2, nullptr, 10), "0");
    else
      out.words.push_back(word);
  }
}

}  // namespace

StoredStack::StoredStack(const std::string &path) {
  if (!read(path) && error_.empty()) error_ = "not a stored stack";
}

StoredStack::~StoredStack() {
  for (const Block &block : {stack_, alternate_})
    if (block.mapping) munmap(reinterpret_cast<void *>(block.mapping), block.mapped);
}

bool StoredStack::read(const std::string &path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != "stack 1") return false;
  Text text;
  while (std::getline(file, line)) {
    std::istringstream head(line);
    std::string key, value;
    head >> key;
    if (key == "why") sample_.why = line.substr(4);
    if (key == "pc") head >> text.pc;
    if (key == "stack") read_words(file, head, text.stack);
    if (key == "alternate") read_words(file, head, text.alternate);
    if (key == "frames")
      while (head >> value) text.frames.push_back(value);
    if (key == "register") {
      uint32_t which;
      if (head >> which >> value && which < unwind::kRegisters) text.registers[which] = value;
    }
    if (key == "module") {
      std::string index, build_id, name;
      head >> index >> build_id >> name;
      text.modules["m" + index] = {build_id, name};
    }
    if (key == "expect") {
      int end = 0;
      head >> value;
      sample_.right = value != "wrong";
      if (value == "stop" && head >> end) sample_.end = static_cast<unwind::End>(end);
    }
  }
  return place(text);
}

bool StoredStack::place(Text &text) {
  if (!place(stack_, text.stack.low, text.stack.from + text.stack.bytes)) return false;
  if (text.alternate.bytes && !place(alternate_, text.alternate.low, text.alternate.from + text.alternate.bytes))
    return false;
  sample_.stack = {stack_.low, stack_.low + text.stack.from + text.stack.bytes};
  if (text.alternate.bytes)
    sample_.alternate = {alternate_.low, alternate_.low + text.alternate.from + text.alternate.bytes};
  if (!fill(stack_, text.stack.from, text.stack.words, text)) return false;
  if (text.alternate.bytes && !fill(alternate_, text.alternate.from, text.alternate.words, text)) return false;
  for (const auto &[which, word] : text.registers) value_of(word, text, &sample_.registers.r[which]);
  bool found = value_of(text.pc, text, &sample_.registers.pc);
  for (const std::string &word : text.frames) {
    sample_.truth.push_back(0);
    found &= value_of(word, text, &sample_.truth.back());
  }
  if (!found) error_ = missing_;
  return found;
}

// Wherever there is room, but as far into a page as it was: code that aligns its stack must find it the same.
bool StoredStack::place(Block &block, uint64_t was, uint64_t bytes) {
  block.mapped = (bytes + 2 * kPage) & ~(kPage - 1);
  void *at = mmap(nullptr, block.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    error_ = "no memory";
    return false;
  }
  block.mapping = reinterpret_cast<uint64_t>(at);
  block.low = block.mapping + was % kPage;
  block.bytes = bytes;
  return true;
}

bool StoredStack::fill(const Block &block, uint64_t from, const std::vector<std::string> &words, const Text &text) {
  if (from + words.size() * sizeof(uint64_t) > block.bytes) return false;
  auto *to = reinterpret_cast<uint64_t *>(block.low + from);
  // What lies on a stack may point anywhere, also to what is not loaded here. Only callers must be found.
  for (const std::string &word : words) value_of(word, text, to++);
  return true;
}

bool StoredStack::value_of(const std::string &word, const Text &text, uint64_t *out) {
  if (word.empty()) return false;
  if (word[0] == 'm') return module_word(word, text, out);
  *out = word[1] == '+' ? number(word.substr(2)) : number(word);
  if (word[0] == 's') *out += stack_.low;
  if (word[0] == 'a' && word[1] == '+') *out += alternate_.low;
  return true;
}

bool StoredStack::module_word(const std::string &word, const Text &text, uint64_t *out) {
  const size_t plus = word.find_last_of('+'), colon = word.find(':');
  const auto module = text.modules.find(word.substr(0, colon == std::string::npos ? plus : colon));
  const Tagged *here = module == text.modules.end() ? nullptr : loaded(module->second.name);
  *out = kNowhere;
  if (!here) return missing("not loaded: " + (module == text.modules.end() ? word : module->second.name));
  if (colon == std::string::npos) {
    if (module->second.build_id != here->build_id) return missing("another build: " + here->path);
    *out = here->bias + number(word.substr(plus + 1));
    return true;
  }
  void *library = dlopen(here->path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  const std::string symbol = word.substr(colon + 1, plus - colon - 1);
  void *at = library ? dlsym(library, symbol.c_str()) : nullptr;
  if (library) dlclose(library);
  if (!at) return missing("no " + symbol + " in " + here->path);
  *out = reinterpret_cast<uint64_t>(at) + number(word.substr(plus + 1));
  return true;
}

bool StoredStack::missing(const std::string &what) {
  missing_ = what;
  return false;
}

}  // namespace pyro::oracle
