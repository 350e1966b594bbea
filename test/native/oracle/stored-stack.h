// How does a stack outlive its process? Registers, stack and the code it points to, in a text file that replays
// anywhere.
//
// Every word that points into the stack is written relative to it, every word that points into a module as symbol and
// offset, or as offset of a module that is known by its build id. A walk over the file's contents must then show the
// stored callers, whatever the addresses are.
//
//   why      one line                            module N BUILD-ID NAME
//   expect   root | stop END | wrong             register N WORD        pc WORD
//   frames   WORD …    leaf first                stack LOW SIZE / WORD … (from LOW; `0*N` are N zeros)
//   WORD:    hexadecimal | s+OFFSET | a+OFFSET | mN+OFFSET | mN:SYMBOL+OFFSET
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

#include "unwind/walk/unwinder.h"

namespace pyro::oracle {

using unwind::Registers;
using unwind::StackBounds;

// What a walk was given, and what it should have said.
struct Sample {
  std::string why;
  Registers registers{};
  StackBounds stack{}, alternate{};
  std::vector<uint64_t> truth;     // addresses as frames have them, leaf first; may be empty where nobody knows
  const uint64_t *copy = nullptr;  // what lay on the stack from the stack pointer on, where it has changed since
  unwind::End end = unwind::End::kRoot;
  bool ends_here = false;  // the outermost return address is written as 0: the caller is left out
  bool right = true;       // what the walk showed agrees with the truth as far as it goes
};

// false = could not be written.
bool store(const Sample &sample, const std::string &path);

// Reads a file and puts its stack into memory of this process.
class StoredStack {
 public:
  // error() says what is missing: a module, another build of it.
  explicit StoredStack(const std::string &path);
  ~StoredStack();
  StoredStack(const StoredStack &) = delete;
  StoredStack &operator=(const StoredStack &) = delete;

  const std::string &error() const { return error_; }
  const Sample &sample() const { return sample_; }

 private:
  struct Block {
    uint64_t mapping = 0, mapped = 0, low = 0, bytes = 0;
  };
  struct Text;
  bool read(const std::string &path);
  bool place(Text &text);
  bool place(Block &block, uint64_t was, uint64_t bytes);
  bool fill(const Block &block, uint64_t from, const std::vector<std::string> &words, const Text &text);
  bool value_of(const std::string &word, const Text &text, uint64_t *out);
  bool module_word(const std::string &word, const Text &text, uint64_t *out);

  bool missing(const std::string &what);

  std::string error_, missing_;
  Sample sample_;
  Block stack_, alternate_;
};

}  // namespace pyro::oracle
