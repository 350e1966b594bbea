// Where goes the CPU time of a thread that blocks our signal? Onto its element, by its clock, without a stack.
//
// Such a thread gets no tick until it unblocks. Its mask is its own: it is never changed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "threads/thread-record.h"

namespace pyro::sampling {

// CPU time since the thread was armed that is in no sample, as of the latest reading of its clock.
uint64_t unbooked(const threads::ThreadRecord &thread);
// Writes it as one sample whose only frame says that the stack was not seen. Background thread.
void book_unseen(threads::ThreadRecord &thread);

}  // namespace pyro::sampling
