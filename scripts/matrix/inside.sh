# What does a person type on a machine that plays media and builds nothing? In a root, without network: $1 a folder to work in, with the
# archives in packages/, and in media/ and checks/ a file for each pipeline; what comes out lies in results/.
# SPDX-License-Identifier: MPL-2.0
set -u
work=$1
export HOME="$work/home" npm_config_offline=true npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
mkdir -p "$HOME" "$work/results" "$work/ein Träger" && cd "$work/ein Träger" || exit 1
now() { date +%s.%N; }
npx="node /npm/bin/npx-cli.js"

for tool in cc gcc g++ make cmake; do command -v "$tool"; done >"$work/results/compilers"
node --version >"$work/results/node"
gst-launch-1.0 --version >"$work/results/gstreamer"
for file in "$work"/media/*; do
  [ -e "$file" ] && (cd "$work" && xargs -a "$file" gst-launch-1.0 -q) >>"$work/results/media.log" 2>&1
done
began=$(now)
node /npm/bin/npm-cli.js install "$work"/packages/*.tgz >"$work/results/install.log" 2>&1 || { cat "$work/results/install.log" >&2; exit 2; }
for check in "$work"/checks/*; do
  name=$(basename "$check")
  result="$work/results/$name"
  xargs -a "$check" $npx gst-pyroscope run --capture "$result" >"$result.out" 2>"$result.err"
  echo $? >"$result.code"
  $npx gst-pyroscope report --json "$result" >"$result.json" 2>>"$result.err"
  [ -e "$work/results/seconds" ] || echo "$began $(now)" >"$work/results/seconds"
done
