#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install what is missing of bindep.txt, and start none of it.  Silent when nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."

POLICY=/usr/sbin/policy-rc.d
SAVED=$POLICY.before-perfcompare

wanted() {
    sed -e 's/#.*//' -e 's/\[.*//' -e '/^[[:space:]]*$/d' bindep.txt
}

missing() {
    local package
    for package in $(wanted); do
        # Also false where the package is not known at all.
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" \
            2>/dev/null) == installed ]] || echo "$package"
    done
}

# Package scripts ask it before they start a server; 101 means no.
forbid_starts() {
    trap allow_starts EXIT
    trap 'exit 130' INT TERM HUP
    [[ ! -e $POLICY ]] || mv --no-clobber "$POLICY" "$SAVED"
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
}

allow_starts() {
    rm -f "$POLICY"
    [[ ! -e $SAVED ]] || mv "$SAVED" "$POLICY"
}

if ! command -v dpkg-query >/dev/null; then
    echo "this is no Debian: install what answers to $(wanted | xargs)" >&2
    exit 1
fi

mapfile -t packages < <(missing)
((${#packages[@]})) || exit 0

if ((EUID != 0)); then
    echo "missing: ${packages[*]}; type: sudo $PWD/tools/install-servers.sh" >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
install=(apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends)
echo "installing ${packages[*]}" >&2
forbid_starts
compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || apt-get -qq update
# Old lists name files that the mirror has dropped.
"${install[@]}" "${packages[@]}" >&2 || {
    apt-get -qq update
    "${install[@]}" "${packages[@]}" >&2
}
