#!/usr/bin/env bash
# How does GStreamer get names and frame pointers without a change to the system? Built into a folder of its own, with the flags of
# native-flags.ini, from the distribution's source packages or from a git tag. See `Names: four levels` in README.md; --help.
# SPDX-License-Identifier: MPL-2.0
set -euo pipefail
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
marker=.gst-pyroscope-rebuild
upstream=https://gitlab.freedesktop.org/gstreamer/gstreamer.git
# TABLE: exit codes.
wrong_arguments=2 tools_missing=3 prefix_taken=4

usage() {
  cat <<HELP
Usage: gstreamer/rebuild.sh --prefix DIR [options]

Builds GStreamer with symbols and frame pointers into DIR, and says which environment uses it. Nothing is installed and no file outside
of DIR is written; sources and build folders stay in DIR/work. What was interrupted goes on where it was.

  --prefix DIR      where it goes: an empty folder, a new one, or one that this script made
  --parts LIST      besides core and base: good,bad,ugly,libav
 Sources, one of:
  (default)         the distribution's source packages, from the servers that apt knows
    --release X.Y     of this series; default: that of the installed GStreamer, else the newest
  --git [URL]       a git repository, default $upstream
    --tag TAG         which tag or branch of it, such as 1.22.0
  --source DIR      a checkout or unpacked sources; built out of tree, not changed
 How:
  --option P:NAME=VALUE    one more option of meson for part P, such as base:gl=enabled; repeatable
  --native-file FILE       one more native file of meson, after native-flags.ini; repeatable
  --jobs N          compilers at once (default: as many as there are CPUs)
  --pip             meson and ninja from pip, into DIR/work, where they are missing or too old
  --no-system       do not offer the system's other plugins
  --dry-run         print the commands, do nothing
  --help            this text

Exit codes: 0 done, 1 a step failed, $wrong_arguments wrong arguments, $tools_missing tools or libraries are missing, $prefix_taken the folder is not ours.
HELP
}

die() {
  local code=$1
  shift
  printf 'rebuild: %s\n' "$*" >&2
  exit "$code"
}

# TABLE: part, source package, folder in a checkout, options of meson. One that a version does not have is left out. What needs a
# display or a GPU is left to the system's plugins; codecs are built when their headers are there.
parts='
core gstreamer1.0 gstreamer coretracers=disabled check=disabled libunwind=disabled libdw=disabled bash-completion=disabled ptp-helper=disabled ptp-helper-permissions=none
base gst-plugins-base1.0 gst-plugins-base orc=enabled tcp=disabled gio=disabled gio-typefinder=disabled encoding=disabled subparse=disabled pbtypes=disabled overlaycomposition=disabled gl=disabled x11=disabled xshm=disabled xvideo=disabled xi=disabled drm=disabled cdparanoia=disabled libvisual=disabled tremor=disabled qt5=disabled tools=disabled
good gst-plugins-good1.0 gst-plugins-good orc=enabled gtk3=disabled qt5=disabled qt6=disabled ximagesrc=disabled v4l2=disabled
bad gst-plugins-bad1.0 gst-plugins-bad orc=enabled gpl=enabled gl=disabled vulkan=disabled wayland=disabled gtk3=disabled va=disabled webrtcdsp=disabled opencv=disabled
ugly gst-plugins-ugly1.0 gst-plugins-ugly orc=enabled gpl=enabled
libav gst-libav1.0 gst-libav
'
options_of_all='tests=disabled examples=disabled benchmarks=disabled doc=disabled introspection=disabled nls=disabled'

# TABLE: what must be there: kind, name, the package of Debian that has it.
needs='
program cc gcc
program pkg-config pkg-config
program python3 python3
program meson meson
program ninja ninja-build
program flex flex
program bison bison
program glib-mkenums libglib2.0-dev-bin
program orcc liborc-0.4-dev-bin
library gobject-2.0 libglib2.0-dev
library orc-0.4 liborc-0.4-dev
'
needs_packages='
program dpkg-source dpkg-dev
'

need_value() {
  [ $# -ge 2 ] && [ -n "$2" ] || die $wrong_arguments "$1 needs a value; see --help"
}

parse() {
  prefix='' wanted='' release='' origin=packages url=$upstream tag='' tree='' jobs=$(nproc) pip='' system=yes dry=''
  more_options=() native=("$here/native-flags.ini")
  while [ $# -gt 0 ]; do
    case $1 in --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;; esac
    case $1 in
      --prefix | --parts | --release | --tag | --source | --option | --native-file | --jobs) need_value "$@" ;;&
      --prefix) prefix=$2 && shift ;;
      --parts) wanted=$2 && shift ;;
      --release) release=$2 && shift ;;
      --tag) tag=$2 && shift ;;
      --source) origin=source tree=$2 && shift ;;
      --option) more_options+=("$2") && shift ;;
      --native-file) native+=("$(realpath -m "$2")") && shift ;;
      --jobs) jobs=$2 && shift ;;
      --git)
        origin=git
        case ${2--} in -*) ;; *) url=$2 && shift ;; esac
        ;;
      --pip) pip=yes ;;
      --no-system) system='' ;;
      --dry-run) dry=yes ;;
      --help | -h) usage && exit 0 ;;
      *) die $wrong_arguments "what is $1? See --help" ;;
    esac
    shift
  done
}

row() { grep "^$1 " <<<"$parts" || true; }

# In the order of the table: base needs core, the others both.
chosen() {
  local part
  for part in $(awk 'NF { print $1 }' <<<"$parts"); do
    case ",core,base,$wanted," in *",$part,"*) echo "$part" ;; esac
  done
}

check_arguments() {
  local part option file
  [ -n "$prefix" ] || die $wrong_arguments "where to? --prefix DIR; see --help"
  prefix=$(realpath -m "$prefix")
  # Neither pkg-config nor a search path can say them.
  case $prefix in *[[:space:]:\;\'\"\\\$]*) die $wrong_arguments "no blanks, colons or quotes in the prefix: $prefix" ;; esac
  [[ $jobs =~ ^[1-9][0-9]*$ ]] || die $wrong_arguments "--jobs takes a number, not $jobs"
  for part in ${wanted//,/ }; do [ -n "$(row "$part")" ] || die $wrong_arguments "no part is called $part; see --help"; done
  for option in "${more_options[@]}"; do
    [[ $option =~ ^([a-z]+):[A-Za-z0-9_-]+=.*$ && -n $(row "${BASH_REMATCH[1]}") ]] ||
      die $wrong_arguments "--option takes part:name=value, not $option"
  done
  for file in "${native[@]}"; do [ -r "$file" ] || die $wrong_arguments "no native file $file"; done
  if [ "$origin" = source ]; then
    [ -d "$tree" ] || die $wrong_arguments "no folder $tree"
    tree=$(realpath "$tree")
  fi
  [ "$origin" != git ] || [ -n "$tag" ] || die $wrong_arguments "which tag of $url? --tag 1.22.0"
  [ "$origin" = git ] || [ -z "$tag" ] || die $wrong_arguments "--tag is for --git"
  [ "$origin" = packages ] || [ -z "$release" ] || die $wrong_arguments "--release is for source packages"
}

# The series of the installed GStreamer: its other plugins then load into what is built.
installed_release() {
  local version
  version=$(dpkg-query -W -f '${Version}' libgstreamer1.0-0 2>/dev/null) || return 0
  grep -oE '^[0-9]+\.[0-9]+' <<<"${version#*:}" || true
}

is_there() {
  case $1 in
    program) command -v "$2" >/dev/null ;;
    library) pkg-config --exists "$2" 2>/dev/null ;;
  esac
}

check_tools() {
  local kind name package all=$needs names=() packages=()
  [ "$origin" != packages ] || is_there program apt-get || die $tools_missing "source packages need apt; else: --git --tag 1.24.0, or --source"
  [ "$origin" != packages ] || all+=$needs_packages
  [ "$origin" != git ] || all+=$'program git git\n'
  while read -r kind name package; do
    [ -n "$kind" ] || continue
    case ${pip}$name in yesmeson | yesninja) continue ;; esac
    is_there "$kind" "$name" || { names+=("$name") packages+=("$package"); }
  done <<<"$all"
  [ ${#names[@]} -gt 0 ] || return 0
  local said="missing: ${names[*]}; as root: apt-get install --no-install-recommends ${packages[*]}"
  case " ${names[*]} " in *" meson "* | *" ninja "*) said+=" (--pip brings meson and ninja without root)" ;; esac
  [ -n "$dry" ] || die $tools_missing "$said"
  printf 'rebuild: %s\n' "$said" >&2
}

# What the folder was made from: two origins in one prefix would leave files of the one beside those of the other.
identity() {
  case $origin in
    packages) echo "source packages of ${release:-the newest}" ;;
    git) echo "git $url $tag" ;;
    source) echo "sources in $tree" ;;
  esac
}

claim_prefix() {
  if [ -e "$prefix/$marker" ]; then
    local before
    before=$(cat "$prefix/$marker")
    if [ "$before" != "$(identity)" ]; then
      [ ! -e "$prefix/lib" ] || die $prefix_taken "$prefix was built from $before: take another prefix, or remove that"
      [ -n "$dry" ] || rm -rf "$work" "$prefix/$marker"
    fi
  elif [ -e "$prefix" ]; then
    [ -d "$prefix" ] || die $prefix_taken "$prefix is not a folder"
    [ -z "$(ls -A "$prefix")" ] || die $prefix_taken "$prefix is not empty, and this script did not make it: take another prefix"
  fi
  [ -z "$dry" ] || return 0
  mkdir -p "$work/log" "$work/src" "$work/tmp" 2>/dev/null || die $prefix_taken "cannot make $work"
  [ -e "$prefix/$marker" ] || identity >"$prefix/$marker"
  exec 9<"$prefix/$marker"
  flock -n 9 || die $prefix_taken "another run builds into $prefix"
}

# Says what it does, does it, and shows the end of its output only when it fails.
step() {
  local title=$1 log began=$SECONDS
  log=$work/log/${title//[ \/]/-}
  shift
  if [ -n "$dry" ]; then
    printf '%s:\n ' "$title"
    printf ' %q' "$@"
    echo
    return 0
  fi
  printf '== %s\n' "$title"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    die 1 "$title failed; all of it: $log; the same command goes on from here"
  fi
  printf '== %s: %d s\n' "$title" $((SECONDS - began))
}

prepare_pip() {
  [ -n "$pip" ] || return 0
  PATH=$work/venv/bin:$PATH
  [ ! -x "$work/venv/bin/ninja" ] || return 0
  step "a Python environment" python3 -m venv "$work/venv"
  step "meson and ninja from pip" "$work/venv/bin/pip" install --no-cache-dir --disable-pip-version-check meson==1.7.2 ninja==1.11.1.4
}

main() {
  parse "$@"
  check_arguments
  check_tools
  [ "$origin" != packages ] || release=${release:-$(installed_release)}
  work=$prefix/work
  claim_prefix
  export TMPDIR=$work/tmp PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" PATH="$prefix/bin:$PATH"
  # With CC set meson takes no ccache, whose files would be in the home folder.
  export CC=${CC:-cc} CXX=${CXX:-c++}
  prepare_pip
  # shellcheck source=gstreamer/rebuild-steps.sh
  . "$here/rebuild-steps.sh"
  fetch_all
  build_all
  offer_system_plugins
  finish
}

# On one line: bash reads on in a file that may have changed meanwhile.
main "$@"; exit
