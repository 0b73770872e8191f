#!/usr/bin/env bash
# Makes this machine ready for the Sidekiq test: Ruby, Redis and PostgreSQL from Debian's packages where they are
# missing, and the gems of Gemfile.lock into vendor/ beside this file. The second time it only looks.
#
# Exits 0 when everything is there; 69 (EX_UNAVAILABLE), with the reason as the last line on stderr, when something
# cannot be had here; anything else is a failure to look into.
set -uo pipefail
cd "$(dirname "$0")"

readonly UNAVAILABLE=69
# Bundler's own exit codes: no such gem in the registry, and the registry does not answer.
readonly GEM_NOT_FOUND=7 REGISTRY_NOT_REACHED=17

say() { echo "test:sidekiq: $*" >&2; }

unavailable() {
  say "$*"
  exit "$UNAVAILABLE"
}

# Debian keeps PostgreSQL's own programs off the PATH.
has_postgres() { compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null; }

has_ruby_headers() { ruby -rrbconfig -e 'exit File.exist?(File.join(RbConfig::CONFIG["rubyhdrdir"], "ruby.h"))'; }

missing_packages() {
  command -v ruby >/dev/null || echo ruby
  { command -v ruby && has_ruby_headers; } >/dev/null || echo ruby-dev
  command -v bundle >/dev/null || echo bundler
  command -v make >/dev/null && command -v cc >/dev/null || echo build-essential
  command -v redis-server >/dev/null || echo redis-server
  has_postgres || echo postgresql
  command -v psql >/dev/null || echo postgresql-client
  # There is a built pg gem for these processors; elsewhere it is compiled.
  case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) command -v pg_config >/dev/null || echo libpq-dev ;;
  esac
}

install_packages() {
  local packages
  packages=$(missing_packages)
  [ -z "$packages" ] && return
  # One line, whatever the number of packages.
  packages=$(echo $packages)
  command -v apt-get >/dev/null || unavailable "skipped: missing $packages, and there is no apt-get to install them"
  [ "$(id -u)" -eq 0 ] || unavailable "skipped: missing $packages; run once as root, or: apt-get install $packages"
  say "installing $packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 || unavailable "skipped: missing $packages, and Debian's packages cannot be reached"
  # RUNLEVEL=1: the test starts servers of its own, so the packages need not start theirs.
  # shellcheck disable=SC2086
  RUNLEVEL=1 apt-get install -qq -y --no-install-recommends $packages >&2 ||
    unavailable "skipped: apt-get could not install $packages"
}

install_gems() {
  export BUNDLE_APP_CONFIG=$PWD/vendor/.bundle BUNDLE_PATH=$PWD/vendor BUNDLE_FROZEN=true BUNDLE_SILENCE_ROOT_WARNING=true
  bundle check >/dev/null 2>&1 && return
  say "installing the gems of $(ruby -e 'print "Ruby ", RUBY_VERSION') (a minute or two)"
  bundle install --jobs 2 --retry 1 >&2
  local status=$?
  case "$status" in
  0) ;;
  "$GEM_NOT_FOUND" | "$REGISTRY_NOT_REACHED") unavailable "skipped: the gem registry cannot be reached or lacks a gem of Gemfile.lock" ;;
  *)
    say "bundle install failed with $status"
    exit 1
    ;;
  esac
}

install_packages
ruby -e 'exit RUBY_VERSION >= "3.1"' || unavailable "skipped: the gems need Ruby 3.1 or newer: this is $(ruby -e 'print RUBY_VERSION')"
install_gems
