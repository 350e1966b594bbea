// What do the libraries offer that are linked to be bound at each function's first call?
// SPDX-License-Identifier: MPL-2.0
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
// The next of many functions, each called through the PLT for the first time: the loader finds it. Then again, bound.
int lazy_round(int value);
// The same with a PLT for indirect branch tracking.
int ibt_round(int value);
// A variable that __tls_get_addr finds.
int lazy_thread_local(int value);
#ifdef __cplusplus
}
#endif
