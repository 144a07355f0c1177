"""Which URLs and which addresses may be asked at all: one strict parser, one table.

Pure, and apart from `fetch` so that it can be read and tested alone. The parser gives parts
instead of text, so that no second parser can read another host out of the same characters.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import idna

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """Why an address is not asked, in words for the log alone."""


# The table is written out from IANA's special-purpose registries because the
# standard library's is_global differs between patch releases of the Pythons we run on.

SPECIAL: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by carriers"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "a cloud's host agent, public only by its number"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved, broadcast"),
    # Only 2000::/3 is handed out as global unicast. Everything outside it is special, known
    # or not yet known: ::1, mapped and compatible IPv4, NAT64 (64:ff9b::), discard, segment
    # routing, unique local (fc00::/7), link-local, site-local (fec0::/10), multicast.
    ("::/3", "not global unicast"),
    ("4000::/2", "not global unicast"),
    ("8000::/1", "not global unicast"),
    ("2001::/23", "protocol assignments: Teredo, benchmarking, ORCHID, AMT"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3ffe::/16", "returned test network"),
    ("3fff::/20", "documentation"),
)
_NETWORKS = tuple((ipaddress.ip_network(network), why) for network, why in SPECIAL)
_ISATAP = {0x00005EFE, 0x02005EFE}  # an IPv4 address in the last half of any IPv6 prefix


def special(address: Address) -> str:
    """Why an address is not a public host's, or "" when it is."""
    for network, why in _NETWORKS:
        if address.version == network.version and address in network:
            return why
    if address.version == 6:
        if getattr(address, "scope_id", None):
            return "scoped"
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return "ISATAP"
    return ""


_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[^\[\]/?#@:%\\]{1,253})"  # neither @ nor %: no userinfo
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][^#]*)?(?:\#.*)?",
    re.IGNORECASE | re.ASCII,
)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff\u2028\u2029]")
_NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
# Other software reads a last label like these as a number, and the whole as an IPv4 address.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart by us, its host in ASCII and without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == default else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str) -> Target:
    """Take an http(s) URL apart, or raise Refused. The fragment is dropped."""
    if len(url) > 4096:
        raise Refused("longer than 4096 characters")
    if _FORBIDDEN.search(url):
        raise Refused("a character that no URL has")
    match = _URL.fullmatch(url)
    if match is None:
        raise Refused("not a plain http or https URL")
    scheme = match["scheme"].lower()
    port = int(match["port"]) if match["port"] else {"http": 80, "https": 443}[scheme]
    target = quote(match["target"] or "/", safe="/?:@!$&'()*+,;=%-._~[]|^")
    return Target(scheme, _host(match["host"]), port, target if target[0] == "/" else f"/{target}")


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise Refused("not an IPv6 address") from None
    name = text.lower()
    if not name.isascii():
        try:
            # Strict and without mapping: other scripts' digits and dots must not turn into ours.
            name = idna.encode(unicodedata.normalize("NFC", name), strict=True).decode("ascii")
        except UnicodeError:
            raise Refused("not an internationalised name") from None
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise Refused("not a host name")
    if _NUMERIC.fullmatch(name.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise Refused("a number in place of a name") from None
    return name


def redirected(source: Target, location: bytes) -> Target:
    """Where a Location header leads, seen from `source`."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a redirect in no known writing") from None
    # Before urljoin, which drops tabs and line ends without a word.
    if _FORBIDDEN.search(text):
        raise Refused("a redirect with a character that no URL has")
    try:
        target = parse(urljoin(str(source), text))
    except ValueError:
        raise Refused("a redirect that cannot be read") from None
    if source.scheme == "https" and target.scheme == "http":
        raise Refused("a redirect from https to http")
    return target
