// Which ELF modules are loaded, and what do their headers say? Read from memory under the loader's own lock.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/mapped-array.h"

namespace pyro::unwind {

inline constexpr uint32_t kImageTexts = 4;
inline constexpr uint32_t kBuildIdMax = 32;

struct Range {
  uint64_t start, end;
};

// One loaded module. ELF addresses unless said otherwise; trivially copyable, so that it can be noted inside the
// loader's callback without allocating.
struct Image {
  uint64_t bias;
  Range load;                       // everything it maps
  Range text[kImageTexts];          // executable segments, ascending
  uint64_t text_file[kImageTexts];  // and where they lie in the file
  uint32_t texts;
  uint32_t name;            // offset in ImageList::names
  Range eh_frame_hdr;       // empty: nothing in memory says where .eh_frame lies
  Range eh_frame_hdr_load;  // the segment it lies in
  Range dynamic;
  uint64_t identity;  // hash of name, bias, headers and build id
  uint8_t build_id[kBuildIdMax];
  uint32_t build_id_size;
  bool vdso;
  bool main_program;
  bool calls_jit;  // linked with liborc

  const uint8_t *at(uint64_t address) const { return reinterpret_cast<const uint8_t *>(bias + address); }
};

// Can all of it be read? The pages of a file that was cut off since are SIGBUS, which ends the process. No allocation.
bool is_backed(const uint8_t *from, uint64_t size);

struct ImageList {
  MappedArray<Image> images;
  MappedArray<char> names;  // zero-terminated, one after the other
  uint64_t adds = 0, subs = 0;
  bool out_of_memory = false;
};

// How often has the loader added and removed modules? Cheap.
void loader_counts(uint64_t *adds, uint64_t *subs);
void list_images(ImageList &out);

// From exit on: no module is held any more. exit() runs the loader's destructors and marks each module as never
// initialized; a thread that opens one after that runs its constructors again (seen: GObject's, "cannot register
// existing fundamental type"). Waits for a call of the loader that is going on, at most a fraction of a second.
void stop_using_dynamic_loader();
// In a forked child: a thread of the parent may have been in the loader.
void forget_loader_lock();

// Holds a module in memory while it is read; true if that could be had.
class Pin {
 public:
  Pin(const Image &image, const char *name);
  ~Pin();
  Pin(const Pin &) = delete;
  Pin &operator=(const Pin &) = delete;
  bool held() const { return held_; }

 private:
  void *handle_ = nullptr;
  bool held_ = false;
};

// The names this module was linked with (DT_NEEDED), zero-terminated, one after the other. The module must be held.
void needed_names(const Image &image, MappedArray<char> &out);

// The bytes of executable segment `which`, from the file when it is still the one that was loaded (so that pages which
// the program never ran stay out of its memory), else from memory. The module must be held. false = out of reach.
bool read_text(const Image &image, const char *path, uint32_t which, MappedArray<uint8_t> &out);

// The bytes of .eh_frame and their ELF address, by the section headers of the file: for a module whose program headers
// do not say where it lies. False when the file is not the one that was loaded, or its headers make no sense.
bool read_eh_frame(const Image &image, const char *path, MappedArray<uint8_t> &out, uint64_t *address);

}  // namespace pyro::unwind
