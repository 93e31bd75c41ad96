#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One stage of a comparison in a DevStack cloud; its exit status is perfcompare's.
#
#   perfcompare.sh install    the runner, into a virtual environment of its own
#   perfcompare.sh before     measure the old release
#   perfcompare.sh after      measure the new release, on either backend
#   perfcompare.sh compare    judge and report
#
# Run as DevStack's user.  Grenade's plugin and the Zuul jobs both call this.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${DATA_DIR:-/opt/stack/data}/perfcompare
: "${PERFCOMPARE_PYTHON:=python3}"
: "${PERFCOMPARE_VENV:=$data/venv}"
: "${PERFCOMPARE_RUN:=$data/run}"
: "${PERFCOMPARE_PLAN:=scenarios/manila/grenade.yaml}"
: "${PERFCOMPARE_ROUNDS:=}"
: "${PERFCOMPARE_KNOWN:=}"
: "${PERFCOMPARE_OPENRC:=${TOP_DIR:-/opt/stack/devstack}/openrc}"

perfcompare() {
    "$PERFCOMPARE_VENV/bin/perfcompare" "$@"
}

# Never DevStack's own environment: the upgrade would change the load generator.
install() {
    if [[ -x $PERFCOMPARE_VENV/bin/perfcompare ]]; then
        return
    fi
    "$PERFCOMPARE_PYTHON" -m venv "$PERFCOMPARE_VENV"
    # DevStack pins the services' libraries in the environment; these are not ours.
    env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT \
        "$PERFCOMPARE_VENV/bin/pip" install --quiet "${here}[openstack]"
}

measure() {
    # DevStack's files are not written for a strict shell.
    set +eu
    # shellcheck disable=SC1090
    source "$PERFCOMPARE_OPENRC" admin admin >/dev/null
    set -eu
    mkdir -p "$(dirname "$PERFCOMPARE_RUN")"
    cd "$here"
    perfcompare measure "$PERFCOMPARE_PLAN" --run "$PERFCOMPARE_RUN" --phase "$1" \
        ${PERFCOMPARE_ROUNDS:+--rounds "$PERFCOMPARE_ROUNDS"}
}

case ${1:-} in
install) install ;;
before) measure base ;;
after) measure target ;;
compare)
    perfcompare compare "$PERFCOMPARE_RUN" \
        ${PERFCOMPARE_KNOWN:+--known "$PERFCOMPARE_KNOWN"}
    ;;
*)
    echo "usage: $0 install|before|after|compare" >&2
    exit 2
    ;;
esac
