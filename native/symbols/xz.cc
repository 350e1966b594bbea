// How much may come out of a few packed bytes? liblzma is opened when the first file needs it.
// SPDX-License-Identifier: MPL-2.0
#include "symbols/xz.h"

#include <dlfcn.h>
#include <lzma.h>

#include <algorithm>

namespace pyro::symbols {
namespace {

constexpr uint64_t kMaxWorkingMemory = uint64_t{128} << 20;
constexpr size_t kStep = size_t{256} << 10;

struct Lzma {
  decltype(&::lzma_stream_decoder) decoder = nullptr;
  decltype(&::lzma_code) code = nullptr;
  decltype(&::lzma_end) end = nullptr;
  bool usable = false;

  Lzma() {
    void *library = dlopen("liblzma.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    decoder = reinterpret_cast<decltype(decoder)>(dlsym(library, "lzma_stream_decoder"));
    code = reinterpret_cast<decltype(code)>(dlsym(library, "lzma_code"));
    end = reinterpret_cast<decltype(end)>(dlsym(library, "lzma_end"));
    usable = decoder != nullptr && code != nullptr && end != nullptr;
  }
};

}  // namespace

std::string unpacked_xz(const std::string &packed, size_t limit) {
  static const Lzma lzma;
  lzma_stream stream = LZMA_STREAM_INIT;
  if (!lzma.usable || lzma.decoder(&stream, kMaxWorkingMemory, 0) != LZMA_OK) return "";
  std::string out;
  stream.next_in = reinterpret_cast<const uint8_t *>(packed.data());
  stream.avail_in = packed.size();
  lzma_ret result = LZMA_OK;
  while (result == LZMA_OK && out.size() < limit) {
    const size_t at = out.size();
    out.resize(std::min(limit, at + kStep));
    stream.next_out = reinterpret_cast<uint8_t *>(&out[at]);
    stream.avail_out = out.size() - at;
    result = lzma.code(&stream, LZMA_FINISH);
    out.resize(out.size() - stream.avail_out);
  }
  lzma.end(&stream);
  return result == LZMA_STREAM_END ? out : "";
}

}  // namespace pyro::symbols
