#!/usr/bin/env bash
# Makes this machine ready for the BullMQ test: Redis from Debian's packages where it is missing, and the packages of
# package-lock.json into node_modules/ beside this file. The second time it only looks.
#
# Exits 0 when everything is there; 69 (EX_UNAVAILABLE), with the reason as the last line on stderr, when something
# cannot be had here; anything else is a failure to look into.
set -uo pipefail
cd "$(dirname "$0")"

readonly UNAVAILABLE=69

say() { echo "test:bullmq: $*" >&2; }

unavailable() {
  say "$*"
  exit "$UNAVAILABLE"
}

install_redis() {
  command -v redis-server >/dev/null && return
  command -v apt-get >/dev/null || unavailable "skipped: missing redis-server, and there is no apt-get to install it"
  [ "$(id -u)" -eq 0 ] || unavailable "skipped: missing redis-server; run once as root, or: apt-get install redis-server"
  say "installing redis-server"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 || unavailable "skipped: missing redis-server, and Debian's packages cannot be reached"
  # RUNLEVEL=1: the test starts a server of its own.
  RUNLEVEL=1 apt-get install -qq -y --no-install-recommends redis-server >&2 ||
    unavailable "skipped: apt-get could not install redis-server"
}

install_packages() {
  local stamp=node_modules/.installed
  cmp -s package-lock.json "$stamp" && return
  say "installing BullMQ and OpenTelemetry for Node"
  # Not `npm ci`: it refuses a lock that lacks the optional packages of platforms which a registry does not carry.
  npm install --ignore-scripts --no-audit --no-fund >&2 || unavailable "skipped: npm could not install BullMQ"
  # As if `npm install jobtrace` had put it there.
  ln -sfn ../../.. node_modules/jobtrace
  cp package-lock.json "$stamp"
}

install_redis
install_packages
