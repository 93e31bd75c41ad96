#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What Grenade does with a plugin, one step a call: the plugin's settings are read, and
# its resources.sh or upgrade.sh runs with the directories that Grenade gives it.
#
#     grenade.sh PLUGIN resources PHASE [SIDE]
#     grenade.sh PLUGIN upgrade
#
# Everything between the steps (shutting services down, installing, migrating) is the
# caller's.
GRENADE_DIR=$(cd "$(dirname "$0")" && pwd)
export GRENADE_DIR
# shellcheck source=tests/devstack/grenade/grenaderc
source "$GRENADE_DIR/grenaderc"
mkdir -p "$SAVE_DIR" "$(dirname "$LOGFILE")"
LOGDIR=$(dirname "$LOGFILE")
plugin=$1
shift

register_project_for_upgrade() {
    UPGRADE_PROJECTS+=" $1"
    PLUGIN_DIR[$1]=$(dirname "${BASH_SOURCE[1]}")
}

devstack_localrc() {
    local side=$1
    shift
    echo "$@" >>"$SAVE_DIR/localrc.$side"
}

set -o errexit
# shellcheck source=devstack/upgrade/settings
source "$plugin/devstack/upgrade/settings"
export UPGRADE_PROJECTS
export TOP_DIR=$TARGET_DEVSTACK_DIR

for project in $UPGRADE_PROJECTS; do
    case $1 in
    resources)
        echo "Running resource phase: $2 ${3:-}"
        # shellcheck disable=SC2086  # Grenade passes no empty word for a missing side
        TOP_DIR=$BASE_DEVSTACK_DIR LOGDIR=$LOGDIR \
            "${PLUGIN_DIR[$project]}/resources.sh" $2 ${3:-}
        ;;
    upgrade)
        TOP_DIR=$TARGET_DEVSTACK_DIR "${PLUGIN_DIR[$project]}/upgrade.sh"
        ;;
    esac
done
