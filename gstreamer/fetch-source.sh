#!/bin/sh
# Which version of a source package do apt's servers still have? The newest: it is unpacked as FOLDER. An archive may list versions that
# it no longer keeps, so each is tried. For gstreamer/rebuild.sh, and for the suites of scripts/suite.mjs.
#   fetch-source.sh NAME FOLDER [PREFIX]     only versions that begin with PREFIX; APT_FILE: a file with more options for apt
# SPDX-License-Identifier: MPL-2.0
set -eu
name=$1 folder=$2 prefix=${3-}

apt() {
  program=$1
  shift
  "$program" ${APT_FILE:+-c "$APT_FILE"} "$@"
}

fetch=$folder.fetch
problems=$fetch/problems
rm -rf "$fetch"
mkdir -p "$fetch"
listed=$(apt apt-cache showsrc --only-source "$name" 2>"$problems" | sed -n 's/^Version: //p' | sort -urV)
for version in $listed; do
  case ${version#*:} in "$prefix"*) ;; *) continue ;; esac
  rm -rf "$fetch/try"
  mkdir "$fetch/try"
  # --only-source: NAME is a source package, also where a binary package has that name.
  if (cd "$fetch/try" && apt apt-get -q source --only-source "$name=$version") >>"$problems" 2>&1; then
    rm -rf "$folder"
    mv "$(find "$fetch/try" -mindepth 1 -maxdepth 1 -type d)" "$folder"
    rm -rf "$fetch"
    echo "$version"
    exit 0
  fi
done
{
  echo "no source of $name${prefix:+ $prefix*}; apt lists" ${listed:-nothing: no archive with it has sources}
  tail -n 20 "$problems"
} >&2
rm -rf "$fetch"
exit 1
