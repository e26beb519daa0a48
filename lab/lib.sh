# shellcheck shell=bash
# Shared functions of the lab scripts. Sourced, never run: it sets paths and defines functions and does nothing else.

LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_REPO=$(dirname "$LAB_SRC")
LAB_TARGET=$LAB_REPO/target/lab
LAB_BIN=$LAB_TARGET/bin
# Used by the scripts that source this file.
# shellcheck disable=SC2034
LAB_VERSION_KUBERNETES=v1.36.1

say() { printf '%s\n' "lab: $*" >&2; }
die() { printf '%s\n' "lab: error: $*" >&2; exit 1; }

# The comment block at the top of a script is its help text.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# need TOOL WHAT-TO-DO: fails with a sentence when TOOL is not on PATH.
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is not on PATH. $2"; }
