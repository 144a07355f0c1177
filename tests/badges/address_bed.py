"""What the fetcher is tried on: hostile addresses, and servers that misbehave on purpose."""

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC = "93.184.216.34"

# Refused by their writing alone: the resolver that goes with them answers a public address.
SPELLINGS = (
    # IPv4 in every notation that some parser somewhere takes for 127.0.0.1 or the metadata service
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://127.0.0.01/",
    "http://127.000.000.001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://00.0.0.0/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://169.254.169.254/latest/meta-data/",
    "http://4294967295/",
    "http://340282366920938463463374607431768211456/",
    "http://127.0.0.1./",
    "http://169.254.169.254./",
    "http://127.0.0.0x/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    # other scripts' digits and dots
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://١٢٧.٠.٠.١/",
    "http://ⓛocalhost.example/",
    "http://issuer。test/",
    # IPv6: loopback, mapped, compatible, NAT64, 6to4, Teredo, local, zones
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[0:0:0:0:0:ffff:10.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[2001:db8::1]/",
    "http://[2001:2::1]/",
    "http://[2001:10::1]/",
    "http://[3fff::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1%25lo]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fd20:ce::254]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
    "http://[4000::1]/",
    "http://[2606:4700:1:1:0:5efe:7f00:1]/",
    "http://[::1",
    "http://[]/",
    "http://[1.2.3.4]/",
    "http://[v1.a]/",
    "http://::1/",
    # IPv4 networks
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.0.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    # userinfo, backslashes, control characters and other parser traps
    "http://user@issuer.test/",
    "http://user:password@issuer.test/",
    "http://issuer.test@127.0.0.1/",
    "http://issuer.test%40127.0.0.1/",
    "http://issuer.test#@127.0.0.1:22/\\",
    "http://issuer.test\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http:/issuer.test/",
    "http:issuer.test",
    "http:///issuer.test/",
    "//issuer.test/",
    "http://issuer.test /",
    " http://issuer.test/",
    "http://issuer.test/\r\nX-Injected: 1",
    "http://issuer.test/\tpath",
    "http://issuer.test/\x00",
    "http://issuer.test\x00.example/",
    "http://issuer.test/\ud800",
    "http://issuer\u200b.test/",
    "http://issuer.test\u2028/",
    "http://%31%32%37.0.0.1/",
    "http://issuer..test/",
    "http://.issuer.test/",
    "http://issuer.test./",
    "http://-issuer.test/",
    "http://" + "a" * 64 + ".test/",
    "http://" + "a." * 127 + "test/",
    "http://issuer.test/" + "a" * 5000,
    "http://",
    "http://?",
    "",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://intranet/",
    # ports and schemes
    "http://issuer.test:22/",
    "http://issuer.test:6379/",
    "http://issuer.test:8080/",
    "https://issuer.test:8443/",
    "http://issuer.test:0/",
    "http://issuer.test:/",
    "http://issuer.test:-80/",
    "http://issuer.test:+80/",
    "http://issuer.test:8_0/",
    "http://issuer.test:80:80/",
    "http://issuer.test:65616/",
    "http://issuer.test:99999999999999999999/",
    "http://issuer.test:８０/",
    "ftp://issuer.test/",
    "file:///etc/passwd",
    "gopher://issuer.test:80/_x",
    "data:application/json,{}",
    "unix:///run/docker.sock",
    "dict://issuer.test:11211/",
    "javascript:alert(1)",
)

# Well written names that lead where they must not: only the answers tell.
NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("http://localtest.example/", ("127.0.0.1",)),
    ("http://metadata.google.internal/computeMetadata/v1/", ("169.254.169.254",)),
    ("http://instance-data.example/", ("fd00:ec2::254",)),
    ("https://rebind.example/", ("10.0.0.7",)),
    ("https://mixed.example/", (PUBLIC, "10.0.0.7")),
    ("https://mixed.example/", ("127.0.0.1", PUBLIC)),
    ("https://mixed.example/", (PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC, "::1")),
    ("https://mixed.example/", (PUBLIC, "1.1.1.1", "1.0.0.1", "8.8.8.8", "9.9.9.9", "::1")),
    ("https://mapped.example/", ("::ffff:127.0.0.1",)),
    ("https://nat64.example/", ("64:ff9b::7f00:1",)),
    ("https://six.example/", ("2002:7f00:1::",)),
    ("https://teredo.example/", ("2001:0:7f00:1::",)),
    ("https://site.example/", ("fec0::1",)),
    ("https://zone.example/", ("fe80::1%eth0",)),
    ("https://zone.example/", ("2606:4700::1%eth0",)),
    ("https://odd.example/", ("0x7f.1",)),
    ("https://odd.example/", ("localhost",)),
    ("https://none.example/", ()),
)


class Switchboard(httpcore.NetworkBackend):
    """Notes every connection asked for, and puts each through to one local server."""

    def __init__(self, port: int = 0, dead: Iterable[str] = ()) -> None:
        self.calls: list[tuple[str, int]] = []
        self._port = port
        self._dead = set(dead)
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.calls.append((host, port))
        if host in self._dead:
            raise httpcore.ConnectTimeout("black hole")
        return self._real.connect_tcp("127.0.0.1", self._port, timeout=timeout)


Handler = Callable[[socket.socket, str], None]


class Server:
    """One local server, a thread per connection, whose handler writes what it likes."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self.connections = 0
        self.closing = threading.Event()
        self._handler = handler
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def _accept(self) -> None:
        while not self.closing.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                if self.closing.is_set():
                    connection.close()
                    return
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                while request := self._read(connection):
                    self.requests.append(request)
                    self._handler(connection, request.split(" ")[1])

    @staticmethod
    def _read(connection: socket.socket) -> str:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            piece = connection.recv(4096)
            if not piece:
                return ""
            data += piece
        return data.decode("latin-1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._listener.close()
        for thread in self._threads:
            thread.join(2)


def reply(
    connection: socket.socket, status: int = 200, body: bytes = b"{}", **headers: str
) -> None:
    """A well-formed answer. Header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections into its backlog and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        certificate = self._certificate(self._name, self._key.public_key(), None)
        self.client = ssl.create_default_context(
            cadata=certificate.public_bytes(serialization.Encoding.PEM).decode()
        )

    def _certificate(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, host: str | None
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def server(self, host: str) -> ssl.SSLContext:
        """What a server needs to be `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        chain = self._folder / f"{host}.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._certificate(name, key.public_key(), host).public_bytes(
                serialization.Encoding.PEM
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context
