#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# perfcompare.sh where there is no cloud: a stored run in place of the measurement.
set -euo pipefail
case $1 in
before) mkdir -p "$PERFCOMPARE_RUN" ;;
after) cp -rT /opt/stack/new/grenade/run "$PERFCOMPARE_RUN" ;;
*) exec "${0%/*}/real.sh" "$@" ;;
esac
