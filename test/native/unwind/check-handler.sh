#!/bin/sh
# May everything that a walk reaches run in a signal handler? Undefined symbols against a list, and the stack it needs.
# usage: check-handler.sh OBJECT...   (each compiled with -fstack-usage; its .su file lies beside it)
set -eu
allowed='^(memcpy|memset|memcmp|__start_pyro_handler|__stop_pyro_handler|_GLOBAL_OFFSET_TABLE_|pyro::unwind::shared|pyro::unwind::site_table|pyro::unwind::Walker::.*)$'
# Of the 2 KB that the whole handler may take; what it really takes is measured by test_sampling.
most=1152
failed=0
for object in "$@"; do
  nm -C --undefined-only "$object" | sed 's/^ *U //' | grep -vE "$allowed" && { echo "  ^ not allowed in $object"; failed=1; }
done
total=0
for object in "$@"; do
  usage=$(echo "$object" | sed 's/\.o$/.su/')
  [ -s "$usage" ] || { echo "no stack usage beside $object"; exit 1; }
  grep -E 'dynamic$' "$usage" && { echo "  ^ unbounded stack"; failed=1; }
  # try_guess is over before search_once begins; both need the same. remember is over before apply begins, and needs no
  # more. step(PackedRule) stands in for step(). Copies of stacks are never walked in a handler.
  total=$((total + $(awk -F'\t' '!/::walk_copy|::nearest_frame_pointer|::try_guess|::remember|::step\(\)/ { sum += $2 } END { print sum + 0 }' "$usage")))
done
# No function calls itself, so no chain needs more than all the others together, return addresses included.
echo "handler stack: at most $total of $most bytes"
[ "$total" -le "$most" ] || failed=1
exit $failed
