#!/bin/sh
# Set up what a command of the Makefile needs, and do nothing when it is there:
#   run   the virtual environment and the system's libraries for PDF
#   dev   the same with the tools of the developers
#   test  the same with a browser and PostgreSQL, where they may be installed
# System packages are installed by root or through sudo without a prompt; otherwise the command to type is said.
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-run}

say() { printf '%s\n' "$*" >&2; }

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

apt_install() {
    command -v apt-get >/dev/null && may_install || return 1
    say "Installing with apt: $*"
    apt_try "$@" 2>/dev/null || { as_root apt-get update -qq && apt_try "$@"; }
}

apt_try() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

is_debian() { [ -r /etc/os-release ] && grep -q '^ID=debian' /etc/os-release; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

can_make_venv() { "$1" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; }

find_python() {
    first=
    for name in ${PYTHON3:-} python3.14 python3.13 python3.12 python3.11 python3; do
        path=$(command -v "$name") && new_enough "$path" || continue
        if can_make_venv "$path"; then echo "$path"; return; fi
        : "${first:=$path}"
    done
    echo "$first"
}

make_venv() {
    if [ -x .venv/bin/python ] && new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python)
    if [ -z "$python" ]; then
        say "Écot needs Python 3.11 or newer, and this machine has none."
        say "Debian, Ubuntu: sudo apt-get install python3 python3-venv    macOS: brew install python"
        exit 1
    fi
    if ! can_make_venv "$python"; then
        package=$(basename "$(readlink -f "$python")")-venv
        apt_install "$package" || {
            say "Python lacks its module venv. Type this, then the same command again:"
            say "  sudo apt-get install $package"
            exit 1
        }
    fi
    rm -rf .venv
    "$python" -m venv .venv
}

fingerprint() { echo "$(pwd) $(.venv/bin/python --version) $(cat "config/requirements/$1.txt" pyproject.toml | cksum)"; }

installed() { [ -r ".venv/.ecot-$1" ] && [ "$(cat ".venv/.ecot-$1")" = "$(fingerprint "$1")" ]; }

install_packages() {
    if installed "$1" || installed dev; then return; fi
    lock=config/requirements/$1.txt
    say "Installing the Python packages of $lock (a minute or two the first time)…"
    pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 .venv/bin/python -m pip install --quiet"
    $pip --require-hashes --prefer-binary --requirement "$lock"
    $pip --no-deps --no-build-isolation --editable .
    fingerprint "$1" >".venv/.ecot-$1"
}

install_libraries() {
    absent=$(DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib:/usr/local/lib .venv/bin/python -m ledger.cli.libraries)
    [ -n "$absent" ] || return 0
    debian="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig-config"
    # shellcheck disable=SC2086 # the packages are several words
    if command -v brew >/dev/null; then
        say "Installing with brew: pango"
        HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet pango >/dev/null && return
        say "PDFs need Pango: brew install pango"
    elif ! apt_install $debian; then
        say "PDFs need libraries that are not here ($absent). Without them everything else runs. To have them:"
        say "  sudo apt-get install --no-install-recommends $debian"
    fi
}

has_browser() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    [ -d /Applications/Chromium.app ] || [ -d "/Applications/Google Chrome.app" ]
}

has_postgresql() {
    [ -n "${TEST_DATABASE_URL:-}" ] || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1
}

install_for_tests() {
    # Elsewhere the package `chromium` is not a browser (Ubuntu's is a pointer to another store). Where PostgreSQL
    # may not be installed, the one among the developers' packages serves.
    is_debian || return 0
    has_postgresql || apt_install postgresql || true
    command -v hledger >/dev/null || apt_install hledger || true
    has_browser || apt_install chromium || say "To drive the pages in a browser too: sudo apt-get install chromium"
}

case $wanted in
    run) make_venv; install_packages run; install_libraries ;;
    dev) make_venv; install_packages dev; install_libraries ;;
    test) make_venv; install_packages dev; install_libraries; install_for_tests ;;
    *) say "usage: .ci/install.sh run|dev|test"; exit 2 ;;
esac
