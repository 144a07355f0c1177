"""Who answers in the bed of hostile hosts: a name server, public hosts that misbehave, canaries.

Every address of the world leads here (see `bed`), so one listener per port is enough: the address
that was dialled is the one the connection says it came in by.
"""

import contextlib
import datetime
import functools
import gzip
import ipaddress
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.badges.address_bed import PUBLIC, Authority, reply
from tests.slow.hostile_cases import (
    HOLES,
    PROXY_PORT,
    SITE,
    TLS_HOSTS,
    ZONE,
)
from tests.slow.watch import attach, is_public, plain_address

MB = 1024 * 1024
IP_FREEBIND = 15  # the addresses are routed here, but no device bears them
PORTS = (80, 443, 8080, 22, 6379, PROXY_PORT)


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


# ---------------------------------------------------------------------------------------
# Names

A, CNAME, AAAA = 1, 5, 28
FIXED = {
    "issuer.test": [PUBLIC],
    "metadata.google.internal": ["169.254.169.254"],
    "localtest.me": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "intranet": ["10.0.0.7"],
}


class NameServer:
    """Answers what the asked name says: see `hostile_cases.name`. No answer may be kept."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.questions = 0
        self._asked: Counter[tuple[str, int]] = Counter()
        for address in addresses:
            place = socket.socket(family(address), socket.SOCK_DGRAM)
            place.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
            place.bind((address, 53))
            threading.Thread(target=self._serve, args=(place,), daemon=True).start()

    def _serve(self, place: socket.socket) -> None:
        while True:
            question, sender = place.recvfrom(4096)
            self.questions += 1
            if answer := self._answer(question):
                place.sendto(answer, sender)

    def _answer(self, question: bytes) -> bytes | None:
        labels, position = [], 12
        while size := question[position]:
            labels.append(question[position + 1 : position + 1 + size].decode("latin-1").lower())
            position += 1 + size
        (kind,) = struct.unpack_from("!H", question, position + 1)
        host = ".".join(labels)
        if "silent" in labels or ("mute6" in labels and kind == AAAA):
            return None
        records, known = self._records(host, kind)
        no_such_name = 0 if known else 3
        header = question[:2] + struct.pack("!5H", 0x8180 | no_such_name, 1, len(records), 0, 0)
        return header + question[12 : position + 5] + b"".join(records)

    def _records(self, host: str, kind: int) -> tuple[list[bytes], bool]:
        if host == "alias-of-localhost.example.org":
            rest, known = self._records("localhost", kind)
            return [record(host, CNAME, wire("localhost")), *rest], known
        if host.startswith("cname."):
            target = host.removeprefix("cname.")
            rest, known = self._records(target, kind)
            return [record(host, CNAME, wire(target)), *rest], known
        addresses = self._addresses(host, kind)
        length = 4 if kind == A else 16
        packed = [ipaddress.ip_address(address).packed for address in addresses]
        fitting = [data for data in packed if len(data) == length and kind in (A, AAAA)]
        return [record(host, kind, data) for data in fitting], bool(addresses)

    def _addresses(self, host: str, kind: int) -> list[str]:
        if host in FIXED:
            return FIXED[host]
        labels = host.removesuffix(f".{ZONE}").split(".")
        if "then" in labels:
            turn = labels.index("then")
            labels = labels[turn:] if self._asked[host, kind] else labels[:turn]
            self._asked[host, kind] += 1
        lengths = {8: ipaddress.IPv4Address, 32: ipaddress.IPv6Address}
        found = []
        for label in labels:
            with contextlib.suppress(KeyError, ValueError):
                found.append(str(lengths[len(label)](bytes.fromhex(label))))
        return found


def wire(host: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in host.split(".")) + b"\0"


def record(host: str, kind: int, data: bytes) -> bytes:
    return wire(host) + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


# ---------------------------------------------------------------------------------------
# What public hosts do to whoever asks


def respond(connection: socket.socket, path: str) -> None:
    word, _, rest = path.strip("/").partition("/")
    {
        "to": move,
        "close-to": move,
        "close": close,
        "hops": hop,
        "loop": loop,
        "slow": be_slow,
        "silent": be_silent,
        "body": pour,
        "bomb": explode,
        "endless": go_on,
    }.get(word, greet)(connection, rest)
    if word in {"close", "close-to", "body", "bomb"}:
        raise OSError("hang up")


def greet(connection: socket.socket, rest: str) -> None:
    reply(connection, body=b'{"host": "public"}')


def move(connection: socket.socket, rest: str) -> None:
    status, _, location = rest.partition("/")
    try:
        where = bytes.fromhex(location)
    except ValueError:  # a relative Location has led back here
        return greet(connection, rest)
    head = f"HTTP/1.1 {status} Moved\r\nContent-Length: 0\r\nLocation: ".encode()
    return connection.sendall(head + where + b"\r\n\r\n")


def close(connection: socket.socket, rest: str) -> None:
    """Answers, and hangs up right after without having said so."""
    greet(connection, rest)


def hop(connection: socket.socket, rest: str) -> None:
    left = int(rest)
    if left:
        reply(connection, 302, Location=f"/hops/{left - 1}")
    else:
        greet(connection, "")


def loop(connection: socket.socket, rest: str) -> None:
    reply(connection, 302, Location="/loop")


def be_silent(connection: socket.socket, rest: str) -> None:
    time.sleep(60)


def be_slow(connection: socket.socket, where: str) -> None:
    if where == "hops":
        time.sleep(4)
        reply(connection, 302, Location="/slow/hops")
        return
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    connection.sendall(b"X: " if where == "header" else b"Content-Length: 4000\r\n\r\n")
    for _ in range(60):
        connection.sendall(b"x")
        time.sleep(1)


def pour(connection: socket.socket, how: str) -> None:
    """400 MB, however it is announced."""
    heads = {
        "chunked": "Transfer-Encoding: chunked",
        "declared": f"Content-Length: {400 * MB}",
        "until-close": "X: no length at all",
        "lying": "Content-Length: 100\r\nTransfer-Encoding: chunked",
    }
    connection.sendall(f"HTTP/1.1 200 OK\r\n{heads[how]}\r\n\r\n".encode())
    chunked = how in {"chunked", "lying"}
    piece = b"x" * MB
    for _ in range(400):
        connection.sendall(b"%x\r\n%s\r\n" % (MB, piece) if chunked else piece)
    if chunked:
        connection.sendall(b"0\r\n\r\n")


@functools.cache
def bomb(encoding: str) -> bytes:
    """400 MB of zeros in 400 kB, and in less when packed twice."""
    if "," in encoding:
        return gzip.compress(bomb("gzip"))
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    return b"".join([packer.compress(bytes(MB)) for _ in range(400)]) + packer.flush()


def explode(connection: socket.socket, encoding: str) -> None:
    encoding = encoding.replace("%20", " ")
    reply(connection, body=bomb(encoding), Content_Encoding=encoding)


def go_on(connection: socket.socket, what: str) -> None:
    """Never comes to the point."""
    ok = b"HTTP/1.1 200 OK\r\n"
    starts = {"header": ok + b"X: ", "chunks": ok + b"Transfer-Encoding: chunked\r\n\r\n"}
    again = {
        "header": b"x" * 65536,
        "headers": b"X: y\r\n" * 1000,
        "hints": b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"x" * 8000 + b">\r\n\r\n",
        "chunks": b"1;" + b"e" * 8000 + b"\r\nx\r\n",
    }
    connection.sendall(starts.get(what, b"" if what == "hints" else ok))
    while True:
        connection.sendall(again[what])


# ---------------------------------------------------------------------------------------
# TLS


def self_signed(folder: Path, host: str, days: int) -> tuple[ssl.SSLContext, bytes]:
    """A certificate that vouches for itself until `days` from now, and its PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - datetime.timedelta(days=10))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"self-{host}.pem"
    path.write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, pem


class Tls:
    """Who shows which certificate; writes the file of authorities that visitors may trust."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        expired, pem = self_signed(folder, TLS_HOSTS["expired"], -1)
        self._contexts = {
            "93.184.216.35": authority.server("somebody-else.example.org"),
            "93.184.216.36": self_signed(folder, TLS_HOSTS["signed by itself"], 5)[0],
            "93.184.216.37": expired,
        }
        self._good = authority.server(SITE)
        roots = authority.client.get_ca_certs(binary_form=True)
        self.authorities = folder / "authorities.pem"
        self.authorities.write_text("".join(map(ssl.DER_cert_to_PEM_cert, roots)) + pem.decode())

    def start(self, connection: socket.socket, address: str) -> socket.socket:
        if address == "93.184.216.38":
            return connection  # plain HTTP where TLS should be
        if address == "93.184.216.39":
            time.sleep(60)
        if address == "93.184.216.40":
            for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 60:
                connection.sendall(bytes([byte]))
                time.sleep(0.5)
        context = self._contexts.get(address, self._good)
        return context.wrap_socket(connection, server_side=True)


# ---------------------------------------------------------------------------------------
# Listeners


class Hosts:
    """Everybody at once: public hosts play their part, all others are canaries and count."""

    def __init__(self, tls: Tls) -> None:
        self.connections = 0
        self.requests = 0
        self._tls = tls
        self._lock = threading.Lock()
        for port in PORTS:
            listener = socket.create_server(
                ("::", port),
                family=socket.AF_INET6,
                dualstack_ipv6=True,
                backlog=256,
                reuse_port=True,
            )
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        self._holes = [black_hole(address) for address in HOLES]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        address, port = connection.getsockname()[:2]
        address = str(plain_address(address.partition("%")[0]))
        connection.settimeout(60)
        with connection, contextlib.suppress(OSError):
            if is_public(address, port):
                self._play(connection, address, port)
            else:
                self._sing(connection, port)

    def _play(self, connection: socket.socket, address: str, port: int) -> None:
        if port == 443:
            connection = self._tls.start(connection, address)
        with connection:
            for path in requests(connection):
                respond(connection, path)

    def _sing(self, connection: socket.socket, port: int) -> None:
        with self._lock:
            self.connections += 1
        if port == 443:
            connection = self._tls.start(connection, "")
        with connection:
            for _ in requests(connection):
                with self._lock:
                    self.requests += 1
                reply(connection, body=b"canary", Connection="close")
                return


def black_hole(address: str) -> socket.socket:
    """A listener whose filter drops each packet before the kernel could answer it."""
    listener = socket.socket(family(address))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
    attach(listener, ((0x06, 0, 0, 0),))
    listener.bind((address, 80))
    listener.listen()
    return listener


def requests(connection: socket.socket) -> Iterator[str]:
    """The path of each request, as it comes."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
        if b"\r\n\r\n" in data:
            yield data.split(b" ", 2)[1].decode("latin-1")
            data = b""
