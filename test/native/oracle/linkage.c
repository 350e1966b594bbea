// Is a stack right in the PLT, before and after the loader has bound a function? Built twice: an ordinary PLT, an IBT
// one.
// SPDX-License-Identifier: MPL-2.0
#include "linkage.h"

#define CONCAT(a, b) a##b
#define NAME(a, b) CONCAT(a, b)
#define FUNCTION(n) \
  __attribute__((noinline, noclone, visibility("default"))) int NAME(PREFIX, _##n)(int a) { return a * n + 1; }
#define CASE(n) \
  case n:       \
    return NAME(PREFIX, _##n)(value) + NAME(PREFIX, _##n)(value + 1);

#define ALL(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)
ALL(FUNCTION)

static int call(int which, int value) {
  switch (which) { ALL(CASE) }
  return 0;
}

__attribute__((visibility("default"))) int NAME(PREFIX, _round)(int value) {
  static int next;
  return call(next++ % 20, value) + 1;
}

#ifdef WITH_THREAD_LOCAL
static _Thread_local int mine __attribute__((tls_model("global-dynamic"))) = 3;
__attribute__((visibility("default"))) int lazy_thread_local(int value) { return mine += value; }
#endif
