"""The watch in the bed of hostile hosts: it sees each connection that is tried, accepted or not.

It knows nothing of the site's own table of addresses: what the bed does not play is forbidden.
"""

import ctypes
import ipaddress
import socket
import struct
from collections.abc import Sequence

from tests.slow.hostile_cases import HOLES, PLAYED

TCP, UDP = 6, 17


def plain_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def is_public(address: str, port: int) -> bool:
    """Whether the bed itself, which knows nothing of the site's table, calls this place public."""
    place = plain_address(address)
    return port in (80, 443) and (address in HOLES or any(place in network for network in PLAYED))


Step = tuple[int, int, int, int]


def attach(to: socket.socket, steps: Sequence[Step]) -> None:
    """Put a packet filter (BPF of the classic kind) before a socket."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    so_attach_filter = 26
    program = struct.pack("HL", len(steps), ctypes.addressof(code))
    to.setsockopt(socket.SOL_SOCKET, so_attach_filter, program)


class Watch:
    """Sees every connection that is tried and every datagram, on any port, answered or not.

    A packet is in the socket's queue before the one who sent it gets on, so what `seen` returns
    after a visit is all that the visit did.
    """

    # Passes TCP packets with SYN and without ACK, and UDP; the bytes start at the IP header.
    FILTER = (
        *((0x30, 0, 0, 0), (0x54, 0, 0, 0xF0), (0x15, 0, 7, 0x40)),  # version 4, or go on at 10
        *((0x30, 0, 0, 9), (0x15, 12, 0, UDP), (0x15, 0, 12, TCP)),
        *((0xB1, 0, 0, 0), (0x50, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 7, 8, 0x02)),
        (0x15, 0, 7, 0x60),
        *((0x30, 0, 0, 6), (0x15, 4, 0, UDP), (0x15, 0, 4, TCP)),
        *((0x30, 0, 0, 53), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02)),
        *((0x06, 0, 0, 96), (0x06, 0, 0, 0)),  # take, leave
    )
    OUTGOING = 4  # loopback shows each packet twice: as it leaves and as it comes

    def __init__(self, name_servers: Sequence[str]) -> None:
        self._name_servers = set(name_servers)
        everything = 0x0003
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(everything))
        attach(self._socket, self.FILTER)
        self._socket.setblocking(False)

    def seen(self) -> list[str]:
        """The forbidden places that were tried since the last question."""
        found: list[str] = []
        while True:
            try:
                packet, (_, _, kind, *_) = self._socket.recvfrom(96)
            except BlockingIOError:
                return found
            if kind == self.OUTGOING:
                protocol, address, source, port = self._read(packet)
                to_name_server = address in self._name_servers and 53 in (source, port)
                if protocol == UDP and not to_name_server:
                    found.append(f"{address} udp {port}")
                elif protocol == TCP and not is_public(address, port):
                    found.append(f"{address} port {port}")

    def lost(self) -> int:
        """How many packets found the queue full since the last question."""
        sol_packet, packet_statistics = 263, 6
        counts = struct.unpack("II", self._socket.getsockopt(sol_packet, packet_statistics, 8))
        return int(counts[1])

    @staticmethod
    def _read(packet: bytes) -> tuple[int, str, int, int]:
        if packet[0] >> 4 == 4:
            protocol, target, start = packet[9], packet[16:20], 4 * (packet[0] & 15)
        else:
            protocol, target, start = packet[6], packet[24:40], 40
        source, port = struct.unpack_from("!HH", packet, start)
        return protocol, str(ipaddress.ip_address(target)), source, port
