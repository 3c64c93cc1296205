#!/usr/bin/env bash
# Records the captures that come from a real TCP/IP stack: two network namespaces joined by a veth pair, ordinary tools talking.
# Needs root, iproute2, iputils-ping, netcat-openbsd, tcpdump, ethtool. Touches only namespaces and interfaces it makes.
#   pcaps/record.sh [OUTPUT-FOLDER]
set -euo pipefail
out=$(cd "${1:-$(dirname "$0")}" && pwd)
client=rec-client server=rec-server
cleanup() { ip netns del $client 2>/dev/null || true; ip netns del $server 2>/dev/null || true; }
trap cleanup EXIT
cleanup
ip netns add $client
ip netns add $server
ip link add c0 netns $client address 02:00:00:00:01:01 type veth peer name s0 netns $server address 02:00:00:00:02:01
for side in "$client c0 1" "$server s0 2"; do
  set -- $side
  ip -n "$1" link set lo up
  ip -n "$1" addr add "10.1.0.$3/24" dev "$2"
  ip -n "$1" addr add "fd00:1::$3/64" dev "$2" nodad
  # Without this the kernel leaves transport checksums to hardware that is not there, and the capture shows half-made ones.
  ip netns exec "$1" ethtool -K "$2" tx off >/dev/null
  ip -n "$1" link set "$2" up
done
ip -n $server addr add 10.1.0.66/24 dev s0

record() { # NAME: start recording what the server's side sees
  ip netns exec $server tcpdump -q -i s0 -s 0 --time-stamp-precision=nano -B 4096 -U -w "$out/$1.pcap" not udp port 5353 and not ip6 multicast 2>/dev/null &
  recorder=$!
  sleep 1
}
finish() { sleep 0.5; kill -INT $recorder; wait $recorder || true; }
in_client() { ip netns exec $client "$@"; }
serve() { ip netns exec $server sh -c "printf 'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, world\n' | nc -N -l $1 $2 >/dev/null" & sleep 0.3; }
get() { printf 'GET /index.html HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n' | in_client timeout 3 nc -N "$@" >/dev/null || true; }

record web
in_client ping -q -c 3 -i 0.2 10.1.0.2 >/dev/null
serve 10.1.0.2 80; get 10.1.0.2 80
serve 10.1.0.2 8080; get 10.1.0.2 8080
get 10.1.0.2 23
serve fd00:1::2 80; get fd00:1::2 80
in_client ping -q -c 2 -i 0.2 fd00:1::2 >/dev/null
serve 10.1.0.66 80; get 10.1.0.66 80
echo query | in_client timeout 1 nc -u -w 1 10.1.0.2 53 >/dev/null 2>&1 || true
echo metrics | in_client timeout 1 nc -u -w 1 10.1.0.2 9999 >/dev/null 2>&1 || true
finish
