// Which ELF modules are loaded, and what do their headers say?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/image.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "unwind/cfi/byte-reader.h"

namespace pyro::unwind {
namespace {

uint64_t mix(uint64_t hash, const void *bytes, size_t size) {
  const auto *at = static_cast<const uint8_t *>(bytes);
  for (size_t i = 0; i < size; i++) hash = (hash ^ at[i]) * 0x100000001b3ull;
  return hash;
}

bool inside(const Range &outer, uint64_t start, uint64_t size) {
  return start >= outer.start && start <= outer.end && size <= outer.end - start;
}

// Copies the GNU build id, if these ELF notes contain one, to `image`.
void read_build_id(const uint8_t *from, size_t size, Image &image) {
  if (!is_backed(from, size)) return;
  ByteReader in(from, size);
  while (in.more()) {
    const uint32_t name_size = in.fixed<uint32_t>(), value_size = in.fixed<uint32_t>(), type = in.fixed<uint32_t>();
    const ByteReader name = in.sub((uint64_t{name_size} + 3) & ~uint64_t{3});
    const ByteReader value = in.sub((uint64_t{value_size} + 3) & ~uint64_t{3});
    if (!in.ok()) return;
    if (type != NT_GNU_BUILD_ID || name_size != 4 || memcmp(name.at(), "GNU", 4) != 0) continue;
    image.build_id_size = value_size < kBuildIdMax ? value_size : kBuildIdMax;
    memcpy(image.build_id, value.at(), image.build_id_size);
    return;
  }
}

void note_segment(const ElfW(Phdr) & header, Image &image) {
  const Range range{header.p_vaddr, header.p_vaddr + header.p_memsz};
  if (range.end < range.start) return;
  switch (header.p_type) {
    case PT_LOAD:
      if (image.load.end == 0 || range.start < image.load.start) image.load.start = range.start;
      if (range.end > image.load.end) image.load.end = range.end;
      if (!(header.p_flags & PF_X) || image.texts == kImageTexts) return;
      if (image.texts && range.start < image.text[image.texts - 1].end) return;  // must ascend
      image.text_file[image.texts] = header.p_offset;
      image.text[image.texts++] = range;
      break;
    case PT_GNU_EH_FRAME:
      image.eh_frame_hdr = range;
      break;
    case PT_DYNAMIC:
      image.dynamic = range;
      break;
    default:
      break;
  }
}

// Calls each(name, length) for the DT_NEEDED entries of the image. `each` returns false to stop.
template <typename Each>
void each_needed(const Image &image, Each each) {
  const auto *entry = reinterpret_cast<const ElfW(Dyn) *>(image.at(image.dynamic.start));
  const size_t count = (image.dynamic.end - image.dynamic.start) / sizeof *entry;
  if (image.vdso || !inside(image.load, image.dynamic.start, image.dynamic.end - image.dynamic.start)) return;
  if (!is_backed(image.at(image.dynamic.start), image.dynamic.end - image.dynamic.start)) return;
  uint64_t strings = 0, size = 0;
  for (size_t i = 0; i < count && entry[i].d_tag != DT_NULL; i++) {
    if (entry[i].d_tag == DT_STRTAB) strings = entry[i].d_un.d_ptr;
    if (entry[i].d_tag == DT_STRSZ) size = entry[i].d_un.d_val;
  }
  // glibc relocates the DT_STRTAB address in memory; other loaders leave it relative to the load address.
  if (strings >= image.bias + image.load.start && image.bias) strings -= image.bias;
  if (!inside(image.load, strings, size) || !is_backed(image.at(strings), size)) return;
  const char *names = reinterpret_cast<const char *>(image.at(strings));
  for (size_t i = 0; i < count && entry[i].d_tag != DT_NULL; i++) {
    if (entry[i].d_tag != DT_NEEDED || entry[i].d_un.d_val >= size) continue;
    const char *name = names + entry[i].d_un.d_val;
    const size_t length = strnlen(name, size - entry[i].d_un.d_val);
    if (length < size - entry[i].d_un.d_val && !each(name, length)) return;
  }
}

bool add_name(ImageList &list, const char *name) {
  for (const char *at = name;; at++) {
    if (!list.names.push(*at)) return false;
    if (*at == 0) return true;
  }
}

// Callback of dl_iterate_phdr. It runs under the loader's lock: no malloc, no loader call.
int note_image(struct dl_phdr_info *info, size_t, void *data) {
  ImageList &list = *static_cast<ImageList *>(data);
  list.adds = info->dlpi_adds;
  list.subs = info->dlpi_subs;
  Image image;
  memset(&image, 0, sizeof image);
  image.bias = info->dlpi_addr;
  // The program headers are file-backed pages, too, and may be gone.
  if (!is_backed(reinterpret_cast<const uint8_t *>(info->dlpi_phdr), info->dlpi_phnum * sizeof *info->dlpi_phdr))
    return 0;
  const bool first = list.images.empty();
  for (int i = 0; i < info->dlpi_phnum; i++) note_segment(info->dlpi_phdr[i], image);
  if (image.texts == 0) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &header = info->dlpi_phdr[i];
    if (header.p_type == PT_NOTE && image.build_id_size == 0 && inside(image.load, header.p_vaddr, header.p_memsz))
      read_build_id(image.at(header.p_vaddr), header.p_memsz, image);
    if (header.p_type == PT_LOAD && inside({header.p_vaddr, header.p_vaddr + header.p_memsz}, image.eh_frame_hdr.start,
                                           image.eh_frame_hdr.end - image.eh_frame_hdr.start))
      image.eh_frame_hdr_load = {header.p_vaddr, header.p_vaddr + header.p_memsz};
  }
  image.vdso = image.bias + image.load.start == getauxval(AT_SYSINFO_EHDR);
  image.main_program = first && (!info->dlpi_name || !*info->dlpi_name);
  if (image.dynamic.end > image.dynamic.start)
    each_needed(image, [&](const char *name, size_t) {
      image.calls_jit = strncmp(name, "liborc-", 7) == 0;
      return !image.calls_jit;
    });
  const char *name = info->dlpi_name ? info->dlpi_name : "";
  image.name = static_cast<uint32_t>(list.names.size());
  image.identity = mix(mix(0xcbf29ce484222325ull, name, strlen(name)), &image.bias, sizeof image.bias);
  image.identity = mix(image.identity, info->dlpi_phdr, info->dlpi_phnum * sizeof *info->dlpi_phdr);
  image.identity = mix(image.identity, image.build_id, image.build_id_size);
  if (!add_name(list, name) || !list.images.push(image)) list.out_of_memory = true;
  return list.out_of_memory;
}

int note_counts(struct dl_phdr_info *info, size_t, void *data) {
  auto *counts = static_cast<uint64_t *>(data);
  counts[0] = info->dlpi_adds;
  counts[1] = info->dlpi_subs;
  return 1;
}

pthread_mutex_t loader_mutex = PTHREAD_MUTEX_INITIALIZER;
bool loader_closed = false;  // under loader_mutex
constexpr long kLongestLoaderWaitNs = 300000000;

}  // namespace

// The kernel reads one byte of each page by process_vm_readv. Where a sandbox forbids that call, the answer is true.
bool is_backed(const uint8_t *from, uint64_t size) {
  constexpr uint64_t kPage = 4096;
  constexpr int kAtOnce = 64;
  const uint64_t end = reinterpret_cast<uint64_t>(from) + size;
  for (uint64_t at = reinterpret_cast<uint64_t>(from); at < end;) {
    uint8_t bytes[kAtOnce];
    iovec pages[kAtOnce];
    int count = 0;
    for (; count < kAtOnce && at < end; at = (at | (kPage - 1)) + 1) pages[count++] = {reinterpret_cast<void *>(at), 1};
    const iovec into{bytes, static_cast<size_t>(count)};
    const ssize_t read = process_vm_readv(getpid(), &into, 1, pages, static_cast<unsigned long>(count), 0);
    if (read < 0 && errno != EFAULT) return true;
    if (read != count) return false;
  }
  return true;
}

void loader_counts(uint64_t *adds, uint64_t *subs) {
  uint64_t counts[2] = {0, 0};
  dl_iterate_phdr(note_counts, counts);
  *adds = counts[0];
  *subs = counts[1];
}

void list_images(ImageList &out) { dl_iterate_phdr(note_image, &out); }

void stop_using_dynamic_loader() {
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);  // CLOCK_REALTIME may be set back while we wait
  until.tv_nsec += kLongestLoaderWaitNs;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  if (pthread_mutex_clocklock(&loader_mutex, CLOCK_MONOTONIC, &until) != 0) return;
  loader_closed = true;
  pthread_mutex_unlock(&loader_mutex);
}

void forget_loader_lock() { loader_mutex = PTHREAD_MUTEX_INITIALIZER; }

Pin::Pin(const Image &image, const char *name) {
  if (image.vdso || image.main_program) {
    held_ = true;
    return;
  }
  pthread_mutex_lock(&loader_mutex);
  if (!loader_closed) handle_ = dlopen(name, RTLD_NOLOAD | RTLD_LAZY | RTLD_LOCAL);
  pthread_mutex_unlock(&loader_mutex);
  struct link_map *map = nullptr;
  // A library of the same name may have been loaded at another address meanwhile.
  held_ = handle_ && dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map->l_addr == image.bias;
}

Pin::~Pin() {
  if (!handle_) return;
  pthread_mutex_lock(&loader_mutex);
  if (!loader_closed) dlclose(handle_);
  pthread_mutex_unlock(&loader_mutex);
}

void needed_names(const Image &image, MappedArray<char> &out) {
  if (image.dynamic.end <= image.dynamic.start) return;
  each_needed(image, [&](const char *name, size_t length) {
    for (size_t i = 0; i <= length; i++)
      if (!out.push(name[i])) return false;
    return true;
  });
}

}  // namespace pyro::unwind
