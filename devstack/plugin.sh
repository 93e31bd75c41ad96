# SPDX-License-Identifier: Apache-2.0
# DevStack plugin: the runner is installed before any service is, so that what it needs
# is there when Grenade measures.  DevStack sources this file.

if [[ "$1" == "stack" && "$2" == "install" ]]; then
    DATA_DIR="$DATA_DIR" "$DEST/perfcompare/devstack/perfcompare.sh" install
elif [[ "$1" == "clean" ]]; then
    rm -rf "$DATA_DIR/perfcompare/venv"
fi
