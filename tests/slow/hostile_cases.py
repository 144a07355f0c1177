"""Which addresses the fetcher is sent to in the bed of hostile hosts, and how each visit must end.

The registries are written out here a second time, on purpose: a range that is missing in
`badges.addresses` must not be missing in its test as well.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from tests.badges.address_bed import PUBLIC, SPELLINGS

ZONE = "bed.example.org"
PUBLIC6 = "2606:2800:220:1::34"
# Whoever is dialled in these, on port 80 or 443, is a public host that the bed plays.
PLAYED = (ipaddress.ip_network("93.184.216.0/24"), ipaddress.ip_network("2606:2800:220:1::/64"))
# Public addresses where nobody lives: what is sent there is dropped without a word.
HOLES = (*(f"45.33.32.{number}" for number in range(1, 16)), "2600:3c00::1")
NAME_SERVER = "93.184.216.53"
PROXY = "10.9.9.9"
PROXY_PORT = 3128

# IANA's special-purpose registries and multicast, and what clouds keep behind plain numbers.
_IPV4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
    " 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24"
    " 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24"
    " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32"
    " 169.254.169.254/32 169.254.170.2/32 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32"
    " 127.0.0.1/32"
)
_IPV6 = (
    "::1/128 ::/128 ::ffff:0:0/96 ::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64"
    " 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48"
    " 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16"
    " 2620:4f:8000::/48 3ffe::/16 3fff::/20 4000::/3 5f00::/16 8000::/2 fc00::/7 fd00:ec2::254/128"
    " fd20:ce::254/128 fe80::/10 fec0::/10 ff00::/8 ff02::1/128"
)
RANGES4, RANGES6 = _IPV4.split(), _IPV6.split()


@dataclass(frozen=True, slots=True)
class Case:
    """URLs to fetch one after another in one session; all but the last must be answered.

    `end` is how the last one ends: "got", "refused", or "either" where only the canaries judge.
    """

    group: str
    name: str
    urls: tuple[str, ...]
    end: str = "refused"
    trust: bool = False  # with the bed's authority in place of the public ones


def ends_of(network: str) -> list[str]:
    whole = ipaddress.ip_network(network)
    return list(dict.fromkeys([str(whole[0]), str(whole[-1])]))


FORBIDDEN4 = tuple(dict.fromkeys(end for network in RANGES4 for end in ends_of(network)))
FORBIDDEN6 = tuple(dict.fromkeys(end for network in RANGES6 for end in ends_of(network)))


def hexed(address: str) -> str:
    return ipaddress.ip_address(address.partition("%")[0]).packed.hex()


def name(*words: str) -> str:
    """A name whose labels tell the bed's name server what to answer: addresses and orders."""
    labels = [hexed(word) if ":" in word or word[0].isdigit() else word for word in words]
    return ".".join([*labels, ZONE])


SITE = name(PUBLIC)


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def redirect(location: str, status: int = 302, site: str = SITE) -> str:
    return f"http://{site}/to/{status}/{location.encode('utf-8', 'surrogatepass').hex()}"


# ---------------------------------------------------------------------------------------
# Spellings of an IPv4 address


def six(prefix: str, shift: int = 0) -> Callable[[str], str]:
    """The address in the middle or at the end of an IPv6 one."""

    def spell(address: str) -> str:
        number = int(ipaddress.IPv6Address(prefix)) | int(ipaddress.IPv4Address(address)) << shift
        return f"http://[{ipaddress.IPv6Address(number)}]/"

    return spell


def parts(pattern: str, count: int = 4) -> Callable[[str], str]:
    """The address as `count` numbers, the last of which holds what is left."""

    def spell(address: str) -> str:
        octets = list(ipaddress.IPv4Address(address).packed)
        rest = int.from_bytes(octets[count - 1 :], "big")
        return f"http://{'.'.join(pattern % n for n in [*octets[: count - 1], rest])}/"

    return spell


def around(pattern: str) -> Callable[[str], str]:
    return lambda address: pattern.replace("ADDRESS", address).replace("SITE", SITE)


def in_digits(first: str) -> Callable[[str], str]:
    """In another script's digits."""
    return lambda address: (
        f"http://{''.join(chr(ord(first) + int(c)) if c.isdigit() else c for c in address)}/"
    )


WAYS: dict[str, Callable[[str], str]] = {
    "dotted": parts("%d"),
    "decimal": parts("%d", 1),
    "three parts": parts("%d", 3),
    "two parts": parts("%d", 2),
    "hex": parts("0x%x", 1),
    "hex parts": parts("0x%02X"),
    "hex, two parts": parts("0x%x", 2),
    "octal": parts("0%o", 1),
    "octal parts": parts("0%o"),
    "padded octal parts": parts("%06o"),
    "trailing dot": around("http://ADDRESS./"),
    "user": around("http://SITE@ADDRESS/"),
    "user and password": around("http://SITE:80@ADDRESS/"),
    "backslash": around("http://ADDRESS\\@SITE/"),
    "backslash after": around("http://SITE\\@ADDRESS/"),
    "fragment": around("http://ADDRESS#@SITE/"),
    "question": around("http://ADDRESS?@SITE/"),
    "percent": lambda address: f"http://{''.join(f'%{ord(c):02X}' for c in address)}/",
    "full width": in_digits("０"),
    "arabic digits": in_digits("٠"),
    "ideographic dots": lambda address: f"http://{address.replace('.', '。')}/",
    "port": around("http://ADDRESS:8080/"),
    "ssh": around("http://ADDRESS:22/"),
    "tls": around("https://ADDRESS/"),
    "mapped": around("http://[::ffff:ADDRESS]/"),
    "mapped, in hex": six("::ffff:0:0"),
    "mapped, in full": around("http://[0:0:0:0:0:FFFF:ADDRESS]/"),
    "compatible": six("::"),
    "translated": six("::ffff:0:0:0"),
    "NAT64": six("64:ff9b::"),
    "NAT64, local": six("64:ff9b:1::"),
    "6to4": six("2002::1", 80),
    "Teredo server": six("2001::", 64),
    "Teredo client": lambda address: six("2001::")(
        str(ipaddress.IPv4Address(int(ipaddress.IPv4Address(address)) ^ 0xFFFFFFFF))
    ),
    "ISATAP": six("2606:2800:220:2:0:5efe::"),
    "zone": around("http://[::ffff:ADDRESS%25lo]/"),
}


# ---------------------------------------------------------------------------------------
# The cases

STATUSES = (301, 302, 303, 307, 308)


def spelled() -> Iterator[Case]:
    statuses = cycle(STATUSES)
    for network in RANGES4:
        address = ends_of(network)[0]
        for way, spell in WAYS.items():
            url = spell(address)
            yield Case("IPv4, spelled", f"{address}: {way}", (url,))
            moved = redirect(url, next(statuses))
            yield Case("redirect to IPv4, spelled", f"{address}: {way}", (moved,))


def literal() -> Iterator[Case]:
    for address in (*FORBIDDEN4, *FORBIDDEN6):
        for scheme in ("http", "https"):
            url = f"{scheme}://{bracketed(address)}/"
            yield Case("first and last of each range", url, (url,))
        moved = redirect(f"//{bracketed(address)}/")
        yield Case("redirect to each range", address, (moved,))
    for address in ("fe80::1", "fe80::a9fe:a9fe", "::1", "fec0::1", "ff02::1", "2606:4700::1"):
        for zone in ("%lo", "%25lo", "%1", "%251", "%25"):
            url = f"http://[{address}{zone}]/"
            yield Case("zones", url, (url,))
            yield Case("zones", f"to {url}", (redirect(url),))


def known_traps() -> Iterator[Case]:
    for url in SPELLINGS:
        yield Case("traps for parsers", ascii(url)[:80], (url,))
        # A Location is read against the page it stands on, so a few lead back to the site.
        yield Case("redirect to traps", ascii(url)[:80], (redirect(url),), "either")
    for port in (0, 1, 21, 22, 25, 53, 81, 6379, 8000, 8080, 8443, 9200, 11211, 65535):
        for host in (SITE, PUBLIC, f"[{PUBLIC6}]"):
            url = f"http://{host}:{port}/"
            yield Case("odd ports of public hosts", url, (url,))
            yield Case("odd ports of public hosts", f"to {url}", (redirect(url),))


def named() -> Iterator[Case]:
    for address in (*FORBIDDEN4, *FORBIDDEN6):
        host = name("n", address)
        yield Case("names that lead inside", f"{address}", (f"http://{host}/",))
        yield Case("names that lead inside", f"https {address}", (f"https://{host}/",))
        yield Case("redirect to names", f"{address}", (redirect(f"http://{host}/"),))
        for pair in ((PUBLIC, address), (address, PUBLIC), (PUBLIC6, address)):
            yield Case("mixed answers", " ".join(pair), (f"http://{name('m', *pair)}/",))
    many = [f"93.184.216.{number}" for number in range(60, 70)]
    yield Case("mixed answers", "last of many", (f"http://{name('m', *many, '10.0.0.7')}/",))
    for address in ("127.0.0.1", "169.254.169.254", "10.0.0.7", "::1", "fd00:ec2::254"):
        for depth in (1, 2, 5):
            words = (*["cname"] * depth, address)
            yield Case("aliases", f"{depth} to {address}", (f"http://{name(*words)}/",))
            yield Case("aliases", f"{depth}, mixed", (f"http://{name(*words, PUBLIC)}/",))
    for url in (
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://METADATA.google.internal/",
        "http://localtest.me/",
        "http://localhost/",
        "http://localhost./",
        "http://localhost.localdomain/",
        "http://alias-of-localhost.example.org/",
        "http://intranet/",
        "http://nobody.example.org/",
    ):
        yield Case("names that lead inside", url, (url,))
        yield Case("redirect to names", url, (redirect(url),))


def rebinding() -> Iterator[Case]:
    for number, address in enumerate(
        ("127.0.0.1", "169.254.169.254", "10.0.0.7", "::1", "fc00::1")
    ):

        def twice(mark: str, number: int = number, address: str = address) -> str:
            """Public when asked for the first time, inside ever after."""
            return name(f"{mark}-{number}", PUBLIC, "then", address)

        once, kept, closed = twice("once"), twice("kept"), twice("closed")
        hopped, moved = twice("hopped"), twice("moved")
        yield Case("rebinding", f"asked once: {address}", (f"http://{once}/",), "got")
        yield Case("rebinding", f"asked again: {address}", (f"http://{once}/",))
        same = (f"http://{kept}/", f"http://{kept}/")
        yield Case("rebinding", f"on a kept connection: {address}", same, "got")
        cut = (f"http://{closed}/close", f"http://{closed}/")
        yield Case("rebinding", f"after the connection is cut: {address}", cut)
        url = redirect(f"http://{hopped}/", site=hopped).replace("/to/", "/close-to/")
        yield Case("rebinding", f"by a redirect to itself: {address}", (url,))
        url = f"http://{moved}/"
        other = f"http://{name('o', '93.184.216.90')}/"
        yield Case("rebinding", f"in between others: {address}", (url, other, f"{url}close"), "got")


def public() -> Iterator[Case]:
    """The other half of the promise: a public host is reached."""
    for url in (
        f"http://{PUBLIC}/",
        f"http://[{PUBLIC6}]/",
        f"http://{SITE}/",
        f"http://{name(PUBLIC6)}/",
        f"http://{name(PUBLIC, PUBLIC6)}/",
        f"http://{name('cname', 'cname', PUBLIC)}/",
        "http://issuer.test/",
        f"http://{SITE}/hops/5",
        redirect(f"//{name(PUBLIC6)}/"),
        redirect("/"),
    ):
        yield Case("public hosts", url, (url,), "got")
    url = f"https://{SITE}/"
    yield Case("public hosts", url, (url,), "got", trust=True)
    yield Case("public hosts", f"to {url}", (redirect(url),), "got", trust=True)


def bad_tls() -> Iterator[Case]:
    for what, host in TLS_HOSTS.items():
        yield Case("bad TLS", what, (f"https://{host}/",), trust=True)
    yield Case("bad TLS", "an authority of its own", (f"https://{SITE}/",))
    yield Case("bad TLS", "a number for a name", (f"https://{PUBLIC}/",), trust=True)
    down = f"https://{SITE}/to/302/{f'http://{SITE}/'.encode().hex()}"
    yield Case("bad TLS", "a redirect to plain http", (down,), trust=True)


# What stands behind each is in `bed`.
TLS_HOSTS = {
    "another name": name("93.184.216.35"),
    "signed by itself": name("93.184.216.36"),
    "expired": name("93.184.216.37"),
    "no TLS at all": name("93.184.216.38"),
}

BIG = (
    "body/chunked",
    "body/declared",
    "body/until-close",
    "body/lying",
    "bomb/gzip",
    "bomb/deflate",
    "bomb/gzip, gzip",
    "loop",
    "hops/6",
    "endless/header",
    "endless/headers",
    "endless/hints",
    "endless/chunks",
)


def big() -> Iterator[Case]:
    for path in BIG:
        yield Case("too much", path, (f"http://{SITE}/{path.replace(' ', '%20')}",))
    pong = name("93.184.216.91")
    ping = redirect(f"http://{pong}/to/302/{f'http://{SITE}/loop'.encode().hex()}")
    yield Case("too much", "loop over two hosts", (ping,))


def slow() -> Iterator[Case]:
    for path in ("slow/header", "slow/body", "slow/hops", "silent"):
        yield Case("slow", path, (f"http://{SITE}/{path}",))
    yield Case("slow", "silent name server", (f"http://{name('silent')}/",))
    yield Case("slow", "name server silent on AAAA", (f"http://{name('mute6', PUBLIC)}/",))
    yield Case("slow", "redirect to a silent name", (redirect(f"http://{name('silent', 'r')}/"),))
    yield Case("slow", "black hole", (f"http://{HOLES[0]}/",))
    yield Case("slow", "black hole, IPv6", (f"http://[{HOLES[-1]}]/",))
    yield Case("slow", "fifteen black holes", (f"http://{name(*HOLES[:-1])}/",))
    yield Case("slow", "black hole, then a host", (f"http://{name(HOLES[0], PUBLIC)}/",), "got")
    for address, what in (("93.184.216.39", "silent TLS"), ("93.184.216.40", "slow TLS")):
        yield Case("slow", what, (f"https://{name(address)}/",), trust=True)


def proxied() -> Iterator[Case]:
    """Visited with a proxy in every variable that some client obeys."""
    for url in (f"http://{SITE}/", f"http://{PUBLIC}/", redirect("/"), f"http://[{PUBLIC6}]/"):
        yield Case("proxies in the environment", url, (url,), "got")
    yield Case("proxies in the environment", "https", (f"https://{SITE}/",), "got", trust=True)
    for url in ("http://127.0.0.1/", f"http://{name('n', '10.0.0.7')}/", f"http://{PROXY}:3128/"):
        yield Case("proxies in the environment", url, (url,))


def quick() -> list[Case]:
    sources = (public, spelled, literal, known_traps, named, rebinding, bad_tls, big)
    return [case for source in sources for case in source()]
