# SPDX-License-Identifier: Apache-2.0
"""What a Zuul needs around it, and its own services, each as a context."""

import functools
from pathlib import Path

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.ports import free_port, listens
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from tests.zuul.jobs import REPOSITORY
from tests.zuul.repositories import run

ENVIRONMENT = REPOSITORY / ".cache" / "zuul"
BINARIES = ENVIRONMENT / "venv" / "bin"


class Disposable(LocalServer):
    """A server whose data nobody wants: it gets a second to end in."""

    def _stop(self) -> None:
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.terminate(grace_seconds=1.0, clock=self._clock)


class ZooKeeper(Disposable):
    """Debian's, with TLS, as Zuul refuses to talk to any other."""

    name = "zookeeper"
    _port = 0

    @property
    def client(self) -> dict[str, object]:
        """What a client must know, in Zuul's words."""
        return {
            "hosts": f"127.0.0.1:{self._port}",
            "tls_key": self._directory / "client.key",
            "tls_cert": self._directory / "client.crt",
            "tls_ca": self._directory / "ca.pem",
        }

    def _start(self) -> None:
        self._port = free_port()
        self._certify()
        self._write_private("zoo.cfg", self._settings())
        # Debian's manifest does not name netty's codecs.
        jars = [
            f"/usr/share/java/{name}.jar"
            for name in ("zookeeper", "netty-codec", "netty-resolver", "slf4j-simple")
        ]
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        self._launch(
            ["/usr/bin/java", "-Xmx256m", "-cp", ":".join(jars), main, "zoo.cfg"]
        )
        self._await(lambda: listens(self._port))

    def _settings(self) -> str:
        settings = {
            "dataDir": self._directory / "data",
            "tickTime": 2000,
            "admin.enableServer": "false",
            "secureClientPort": self._port,
            "secureClientPortAddress": "127.0.0.1",
            "serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory",
            "ssl.keyStore.location": self._directory / "server.pem",
            "ssl.trustStore.location": self._directory / "ca.pem",
        }
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    def _certify(self) -> None:
        here = functools.partial(run, "openssl", cwd=self._directory)
        subject = (
            "-subj",
            "/CN=localhost",
            "-days",
            "2",
            "-nodes",
            "-newkey",
            "rsa:2048",
        )
        here("req", "-x509", *subject, "-keyout", "ca.key", "-out", "ca.pem")
        (self._directory / "names").write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1"
        )
        for who in ("server", "client"):
            here("req", *subject, "-keyout", f"{who}.key", "-out", f"{who}.csr")
            authority = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
            files = ("-in", f"{who}.csr", "-out", f"{who}.crt", "-extfile", "names")
            here("x509", "-req", "-days", "2", *authority, *files)
        parts = [self._directory / f"server.{end}" for end in ("key", "crt")]
        self._write_private("server.pem", "".join(each.read_text() for each in parts))


class Node(Disposable):
    """A machine for jobs: this host below an overlay, in namespaces of its own.

    What a job writes is gone with it; what a job starts ends with it.
    """

    name = "node"

    def __init__(self, scratch: Path, *, port: int) -> None:
        super().__init__(scratch, secrets=Secrets(), clock=SystemClock())
        self.port = port

    @property
    def key(self) -> Path:
        """The private key that opens it."""
        return self._directory / "user"

    def _start(self) -> None:
        for name in ("user", "host"):
            quiet = ("-q", "-t", "ed25519", "-N", "")
            run("ssh-keygen", *quiet, "-f", self._directory / name)
        (self._directory / "sshd_config").write_text(self._settings())
        (self._directory / "start").write_text(self._script())
        # --kill-child: what the node runs ends with this process, however it ends.
        self._launch(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "start"]
        )
        self._await(lambda: listens(self.port))

    def _settings(self) -> str:
        return (
            f"Port {self.port}\n"
            "ListenAddress 127.0.0.1\nListenAddress 127.0.0.2\n"
            f"HostKey {self._directory}/host\n"
            f"AuthorizedKeysFile {self._directory}/user.pub\n"
            "PermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\n"
            "PidFile none\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
        )

    def _script(self) -> str:
        return f"""# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
cd {self._directory}
mkdir layers
mount -t tmpfs -o size=6g tmpfs layers
mkdir layers/{{upper,work,root}}
layers=lowerdir=/,upperdir=layers/upper,workdir=layers/work
mount -t overlay -o "$layers" overlay layers/root
mount -t proc proc layers/root/proc
mount --rbind /dev layers/root/dev
mount --bind {self._directory} layers/root{self._directory}
mkdir -p layers/root/run/sshd
# Each build installs perfcompare, and uses little of what that brings.  To pip's
# configuration, false means that --no-compile is on.
printf '[install]\\nno-compile = false\\n' >>layers/root/etc/pip.conf
exec chroot layers/root /usr/sbin/sshd -D -e -f {self._directory}/sshd_config
"""


class Service(Disposable):
    """One of Zuul's own; zuul.conf is in the directory above."""

    def __init__(self, scratch: Path, name: str) -> None:
        self.name = name
        super().__init__(scratch, secrets=Secrets(), clock=SystemClock())

    def _start(self) -> None:
        configuration = self._directory.parent / "zuul.conf"
        self._launch(
            [str(BINARIES / f"zuul-{self.name}"), "-f", "-c", str(configuration)]
        )
