#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make what the tests of Zuul's jobs need, below .cache/zuul; silent when it is there.
#   tools/zuul-environment.sh            Zuul, its Ansible, yamllint, ansible-lint
#   tools/zuul-environment.sh --servers  and Debian's packages for a whole Zuul
set -euo pipefail
cd "$(dirname "$0")/.."

HERE=.cache/zuul
UV=.cache/uv/bin/uv
# The system's: bubblewrap does not see an interpreter below a home directory.
PYTHON=/usr/bin/python3

ZUUL=(zuul==14.3.0 zuul-client==14.0.0)
LINTERS=(ansible-lint==26.10.1 yamllint==1.38.0)
# Zuul's Ansible 9 and 11.  Jobs run on 11; the executor asks that both be there.
declare -A CORES=([9]=2.16.0 [11]=2.18.0)
WANTED_BY_ZUUL=(netaddr jmespath voluptuous google-re2)
# For ansible.posix alone, which has `synchronize`; the other 500 MB are not kept.
COLLECTIONS=ansible==11.13.0

# Debian's ZooKeeper does not name netty's codecs; without them every TLS handshake
# ends without a word.
SERVERS=(libzookeeper-java libnetty-java libslf4j-java default-jre-headless
    mariadb-server bubblewrap openssh-server openssl rsync sudo git)

new_venv() {  # PATH REQUIREMENT...
    "$UV" venv --quiet --clear --python "$PYTHON" "$1"
    "$UV" pip install --quiet --python "$1/bin/python" "${@:2}"
}

unpack_posix() {  # VENV
    local wheels
    wheels=$(mktemp --directory)
    "$UV" pip install --quiet --python "$1/bin/python" pip
    "$1/bin/python" -m pip --quiet download --no-deps --dest "$wheels" "$COLLECTIONS"
    "$1/bin/python" - "$wheels"/*.whl <<'PYTHON'
import sys
import sysconfig
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith("ansible_collections/ansible/posix/"):
            wheel.extract(name, sysconfig.get_path("purelib"))
PYTHON
    rm -r "$wheels"
}

make_environments() {
    local version
    new_venv "$HERE/venv" "${ZUUL[@]}"
    new_venv "$HERE/lint" "${LINTERS[@]}"
    for version in "${!CORES[@]}"; do
        new_venv "$HERE/ansible/$version" \
            "ansible-core~=${CORES[$version]}" "${WANTED_BY_ZUUL[@]}"
        unpack_posix "$HERE/ansible/$version"
    done
}

install_servers() {
    local package missing=()
    for package in "${SERVERS[@]}"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" \
            2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        echo "missing: ${missing[*]}; type: sudo $PWD/tools/zuul-environment.sh --servers" >&2
        exit 1
    fi
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    # In runlevel 1 no package starts its server.
    export RUNLEVEL=1
    local install=(apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends)
    # Old lists name files that the mirror has dropped.
    "${install[@]}" "${missing[@]}" >&2 || {
        apt-get -qq update
        "${install[@]}" "${missing[@]}" >&2
    }
}

# One at a time, and made anew when this file asks for something else.
mkdir -p "$HERE"
exec 9>"$HERE/lock"
flock 9
stamp=$HERE/made-$(sha256sum "$0" | cut -c1-16)
if [[ ! -e $stamp ]]; then
    echo "making Zuul's environments in $PWD/$HERE" >&2
    rm -f "$HERE"/made-*
    make_environments
    touch "$stamp"
fi
[[ ${1:-} != --servers ]] || install_servers
