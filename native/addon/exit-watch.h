// When is another process gone, and when must this one be?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// waitForExit(pid, startTicks): a promise that resolves when the process is gone, zombies included; at once when it is
// gone already or the pid belongs to another process by now. Does not keep the event loop alive.
Napi::Value wait_for_exit(const Napi::CallbackInfo &info);

// endAfter({ pid, startTicks, ms, spentMs, code, text }): this process writes `text` to its error stream and ends with
// `code` when the other one (0: gone by now) has been gone for `ms`, whatever the event loop does. Returns whether it
// is gone already; then `spentMs` of the time have passed.
Napi::Value end_after(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
