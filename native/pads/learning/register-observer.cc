// How are the registers of outer frames read, and which of them stay?
//
// libgcc's unwinder reads them: it needs no tables of ours, so it can be asked before the first of those is built. It
// takes the loader's lock, which is no matter here and forbids it in signal handlers.
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/register-observer.h"

#include <link.h>
#include <unwind.h>

#include "pads/learning/poisoned-call.h"

namespace pyro::pads {
namespace {

// DWARF numbers of what a callee preserves (the procedure call standards).
#if defined(__x86_64__)
constexpr uint8_t kSaved[] = {3, 6, 12, 13, 14, 15};  // rbx, rbp, r12 to r15
#elif defined(__aarch64__)
constexpr uint8_t kSaved[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
#endif
constexpr uint32_t kSavedCount = sizeof kSaved;
constexpr uint32_t kFewest = 4;  // observations that an address needs
constexpr int kMostFrames = 48;

struct Module {
  uint64_t code, low, high;
};

int find_module(dl_phdr_info *info, size_t, void *user) {
  Module &module = *static_cast<Module *>(user);
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &header = info->dlpi_phdr[i];
    const uint64_t low = info->dlpi_addr + header.p_vaddr;
    if (header.p_type != PT_LOAD || module.code < low || module.code >= low + header.p_memsz) continue;
    module.low = low;
    module.high = low + header.p_memsz;
    return 1;
  }
  return 0;
}

}  // namespace

struct SlotObserver::Walk {
  SlotObserver &self;
  bool reached;  // a frame of the observed module was met
  int frames;
};

SlotObserver::SlotObserver(const void *code, int32_t lock_offset) : lock_offset_(lock_offset) {
  Module module{reinterpret_cast<uint64_t>(code), 0, 0};
  dl_iterate_phdr(find_module, &module);
  low_ = module.low;
  high_ = module.high;
}

// The first frame of the module is the one that called the pad's function. Behind its last one begins the trial itself.
int SlotObserver::frame(void *opaque, void *user) {
  auto *context = static_cast<_Unwind_Context *>(opaque);
  Walk &walk = *static_cast<Walk *>(user);
  const uint64_t at = _Unwind_GetIP(context);
  // Further out there may be frames of the same module again: the application's own, if it came here by a push.
  if (at == reinterpret_cast<uint64_t>(pyro_scrambled_return) || ++walk.frames > kMostFrames) return _URC_NORMAL_STOP;
  if (at < walk.self.low_ || at >= walk.self.high_) return _URC_NO_REASON;
  uint64_t registers[kSavedCount];
  for (uint32_t i = 0; i < kSavedCount; i++) registers[i] = _Unwind_GetGR(context, kSaved[i]);
  walk.self.note(at, registers, !walk.reached);
  if (const uint64_t begin = _Unwind_GetRegionStart(context))
    walk.self.roles_.note(reinterpret_cast<const void *>(begin), walk.self.expected_.route, !walk.reached);
  walk.reached = true;
  return _URC_NO_REASON;
}

void SlotObserver::observe() {
  if (!expected_.inside[0] && !expected_.driving) return;  // what runs between trials
  observations_++;
  Walk walk{*this, false, 0};
  _Unwind_Backtrace(
      [](_Unwind_Context *context, void *user) { return static_cast<_Unwind_Reason_Code>(frame(context, user)); },
      &walk);
}

SlotObserver::Address *SlotObserver::address_of(uint64_t at) {
  for (uint32_t i = 0; i < count_; i++)
    if (addresses_[i].at == at) return &addresses_[i];
  if (count_ == kMostAddresses) return nullptr;
  addresses_[count_].at = at;
  return &addresses_[count_++];
}

uint32_t SlotObserver::held(const uint64_t *registers, const void *first, const void *second) const {
  uint32_t mask = 0;
  for (uint32_t i = 0; i < kSavedCount; i++) {
    const void *value = reinterpret_cast<const void *>(registers[i]);
    if (value && (value == first || value == second)) mask |= 1u << i;
  }
  return mask;
}

void SlotObserver::note(uint64_t at, const uint64_t *registers, bool direct) {
  Address *address = address_of(at);
  if (!address) return;
  address->seen++;
  address->inside &= held(registers, expected_.inside[0], expected_.inside[1]);
  address->pushing &= held(registers, expected_.pushing[0], expected_.pushing[1]);
  address->driving &= held(registers, expected_.driving, nullptr);
  address->direct |= direct;
  address->handling &= is_handling(expected_.route);
  const void *any = expected_.driving ? expected_.driving : expected_.inside[0];
  const auto pad = reinterpret_cast<uint64_t>(any);
  address->several |= address->pad != 0 && address->pad != pad;
  if (address->pad == 0) address->pad = pad;
}

// Where a pad's function was called from, the pad is the one whose function runs; elsewhere the one that is pushed
// through.
uint32_t SlotObserver::slots(Slot *out, uint32_t most) const {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count_ && found < most; i++) {
    const Address &address = addresses_[i];
    if (address.seen < kFewest || !address.several) continue;
    const bool inside = address.direct && address.inside != 0;
    const uint32_t mask = inside ? address.inside : address.pushing != 0 ? address.pushing : address.driving;
    if (mask == 0) continue;
    const uint8_t reg = kSaved[__builtin_ctz(mask)];
    if (inside)
      out[found++] = {address.at, 0, reg, address.handling ? threads::kHandlingPad : threads::kInsidePad};
    else if (address.pushing != 0)
      out[found++] = {address.at, 0, reg, threads::kPushingPad};
    else
      out[found++] = {address.at, -lock_offset_, reg, threads::kDrivingPad};
  }
  return found;
}

}  // namespace pyro::pads
