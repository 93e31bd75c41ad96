#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Grenade's hook: the old cloud is measured at `verify pre-upgrade`, the new one at
# `verify post-upgrade`.  What goes wrong here fails the upgrade only when
# PERFCOMPARE_GATE=True; then the statuses in PERFCOMPARE_ACCEPT pass.
set -euo pipefail

# Grenade's localrc, where PERFCOMPARE_* are set.
set +eu
# shellcheck disable=SC1091
source "$GRENADE_DIR/grenaderc"
set -eu
: "${PERFCOMPARE_GATE:=False}"
: "${PERFCOMPARE_ACCEPT:=0 3}"
for name in "${!PERFCOMPARE_@}" DATA_DIR TOP_DIR; do
    export "${name?}"
done

# Run stages until one fails, and decide what that means for Grenade.
stages() {
    local stage status
    for stage in "$@"; do
        status=0
        "$(dirname "$0")/../perfcompare.sh" "$stage" || status=$?
        if ((status != 0)); then
            break
        fi
    done
    echo "perfcompare: $stage ended with status $status"
    if [[ $PERFCOMPARE_GATE != True || " $PERFCOMPARE_ACCEPT " == *" $status "* ]]; then
        status=0
    fi
    exit "$status"
}

case "${1:-} ${2:-}" in
"early_create ") stages install ;;
"verify pre-upgrade") stages install before ;;
"verify post-upgrade") stages after compare ;;
esac
