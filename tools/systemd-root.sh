#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the root of a small Debian whose systemd tests/devstack boots in a container:
#
#     tools/systemd-root.sh [DIR]        DIR defaults to .cache/systemd/root
#
# It is of the host's own release, from the mirror that the host's apt uses.  Silent,
# and without network, when DIR is there; whoever changes this script gets a new one.
set -euo pipefail
cd "$(dirname "$0")/.."

ROOT=$(realpath --canonicalize-missing "${1:-.cache/systemd/root}")
TOOLS=(systemd-container debootstrap)
# python3 for virtual environments that stand on the distribution's own Python, and for
# the libraries that any other Python links to; procps for people.
INCLUDE=systemd,dbus,sudo,iproute2,procps,ca-certificates,python3

fail() {
    echo "$*" >&2
    exit 1
}

# What the root is made of: this script and the release.
fingerprint() {
    {
        echo "$VERSION_CODENAME"
        cat tools/systemd-root.sh
    } | sha256sum | cut -d' ' -f1
}

missing_tools() {
    local package
    for package in "${TOOLS[@]}"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" \
            2>/dev/null) == installed ]] || echo "$package"
    done
}

install_tools() {
    local packages
    mapfile -t packages < <(missing_tools)
    ((${#packages[@]})) || return 0
    echo "installing ${packages[*]}" >&2
    local install=(apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends)
    DEBIAN_FRONTEND=noninteractive "${install[@]}" "${packages[@]}" >&2 || {
        # Old lists name files that the mirror has dropped.
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive "${install[@]}" "${packages[@]}" >&2
    }
}

# Print one field of the source that the host's own release comes from.
source_field() {
    apt-get indextargets --format "\$(RELEASE) \$(COMPONENT) \$($1)" \
        'Created-By: Packages' |
        awk -v release="$VERSION_CODENAME" \
            '$1 == release && $2 == "main" && !found { print $3; found = 1 }'
}

# A list of mirrors is apt's alone: its first line stands for it.
mirror() {
    local uri
    uri=$(source_field REPO_URI)
    if [[ $uri == mirror+file:* ]]; then
        uri=$(awk '!/^#/ && NF { print $1; exit }' "${uri#mirror+file:}")
    fi
    echo "$uri"
}

# Print --keyring=FILE when the source names a file that gpgv can read.
keyring() {
    local entry file
    entry=$(source_field SOURCESENTRY)
    file=$(sed --quiet --regexp-extended \
        's/^[^#]*[Ss]igned-[Bb]y[:=][[:space:]]*([^],[:space:]]+).*/\1/p' \
        "${entry%:*}" | head --lines=1)
    if [[ -r $file && $file == *.gpg ]]; then
        echo "--keyring=$file"
    fi
}

# apt's own proxies, where it has some; debootstrap asks the environment.
proxies() {
    apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy
}

# DevStack's user, without the rest of DevStack.  The number is nobody's on a usual
# host, since the container shares the host's numbers.
settle() {
    local root=$1
    chroot "$root" useradd --uid 30033 --home-dir /opt/stack --create-home \
        --shell /bin/bash --groups systemd-journal stack
    chmod 755 "$root/opt/stack"
    echo 'stack ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/50_stack"
    chmod 440 "$root/etc/sudoers.d/50_stack"
    # Not the host's name, which sudo would look up in vain.
    echo devstack >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 devstack\n' >"$root/etc/hosts"
    # A Python below /root is bound there, and everybody may run it.
    chmod 711 "$root/root"
    # What a container that lives for minutes has no use for.
    ln --symbolic --force /dev/null "$root/etc/systemd/system/timers.target"
    rm --force "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*_*
}

build() {
    local draft=$ROOT.part uri
    rm --recursive --force --one-file-system "$draft"
    compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || apt-get -qq update
    uri=$(mirror)
    [[ -n $uri ]] || fail "apt knows no source of $VERSION_CODENAME main"
    eval "$(proxies)"
    export http_proxy=${http_proxy-} https_proxy=${https_proxy-}
    echo "making a Debian $VERSION_CODENAME with systemd in $ROOT (about a minute)" >&2
    mapfile -t options < <(keyring)
    # In a mount namespace, so that no end of it leaves a mount behind.
    unshare --mount debootstrap --variant=minbase "--include=$INCLUDE" \
        "${options[@]}" "$VERSION_CODENAME" "$draft" "$uri" >"$ROOT.log" 2>&1 || {
        tail --lines=20 "$ROOT.log" >&2
        fail "debootstrap failed; all it said is in $ROOT.log"
    }
    settle "$draft" >>"$ROOT.log" 2>&1
    fingerprint >"$draft/etc/perfcompare-root"
    rm --recursive --force --one-file-system "$ROOT"
    mv --no-target-directory "$draft" "$ROOT"
}

[[ -r /etc/os-release ]] || fail "no /etc/os-release: this is no Debian"
# shellcheck source=/dev/null
source /etc/os-release
command -v dpkg-query >/dev/null ||
    fail "this is no Debian: nothing to make its container of"

if [[ -z $(missing_tools) && -r $ROOT/etc/perfcompare-root &&
    $(<"$ROOT/etc/perfcompare-root") == "$(fingerprint)" ]]; then
    exit 0
fi
((EUID == 0)) || fail "missing: the container's root; type: sudo $PWD/tools/systemd-root.sh"

mkdir --parents "$(dirname "$ROOT")"
exec 9>"$ROOT.lock"
flock 9
install_tools
if [[ ! -r $ROOT/etc/perfcompare-root ||
    $(<"$ROOT/etc/perfcompare-root") != "$(fingerprint)" ]]; then
    build
fi
