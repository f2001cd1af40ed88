# Debian's packages without installing them: sourced by the scripts that put an
# editor below target/. They set `scratch`, a directory that goes when they end.
# shellcheck shell=bash

# Options for apt-get: its lists are those of the system, or our own where it has none.
options=()

# Sees to lists that have this package.
lists() {
  apt-cache show "$1" >/dev/null 2>&1 && return
  mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
  options=(-o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch/cache")
  apt-get "${options[@]}" update -qq
}

# Downloads packages and unpacks them into a directory, which is made anew.
#   unpack_into DIRECTORY PACKAGE...
unpack_into() {
  local into=$1 package
  shift
  mkdir "$scratch/packages"
  (cd "$scratch/packages" && apt-get "${options[@]}" -qq download "$@" 2>"$scratch/errors") \
    || { cat "$scratch/errors" >&2; return 1; }
  rm -rf "$into"
  mkdir -p "$into"
  for package in "$scratch"/packages/*.deb; do
    dpkg -x "$package" "$into" || return 1
  done
}
