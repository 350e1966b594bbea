# shellcheck shell=bash
# What does rebuild.sh do once all is checked? Fetches, builds and installs each part, and writes the environment. Only to be sourced.
# SPDX-License-Identifier: MPL-2.0

# apt with a state of its own, so that sources are found although the system has no deb-src lines, and nothing of the system changes.
make_apt_state() {
  local apt=$work/apt file
  rm -rf "$apt"
  mkdir -p "$apt/sources.list.d" "$apt/lists/partial" "$apt/cache/archives/partial"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -r "$file" ] || sed -n 's/^[[:space:]]*deb\([[:space:]]\)/deb-src\1/p' "$file" >"$apt/sources.list.d/$(basename "$file" .list).list"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -r "$file" ] || sed 's/^Types:.*/Types: deb-src/I' "$file" >"$apt/sources.list.d/$(basename "$file")"
  done
  # Hooks of the system would clean up caches of the system.
  cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources.list.d";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "$(id -un)";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
}

fetch_packages() {
  local part source
  if [ ! -e "$work/apt/updated" ]; then
    [ -n "$dry" ] || make_apt_state
    # A server of something else may have no sources: that is no reason to stop, a missing GStreamer will be.
    step "lists of source packages" sh -c 'apt-get -c "$0" -q update || echo "not all of it: $?"' "$work/apt/apt.conf"
    [ -n "$dry" ] || touch "$work/apt/updated"
  fi
  for part in $(chosen); do
    source=$(row "$part" | cut -d' ' -f2)
    [ ! -e "$work/src/$part.version" ] || continue
    step "source of $part" env APT_FILE="$work/apt/apt.conf" sh "$here/fetch-source.sh" "$source" "$work/src/$part" "${release:+$release.}"
    [ -n "$dry" ] || cp "$work/log/source-of-$part" "$work/src/$part.version"
  done
}

fetch_git() {
  tree=$work/src/git
  [ ! -e "$work/src/git.done" ] || return 0
  [ -n "$dry" ] || rm -rf "$tree"
  GIT_TERMINAL_PROMPT=0 step "clone" git -c advice.detachedHead=false clone --depth 1 --branch "$tag" "$url" "$tree"
  [ -n "$dry" ] || touch "$work/src/git.done"
}

fetch_all() {
  case $origin in
    packages) fetch_packages ;;
    git) fetch_git ;;
  esac
}

# Of the one repository of today, of folders side by side, or of unpacked archives with their version.
folder_of() {
  local part=$1 name candidate
  [ "$origin" != packages ] || { echo "$work/src/$part" && return; }
  name=$(row "$part" | cut -d' ' -f3)
  for candidate in "$tree/subprojects/$name" "$tree/$name" "$tree/$name"-[0-9]*; do
    [ ! -e "$candidate/meson.build" ] || { echo "$candidate" && return; }
  done
  [ -z "$dry" ] || { echo "$tree/subprojects/$name" && return; }
  die 1 "no $name in $tree (looked for subprojects/$name, $name and $name-VERSION)"
}

# The options that this version knows; those of the command line without a question.
options_for() {
  local part=$1 folder=$2 option
  for option in $options_of_all $(row "$part" | cut -s -d' ' -f4-); do
    if [ -n "$dry" ] || grep -qsE "option\( *'${option%%=*}'" "$folder"/meson_options.txt "$folder"/meson.options; then
      echo "-D$option"
    fi
  done
  for option in "${more_options[@]}"; do
    [ "${option%%:*}" != "$part" ] || echo "-D${option#*:}"
  done
}

# The flag for leaf functions exists on x86-64 and aarch64; elsewhere a second native file takes it away.
native_files() {
  local file
  if [ -z "$dry" ] && ! echo 'int leaf;' | "$CC" -mno-omit-leaf-frame-pointer -x c -c -o /dev/null - 2>/dev/null; then
    printf '[constants]\nleaf = []\n' >"$work/without-leaf.ini"
    native+=("$work/without-leaf.ini")
  fi
  for file in "${native[@]}"; do printf '%s\n' --native-file "$file"; done
}

# Ninja goes on where it was; what was configured in another way, or not to the end, starts afresh.
build_part() {
  local part=$1 folder build=$work/build-$1 command key
  folder=$(folder_of "$part")
  mapfile -t command < <(
    printf '%s\n' meson setup "$build" "$folder" "--prefix=$prefix" --libdir=lib --libexecdir=libexec --wrap-mode=nofallback
    native_files
    options_for "$part" "$folder"
  )
  key=$({ echo "${command[*]}" && grep -hv '^#' "${native[@]}" && cat "$work/src/$part.version" 2>/dev/null || true; } | sha256sum)
  if [ "$key" != "$(cat "$build/configured" 2>/dev/null)" ]; then
    [ -n "$dry" ] || rm -rf "$build"
    step "configure $part" "${command[@]}"
    [ -n "$dry" ] || echo "$key" >"$build/configured"
  fi
  step "build $part" ninja -C "$build" -j "$jobs"
  step "install $part" meson install -C "$build" --no-rebuild --only-changed
}

build_all() {
  local part
  for part in $(chosen); do build_part "$part"; done
}

# The number of a libgstreamer, 2200 of 1.22.0; of a folder with libraries.
core_number() {
  local file
  for file in "$1"/libgstreamer-1.0.so.0.*; do
    file=${file##*.so.0.}
    [[ $file =~ ^[0-9]+\. ]] && echo "${file%%.*}" && return
  done
  return 1
}

# A folder of links to the plugins that were not built: the folder itself would bring the stock ones of core and base once more.
offer_system_plugins() {
  local offered=$prefix/lib/system-plugins libraries file name ours theirs
  [ -n "$system" ] && [ -z "$dry" ] || return 0
  rm -rf "$offered"
  libraries=$(PKG_CONFIG_PATH='' pkg-config --variable=libdir gstreamer-1.0 2>/dev/null) ||
    libraries=$(dirname "$(find /usr/lib /usr/lib64 -maxdepth 2 -name 'libgstreamer-1.0.so.0' 2>/dev/null | head -n 1)")
  ours=$(core_number "$prefix/lib") && theirs=$(core_number "$libraries") || return 0
  if [ "$theirs" -gt "$ours" ]; then
    echo "The system's GStreamer is newer than this one: its plugins are not offered"
    return 0
  fi
  mkdir "$offered"
  for file in "$libraries"/gstreamer-1.0/*.so; do
    name=$(basename "$file")
    # Until 1.20 two plugins, since then one.
    case $name in libgstvideoconvert.so | libgstvideoscale.so) continue ;; esac
    [ -e "$prefix/lib/gstreamer-1.0/$name" ] || ln -s "$file" "$offered/$name"
  done
}

environment_text() {
  cat <<ENV
# Which environment makes programs use the GStreamer in $prefix? Made by gst-pyroscope's rebuild.sh:  . $prefix/env.sh
export PATH="$prefix/bin:\$PATH"
export LD_LIBRARY_PATH="$prefix/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig\${PKG_CONFIG_PATH:+:\$PKG_CONFIG_PATH}"
export GST_PLUGIN_SYSTEM_PATH_1_0="$prefix/lib/gstreamer-1.0:$prefix/lib/system-plugins"
export GST_PLUGIN_SCANNER_1_0="$prefix/libexec/gstreamer-1.0/gst-plugin-scanner"
export GST_REGISTRY_1_0="$prefix/registry.bin"
ENV
}

# Loads everything once: what is built must run, and the next start finds a registry.
try_it() (
  . "$prefix/env.sh"
  unset GST_TRACERS GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0
  gst-inspect-1.0 fakesink &&
    gst-launch-1.0 -q videotestsrc num-buffers=2 ! videoconvert ! fakesink
)

# Of all that this shell has waited for, and its own. Not in a subshell, which would have a clock of its own.
count_cpu() {
  times >"$work/times"
  cpu_seconds=$(awk '{ for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += t[1] * 60 + t[2] } } END { printf "%.0f", sum }' "$work/times")
}

finish() {
  [ -z "$dry" ] || { echo "Then $prefix/env.sh:" && environment_text && return; }
  environment_text >"$prefix/env.sh"
  step "try it" try_it
  # Else a user who may not write it would look at all plugins at every start.
  [ ! -e "$prefix/registry.bin" ] || chmod a+r "$prefix/registry.bin"
  count_cpu
  echo "GStreamer $(pkg-config --modversion gstreamer-1.0) with symbols and frame pointers, from $(identity), in $cpu_seconds CPU seconds. To use it:"
  echo
  echo ". $prefix/env.sh"
  echo
  echo "which does:"
  grep '^export' "$prefix/env.sh"
}
