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

# Sees to lists of another release of Debian, named as its mirror does: that mirror
# is the first one among the sources of the system. Nothing counts as installed, so
# what a package needs is all there is to it.
#   lists_of RELEASE
lists_of() {
  local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
  options=(-o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" -o APT::Sandbox::User=root)
  mirror=$(apt-get "${options[@]}" update --print-uris | sed -n "s|^'\(.*/debian\)/dists/.*|\1|p" | sed -n 1p)
  [ -n "$mirror" ] || { echo "no mirror of Debian among the sources of apt" >&2; return 1; }
  echo "deb [signed-by=$keys target=Packages] $mirror $1 main" >"$scratch/sources"
  options+=(-o "Dir::Etc::SourceList=$scratch/sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::status=/dev/null)
  apt-get "${options[@]}" update -qq
}

# What packages need, themselves too, by the lists of that release.
#   needed PACKAGE...
needed() {
  apt-get "${options[@]}" -s install --no-install-recommends "$@" | awk '/^Inst/ { print $2 }'
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
