#!/usr/bin/env bash
# Records the captures in this folder anew.
#
#   samples/record.sh               all of them (about four minutes)
#   samples/record.sh loss tls      only the named ones
#   samples/record.sh --list        the names
#
# Every capture is real programs talking to each other inside network
# namespaces made for the purpose: nothing enters or leaves the machine's own
# network. Needs root. Everything started or made here is ended and removed
# again, also when the script is interrupted.
set -euo pipefail

ALL=(dns-walk dns-visit tls-visit dns-cache dns-nxdomain dns-cname dns-truncated dns-lost dns-dnssec dns-options dns-https mdns
    dhcp-lease tftp tftp-loss http typing tls quic loss slow-reader bad-sums offload ping-trace vlan vxlan refused sockets)

if [[ ${1:-} == --list ]]; then
    printf '%s\n' "${ALL[@]}"
    exit 0
fi

WANTED=("$@")
if (( ${#WANTED[@]} == 0 )); then
    WANTED=("${ALL[@]}")
fi
for name in "${WANTED[@]}"; do
    if [[ " ${ALL[*]} " != *" $name "* ]]; then
        echo "record.sh: no sample is called '$name'; there are: ${ALL[*]}" >&2
        exit 2
    fi
done

if (( EUID != 0 )); then
    echo "record.sh: must be run as root (it makes network namespaces)" >&2
    exit 2
fi
PATH=$PATH:/usr/sbin:/sbin
missing=()
for program in ip ss ethtool nft tcpdump dumpcap python3 socat ping traceroute \
    unbound nsd knotd dig dnssec-keygen dnssec-signzone avahi-daemon dnsmasq udhcpc in.tftpd tftp nginx curl openssl nc sshd ssh \
    unshare hostname gzip timeout ps; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if (( ${#missing[@]} )); then
    echo "record.sh: missing ${missing[*]}; on Debian: apt-get install --no-install-recommends iproute2 procps ethtool nftables tcpdump tshark python3 socat iputils-ping traceroute unbound nsd knot knot-module-geoip bind9-dnsutils bind9-utils avahi-daemon dnsmasq-base udhcpc tftpd-hpa tftp-hpa nginx-light curl openssl netcat-openbsd openssh-server openssh-client" >&2
    exit 2
fi

# From here on the machine goes by a neutral name, so that no program can put
# its real one into a packet.
if [[ -z ${RECORD_REAL_NAME:-} ]]; then
    HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    RECORD_REAL_NAME=$(hostname) exec unshare --uts bash "$HERE/record.sh" "$@"
fi
hostname host
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
unset DISPLAY SSLKEYLOGFILE SSH_AUTH_SOCK
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
umask 022

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HELP=$HERE/helpers
RUN=wp$$            # every namespace's name begins with this
TMP=$(mktemp -d)
chmod 755 "$TMP"
T=$TMP              # the folder of the sample being recorded
LIMIT=200000        # bytes, for one capture
namespaces=()
declare -A addresses    # of each host, for its servers' settings
pids=()
recorder=

stop() { # PID: ask it to end, wait three seconds at most, then insist
    local i
    kill -TERM "$1" 2>/dev/null || return 0
    for i in {1..30}; do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

tear_down() {
    local i name left
    for (( i = ${#pids[@]} - 1; i >= 0; i-- )); do
        stop "${pids[i]}"
    done
    pids=()
    recorder=
    for name in "${namespaces[@]}"; do
        # Children of what was started above, if any is left.
        for left in $(ip netns pids "$name" 2>/dev/null || true); do
            kill -KILL "$left" 2>/dev/null || true
        done
        ip netns del "$name" 2>/dev/null || true
    done
    namespaces=()
    addresses=()
}

made_run_sshd=no
finish() {
    local code=$?
    trap - EXIT INT TERM HUP
    tear_down
    if [[ $made_run_sshd == yes ]]; then
        rmdir /run/sshd 2>/dev/null || true
    fi
    if (( code != 0 )); then
        echo "record.sh: failed; the last lines of the programs' messages:" >&2
        tail -n 3 "$T"/*.log >&2 2>/dev/null || true
    fi
    rm -rf "$TMP"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

die() {
    echo "record.sh: $*" >&2
    exit 1
}

# ---- hosts and wires ------------------------------------------------------

at() { # HOST COMMAND...: run it there, for half a minute at most
    local host=$1
    shift
    ip netns exec "$RUN-$host" timeout -k 2 30 "$@" </dev/null
}

spawn() { # HOST NAME COMMAND...: run it there until the sample is done
    local host=$1 name=$2
    shift 2
    ip netns exec "$RUN-$host" timeout -k 2 170 "$@" </dev/null >"$T/$name.log" 2>&1 &
    pids+=("$!")
}

until_ok() { # WHAT COMMAND...: try for ten seconds at most
    local what=$1 i
    shift
    for i in {1..50}; do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.2
    done
    die "waited in vain for $what"
}

listens() { # HOST t|u PORT
    [[ -n $(ip netns exec "$RUN-$1" ss -Hln"$2" "sport = :$3") ]]
}
ready() {
    until_ok "$1 to listen on port $3" listens "$@"
}

set_for() { # HOST KEY VALUE: a kernel setting, where this kernel has it
    at "$1" sh -c 'test ! -e "/proc/sys/$1" || echo "$2" 2>/dev/null > "/proc/sys/$1" || true' sh "$2" "$3"
}

host() { # NAME...: a namespace each, silent until told to speak
    local name
    for name in "$@"; do
        namespaces+=("$RUN-$name")
        ip netns add "$RUN-$name"
        set_for "$name" net/ipv6/conf/all/disable_ipv6 1
        set_for "$name" net/ipv6/conf/default/disable_ipv6 1
        set_for "$name" net/ipv6/conf/default/accept_ra 0
        set_for "$name" net/ipv6/conf/default/accept_dad 0
        set_for "$name" net/ipv6/conf/default/router_solicitations 0
        set_for "$name" net/ipv4/tcp_congestion_control reno
        ip -n "$RUN-$name" link set lo up
    done
}

OFFLOAD=off
wire() { # HOST DEV MAC  HOST DEV MAC: a cable between two hosts
    ip link add name "$2" address "00:00:5e:00:53:$3" netns "$RUN-$1" \
        type veth peer name "$5" address "00:00:5e:00:53:$6" netns "$RUN-$4"
    if [[ $OFFLOAD == off ]]; then
        at "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null
        at "$4" ethtool -K "$5" tx off rx off tso off gso off gro off >/dev/null
    fi
    ip -n "$RUN-$1" link set "$2" up
    ip -n "$RUN-$4" link set "$5" up
}

lan() { # HOST...: all of them on one switch, MACs ending in 01, 02, ...
    local name n=0
    host switch
    ip -n "$RUN-switch" link add name lan0 address 00:00:5e:00:53:f0 type bridge
    ip -n "$RUN-switch" link set lan0 up
    for name in "$@"; do
        n=$((n + 1))
        host "$name"
        wire "$name" eth0 "0$n" switch "port$n" "f$n"
        ip -n "$RUN-switch" link set "port$n" master lan0
    done
}

ipv6_on() { # HOST DEV
    set_for "$1" net/ipv6/conf/all/disable_ipv6 0
    set_for "$1" net/ipv6/conf/"$2"/disable_ipv6 0
}

addr() { # HOST DEV ADDRESS/LENGTH...
    local h=$1 dev=$2 a
    shift 2
    for a in "$@"; do
        addresses[$h]+="${a%/*} "
        if [[ $a == *:* ]]; then
            ipv6_on "$h" "$dev"
            ip -n "$RUN-$h" addr add "$a" dev "$dev" nodad
        else
            ip -n "$RUN-$h" addr add "$a" dev "$dev"
        fi
    done
}

route() { # HOST ROUTE...
    local h=$1
    shift
    ip -n "$RUN-$h" route add "$@"
}

# ---- recorders ------------------------------------------------------------

record() { # HOST FILE DEV [TCPDUMP OPTIONS]: pcap, by tcpdump
    local host=$1 file=$2 dev=$3
    shift 3
    spawn "$host" recorder tcpdump -n -i "$dev" -s 0 --immediate-mode -U -Z root -w "$T/$file" "$@"
    recorder=${pids[-1]}
    until_ok "tcpdump to start" grep -q 'listening on' "$T/recorder.log"
    sleep 0.3
}

record_ng() { # HOST FILE DEV...: pcapng, by dumpcap
    local host=$1 file=$2 dev each=()
    shift 2
    for dev in "$@"; do
        each+=(-i "$dev" -s 262144)
    done
    spawn "$host" recorder dumpcap -q -n "${each[@]}" -w "$T/$file.raw"
    recorder=${pids[-1]}
    until_ok "dumpcap to start" grep -q '^File:' "$T/recorder.log"
    sleep 0.5
}

keep() { # FILE LEAST: stop recording and put the capture in its place
    local file=$1 least=$2 bytes count
    sleep 1.2
    stop "$recorder"
    if [[ -e $T/$file.raw ]]; then
        python3 "$HELP/plain-pcapng.py" "$T/$file.raw" "$T/$file"
    fi
    count=$(tcpdump -n -r "$T/$file" 2>/dev/null | wc -l)
    if (( count < least )); then
        die "$file has only $count packets, at least $least were expected"
    fi
    if grep -qaF -e "$TMP" -e "$HERE" "$T/$file"; then
        die "$file mentions a path of this machine"
    fi
    if (( ${#RECORD_REAL_NAME} > 3 )) && grep -qaiF -e "$RECORD_REAL_NAME" "$T/$file"; then
        die "$file mentions this machine's name"
    fi
    if [[ ${3:-} == gzip ]]; then
        gzip -9n "$T/$file"
        file=$file.gz
    fi
    bytes=$(stat -c %s "$T/$file")
    if (( bytes > LIMIT )); then
        die "$file has $bytes bytes, more than $LIMIT"
    fi
    install -m 644 "$T/$file" "$HERE/$file"
    printf '%-18s %4d packets %7d bytes\n' "$file" "$count" "$bytes"
}

# ---- the samples ----------------------------------------------------------

# shellcheck source=helpers/dns.sh
source "$HELP/dns.sh"

sample_dhcp_lease() {
    host client server
    wire client eth0 01 server eth0 02
    addr server eth0 192.0.2.1/24
    cat >"$T/lease" <<'EOF'
#!/bin/sh
# Told by udhcpc what has come: takes or drops the address.
case $1 in
bound)
    ip addr add "$ip/${mask:-24}" dev "$interface"
    ip route add default via "${router%% *}"
    ;;
deconfig) ip -4 addr flush dev "$interface" ;;
esac
EOF
    chmod 755 "$T/lease"
    spawn server dnsmasq dnsmasq -k --conf-file=/dev/null --no-hosts --no-resolv \
        --port=0 --user=root --interface=eth0 --bind-interfaces --pid-file= \
        --log-facility=- --dhcp-leasefile="$T/leases" --domain=home.example \
        --dhcp-range=192.0.2.100,192.0.2.150,255.255.255.0,1h --dhcp-authoritative \
        --dhcp-option=option:router,192.0.2.1 --dhcp-option=option:dns-server,192.0.2.53
    ready server u 67
    record client dhcp-lease.pcap eth0
    spawn client udhcpc udhcpc -f -a -R -n -T 5 -i eth0 -x hostname:learner -s "$T/lease"
    local client=${pids[-1]} child
    until_ok "the lease" grep -q 'lease of .* obtained' "$T/udhcpc.log"
    until_ok "the route" sh -c 'ip -n "$1" route | grep -q default' sh "$RUN-client"
    sleep 0.3
    at client ping -n -c 1 192.0.2.1 >/dev/null
    # udhcpc renews on USR1 and gives the lease back on USR2.
    child=$(ps -o pid= --ppid "$client" | tr -d ' ')
    [[ -n $child ]] || die "udhcpc is gone"
    kill -USR1 "$child"
    sleep 4     # it asks again by ARP whether the address is free, and waits
    kill -USR2 "$child"
    keep dhcp-lease.pcap 17
}

sample_tftp() {
    local i
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.69/24
    mkdir "$T/boot" "$T/here"
    for i in {01..40}; do
        echo "line $i: a file that takes several blocks"
    done >"$T/boot/story.txt"
    head -c 1024 "$T/boot/story.txt" >"$T/boot/two-blocks.txt"
    spawn server tftpd in.tftpd --foreground --listen --ipv4 --address 192.0.2.69:69 \
        --user root --port-range 32000:32010 --secure "$T/boot"
    ready server u 69
    record client tftp.pcap eth0
    cd "$T/here"
    at client tftp -4 -m octet 192.0.2.69 -c get story.txt
    at client tftp -4 -m octet 192.0.2.69 -c get two-blocks.txt
    at client tftp -4 -m octet 192.0.2.69 -c get missing.txt >/dev/null || true
    cd - >/dev/null
    cmp "$T/boot/story.txt" "$T/here/story.txt" || die "the file arrived damaged"
    keep tftp.pcap 19
}

sample_tftp_loss() {
    local i
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.69/24
    mkdir "$T/boot" "$T/here"
    for i in {01..40}; do
        echo "line $i: a file that takes several blocks"
    done >"$T/boot/story.txt"
    # The third datagram that reaches the client is thrown away.
    at client nft 'table ip lossy { chain input { type filter hook input priority 0; meta l4proto udp numgen inc mod 17 2 drop; }; }'
    spawn server tftpd in.tftpd --foreground --listen --ipv4 --address 192.0.2.69:69 \
        --user root --port-range 32000:32010 --secure "$T/boot"
    ready server u 69
    record server tftp-loss.pcap eth0
    cd "$T/here"
    at client tftp -4 -m octet 192.0.2.69 -c get story.txt
    cd - >/dev/null
    cmp "$T/boot/story.txt" "$T/here/story.txt" || die "the file arrived damaged"
    keep tftp-loss.pcap 12
}

nginx_at() { # HOST PORT: with the server block on standard input
    mkdir -p "$T/www" "$T/nginx"
    cat >"$T/nginx/nginx.conf" <<EOF
user root;
worker_processes 1;
pid $T/nginx/pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    server_tokens off;
    types { text/html html; text/plain txt; }
    charset utf-8;
    client_body_temp_path $T/nginx/body;
    proxy_temp_path $T/nginx/proxy;
    fastcgi_temp_path $T/nginx/fastcgi;
    uwsgi_temp_path $T/nginx/uwsgi;
    scgi_temp_path $T/nginx/scgi;
    root $T/www;
$(cat)
}
EOF
    spawn "$1" nginx nginx -p "$T/nginx" -c "$T/nginx/nginx.conf" -e stderr -g 'daemon off;'
    ready "$1" t "$2"
}

web() { # HOST CURL OPTIONS...
    local host=$1
    shift
    at "$host" curl -q -sS --max-time 10 "$@" >>"$T/curl.out" 2>>"$T/curl.log"
}

sample_http() {
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24 2001:db8::10/64
    addr server eth0 192.0.2.80/24 2001:db8::80/64
    mkdir "$T/www"
    printf 'Hello from a small web server.\n안녕하세요.\n' >"$T/www/hello.txt"
    touch -d '2024-01-01 00:00:00 UTC' "$T/www/hello.txt"
    echo '<p>You are <!--#echo var="remote_addr" -->.</p>' >"$T/www/you.html"
    nginx_at server 80 <<'EOF'
    server {
        listen 192.0.2.80:80;
        listen [2001:db8::80]:80;
        location / { }
        location = /you.html { ssi on; }
        location = /form { return 303 /hello.txt; }
    }
EOF
    sleep 3     # let the hosts' first IPv6 multicast reports pass
    record client http.pcap eth0
    local name=www.example.kr
    local four=(--resolve "$name:80:192.0.2.80") six=(--resolve "$name:80:[2001:db8::80]")
    web client "${four[@]}" "http://$name/hello.txt"
    web client "${four[@]}" "http://$name/hello.txt" "http://$name/missing"
    web client "${four[@]}" --data 'name=learner&colour=blue' "http://$name/form"
    web client "${six[@]}" "http://$name/you.html"
    keep http.pcap 40
}

sample_typing() {
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.7/24
    spawn server echo socat TCP4-LISTEN:7,nodelay PIPE
    ready server t 7
    record client typing.pcap eth0
    at client python3 "$HELP/type.py" 192.0.2.7 7
    keep typing.pcap 30
}

certify() { # NAME...: a certificate for them in $T/ca/pem, by an issuer in $T/ca/ca.pem
    mkdir "$T/ca"
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
            -subj '/O=Example/CN=Example Root' -keyout "$T/ca/ca.key" -out "$T/ca/ca.pem"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj "/O=Example/CN=$1" -keyout "$T/ca/key" -out "$T/ca/req"
        printf 'subjectAltName=%s\n' "$(printf 'DNS:%s,' "$@" | sed 's/,$//')" >"$T/ca/ext"
        openssl x509 -req -in "$T/ca/req" -CA "$T/ca/ca.pem" -CAkey "$T/ca/ca.key" \
            -set_serial 4096 -days 3650 -extfile "$T/ca/ext" -out "$T/ca/pem"
    } >"$T/openssl.log" 2>&1
}

sample_tls() {
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.80/24
    mkdir "$T/www"
    echo 'A secret page.' >"$T/www/index.html"
    certify www.example.kr
    nginx_at server 443 <<EOF
    server {
        listen 192.0.2.80:443 ssl http2;
        server_name www.example.kr;
        ssl_certificate $T/ca/pem;
        ssl_certificate_key $T/ca/key;
        ssl_protocols TLSv1.2 TLSv1.3;
    }
EOF
    record client tls.pcap eth0
    local to=(--resolve www.example.kr:443:192.0.2.80 https://www.example.kr/)
    web client --cacert "$T/ca/ca.pem" --tls-max 1.2 --http1.1 "${to[@]}"
    web client --cacert "$T/ca/ca.pem" --tlsv1.3 "${to[@]}"
    # A client that does not know the issuer hangs up with an alert.
    if web client --tls-max 1.2 --http1.1 "${to[@]}"; then
        die "curl trusted a certificate that it cannot know"
    fi
    [[ $(grep -c 'A secret page' "$T/curl.out") == 2 ]] || die "the page did not arrive twice"
    keep tls.pcap 30
}

sample_quic() {
    python3 -c 'import aioquic' 2>/dev/null || die "the sample quic needs the Python package aioquic"
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.80/24
    certify www.example.kr shop.example.kr
    local quic=(python3 "$HELP/quic.py")
    spawn server plain "${quic[@]}" server 192.0.2.80 443 "$T/ca/pem" "$T/ca/key"
    spawn server wary "${quic[@]}" server 192.0.2.80 8443 "$T/ca/pem" "$T/ca/key" retry
    until_ok "the servers to start" grep -q ready "$T/plain.log"
    until_ok "the servers to start" grep -q ready "$T/wary.log"
    record client quic.pcap eth0
    at client "${quic[@]}" client 192.0.2.80 443 www.example.kr "$T/ca/ca.pem" 1 long >>"$T/quic.out" 2>>"$T/quic.log"
    at client "${quic[@]}" client 192.0.2.80 443 shop.example.kr "$T/ca/ca.pem" 2 >>"$T/quic.out" 2>>"$T/quic.log"
    at client "${quic[@]}" client 192.0.2.80 8443 www.example.kr "$T/ca/ca.pem" 1 >>"$T/quic.out" 2>>"$T/quic.log"
    # A client that does not know the issuer hangs up.
    if at client "${quic[@]}" client 192.0.2.80 443 www.example.kr "$T/ca/pem" 1 >>"$T/quic.out" 2>>"$T/quic.log"; then
        die "the client trusted a certificate that it cannot know"
    fi
    [[ $(grep -c 'A secret page' "$T/quic.out") == 3 ]] || die "the page did not arrive three times"
    keep quic.pcap 30
}

sample_loss() {
    local i
    host sender receiver
    wire sender eth0 01 receiver eth0 02
    addr sender eth0 192.0.2.10/24
    addr receiver eth0 192.0.2.20/24
    # Every 17th TCP packet that reaches the receiver is thrown away, the very
    # first one (the SYN) too.
    at receiver nft 'table ip lossy { chain input { type filter hook input priority 0; meta l4proto tcp numgen inc mod 17 0 drop; }; }'
    for i in {0001..2500}; do
        echo "line $i of a file on a lossy wire"
    done >"$T/data"
    spawn receiver sink socat -u TCP4-LISTEN:5000 CREATE:"$T/got"
    ready receiver t 5000
    record sender loss.pcap eth0
    at sender socat -u FILE:"$T/data" TCP4:192.0.2.20:5000
    until_ok "the whole file" cmp "$T/data" "$T/got"
    keep loss.pcap 80 gzip
}

sample_slow_reader() {
    local i
    host sender receiver
    wire sender eth0 01 receiver eth0 02
    addr sender eth0 192.0.2.10/24
    addr receiver eth0 192.0.2.20/24
    for i in {001..400}; do
        echo "line $i for a program that does not read"
    done >"$T/data"
    spawn receiver slow python3 "$HELP/slow-reader.py" 192.0.2.20 5000 3
    ready receiver t 5000
    record sender slow-reader.pcap eth0
    at sender socat -u FILE:"$T/data" TCP4:192.0.2.20:5000
    sleep 4
    keep slow-reader.pcap 20
}

sample_bad_sums() {
    host forger receiver
    wire forger eth0 01 receiver eth0 02
    addr forger eth0 192.0.2.10/24
    addr receiver eth0 192.0.2.20/24
    spawn receiver echo socat UDP4-RECVFROM:4000,fork PIPE
    ready receiver u 4000
    record forger bad-sums.pcap eth0
    at forger python3 "$HELP/forge.py" eth0 00:00:5e:00:53:01 00:00:5e:00:53:02 192.0.2.10 192.0.2.20
    keep bad-sums.pcap 24
}

sample_offload() {
    local i
    host sender receiver
    OFFLOAD=on
    wire sender eth0 01 receiver eth0 02
    OFFLOAD=off
    addr sender eth0 192.0.2.10/24
    addr receiver eth0 192.0.2.20/24
    spawn receiver echo socat UDP4-RECVFROM:4000,fork PIPE
    spawn receiver sink socat -u TCP4-LISTEN:5000 CREATE:"$T/got"
    ready receiver u 4000
    ready receiver t 5000
    for i in {0001..0900}; do
        echo "line $i, its checksum left to the card"
    done >"$T/data"
    record sender offload.pcap eth0 --time-stamp-precision=nano
    at sender sh -c 'echo hello | socat -t 0.5 - UDP4:192.0.2.20:4000' >/dev/null
    at sender socat -u FILE:"$T/data" TCP4:192.0.2.20:5000
    until_ok "the whole file" cmp "$T/data" "$T/got"
    keep offload.pcap 12
}

sample_ping_trace() {
    host client r1 r2 server
    wire client eth0 01 r1 left 11
    wire r1 right 12 r2 left 21
    wire r2 right 22 server eth0 02
    ip -n "$RUN-r1" link set right mtu 1400
    ip -n "$RUN-r2" link set left mtu 1400
    addr client eth0 192.0.2.10/24 2001:db8:1::10/64
    addr r1 left 192.0.2.1/24 2001:db8:1::1/64
    addr r1 right 198.51.100.1/24 2001:db8:2::1/64
    addr r2 left 198.51.100.2/24 2001:db8:2::2/64
    addr r2 right 203.0.113.1/24 2001:db8:3::1/64
    addr server eth0 203.0.113.10/24 2001:db8:3::10/64
    local h
    for h in r1 r2; do
        set_for "$h" net/ipv4/ip_forward 1
        set_for "$h" net/ipv6/conf/all/forwarding 1
    done
    route client default via 192.0.2.1
    route client default via 2001:db8:1::1
    route r1 203.0.113.0/24 via 198.51.100.2
    route r1 2001:db8:3::/64 via 2001:db8:2::2
    route r2 192.0.2.0/24 via 198.51.100.1
    route r2 2001:db8:1::/64 via 2001:db8:2::1
    route server default via 203.0.113.1
    route server default via 2001:db8:3::1
    sleep 3     # let the hosts' first IPv6 multicast reports pass
    record_ng r1 ping-trace.pcapng left right
    at client ping -n -c 2 -i 0.3 203.0.113.10 >/dev/null
    at client ping -n -c 1 2001:db8:3::10 >/dev/null
    echo knock | ip netns exec "$RUN-client" timeout 5 nc -u -w 1 203.0.113.10 4444 || true
    sleep 0.5
    at client traceroute -n -q 1 -N 1 -m 5 -w 2 203.0.113.10 >"$T/trace4.log"
    sleep 1
    at client traceroute -n -q 1 -N 1 -m 5 -w 2 2001:db8:3::10 >"$T/trace6.log"
    sleep 1
    at client ping -n -c 1 -W 1 -M 'do' -s 1472 203.0.113.10 >"$T/big4.log" || true
    at client ping -n -c 1 -W 1 -s 1400 2001:db8:3::10 >"$T/big6.log" || true
    sleep 0.5
    ip -n "$RUN-client" route flush cache
    at client ping -n -c 1 -s 3000 203.0.113.10 >/dev/null
    # A host that does not exist: the last router asks for it in vain.
    at client ping -n -c 1 -W 5 203.0.113.99 >/dev/null || true
    keep ping-trace.pcapng 40
}

sample_vlan() {
    local n s
    host west east
    wire west trunk f1 east trunk f2
    for n in 1 2 3; do
        host "w$n" "e$n"
        wire "w$n" eth0 "${n}1" west "port$n" "e$n"
        wire "e$n" eth0 "${n}2" east "port$n" "d$n"
        addr "w$n" eth0 192.0.2.1/24
        addr "e$n" eth0 192.0.2.2/24
    done
    addr w3 eth0 2001:db8::1/64
    addr e3 eth0 2001:db8::2/64
    sleep 3     # let the hosts' first IPv6 multicast reports pass
    for s in west east; do
        spawn "$s" "$s" python3 "$HELP/vlan-switch.py" trunk 60 \
            port1=8100:0:10 port2=8100:5:20 port3=88a8:0:100+8100:0:30
        until_ok "the switch" grep -q ready "$T/$s.log"
    done
    spawn e2 echo socat UDP4-RECVFROM:4000,fork PIPE
    ready e2 u 4000
    record west vlan.pcap trunk
    at w1 ping -n -c 2 -i 0.3 192.0.2.2 >/dev/null
    at w2 sh -c 'echo "a voice with priority 5" | socat -t 0.5 - UDP4:192.0.2.2:4000' >/dev/null
    at w3 ping -n -c 1 192.0.2.2 >/dev/null
    at w3 ping -n -c 1 2001:db8::2 >/dev/null
    keep vlan.pcap 14
}

sample_vxlan() {
    local n
    host west east
    wire west eth0 01 east eth0 02
    addr west eth0 192.0.2.1/24
    addr east eth0 192.0.2.2/24
    for n in 1 2; do
        ip -n "$RUN-west" link add "net$n" address "00:00:5e:00:53:${n}1" mtu 1500 \
            type vxlan id "${n}0" local 192.0.2.1 remote 192.0.2.2 dstport 4789
        ip -n "$RUN-east" link add "net$n" address "00:00:5e:00:53:${n}2" mtu 1500 \
            type vxlan id "${n}0" local 192.0.2.2 remote 192.0.2.1 dstport 4789
        for side in west east; do
            at "$side" ethtool -K "net$n" tx off rx off tso off gso off gro off >/dev/null
            ip -n "$RUN-$side" link set "net$n" up
        done
    done
    addr west net1 198.51.100.1/24
    addr east net1 198.51.100.2/24
    addr west net2 203.0.113.1/24
    addr east net2 203.0.113.2/24
    mkdir "$T/www"
    seq 1 600 >"$T/www/count.txt"
    touch -d '2024-01-01 00:00:00 UTC' "$T/www/count.txt"
    nginx_at east 80 <<'EOF'
    server {
        listen 198.51.100.2:80;
        location / { }
    }
EOF
    spawn east echo socat UDP4-RECVFROM:4000,bind=203.0.113.2,fork PIPE
    ready east u 4000
    record west vxlan.pcap eth0
    at west ping -n -c 2 -i 0.3 198.51.100.2 >/dev/null
    at west sh -c 'echo "in another network" | socat -t 0.5 - UDP4:203.0.113.2:4000' >/dev/null
    web west http://198.51.100.2/count.txt
    at west ping -n -c 1 -s 1465 198.51.100.2 >/dev/null
    keep vxlan.pcap 48     # tcpdump prints two lines a packet
}

sample_refused() {
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.10/24
    addr server eth0 192.0.2.20/24
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/hostkey"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/key"
    cp "$T/key.pub" "$T/allowed"
    cat >"$T/sshd.conf" <<EOF
ListenAddress 192.0.2.20:22
HostKey $T/hostkey
PidFile none
UsePAM no
StrictModes no
AuthorizedKeysFile $T/allowed
ForceCommand echo hello
EOF
    if [[ ! -d /run/sshd ]]; then
        mkdir /run/sshd
        made_run_sshd=yes
    fi
    spawn server sshd "$(command -v sshd)" -D -e -f "$T/sshd.conf"
    spawn server greeter socat TCP4-LISTEN:7000,fork,reuseaddr EXEC:'echo good day'
    spawn server reader socat -u TCP4-LISTEN:7001,fork,reuseaddr OPEN:/dev/null
    at server nft 'table ip fence { chain input { type filter hook input priority 0; tcp dport 81 reject with icmp type admin-prohibited; tcp dport 82 drop; }; }'
    ready server t 22
    ready server t 7000
    ready server t 7001
    record client refused.pcap eth0
    # An ordinary talk with an ordinary end, a closed port, a talk cut off, a
    # port that a firewall refuses, one that it ignores, and a secure shell.
    at client nc -w 2 192.0.2.20 7000 >/dev/null
    sleep 0.3
    at client nc -w 2 192.0.2.20 80 || true
    sleep 0.3
    at client python3 -c '
import socket, struct, time
s = socket.create_connection(("192.0.2.20", 7001), timeout=5)
s.sendall(b"half a sen")
time.sleep(0.3)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()'
    sleep 0.3
    at client nc -w 2 192.0.2.20 81 || true
    sleep 0.3
    at client nc -w 2 192.0.2.20 82 || true
    sleep 0.3
    at client ssh -F /dev/null -T -i "$T/key" -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null \
        root@192.0.2.20 >"$T/ssh.log" 2>&1 || true
    keep refused.pcap 35
}

sample_sockets() {
    local program=${WIREPEEL:-$HERE/../target/release/wirepeel} name
    [[ -x $program ]] || die "sockets is recorded by wirepeel itself: build it, or name it with WIREPEEL=PATH"
    host client server
    wire client eth0 01 server eth0 02
    addr client eth0 192.0.2.20/24
    addr server eth0 192.0.2.10/24 192.0.2.11/24
    # A process is called as its program's file.
    for name in intranetd publicd; do
        ln -s "$(PATH=/usr/bin:/bin readlink -f "$(PATH=/usr/bin:/bin command -v python3)")" "$T/$name"
    done
    cp "$HELP/shared-port.py" "$T/echo.py"
    chmod 755 "$T" && cd "$T"
    spawn server intranet setpriv --reuid=33 --regid=33 --clear-groups ./intranetd echo.py 192.0.2.10 8080 4000
    spawn server public setpriv --reuid=33 --regid=33 --clear-groups ./publicd echo.py 0.0.0.0 8080 4000
    spawn client web socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'read line; echo "HTTP/1.0 200 OK"; echo; echo hello'
    until_ok "both servers" ip netns exec "$RUN-server" sh -c '[ $(ss -Hlnt "sport = :8080" | wc -l) = 2 ]'
    ready client t 80
    # tracefs, for the kernel's word of short connections, is hidden in a namespace.
    spawn server recorder sh -c 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"' sh \
        "$program" capture -i eth0 -p --processes -w sockets.pcapng
    recorder=${pids[-1]}
    until_ok "wirepeel to start" grep -q capturing "$T/recorder.log"
    sleep 1
    # Both addresses over TCP, open at the same time; the same over UDP; ports
    # that nobody has; and a program here that lives for a few milliseconds.
    for name in 192.0.2.10 192.0.2.11; do
        at client python3 -c '
import socket, sys, time
s = socket.create_connection((sys.argv[1], 8080), timeout=5)
s.sendall(b"hello")
s.recv(100)
time.sleep(1.5)
s.sendall(b"bye")
s.recv(100)' "$name" &
        sleep 0.3
    done
    for name in 192.0.2.10 192.0.2.11; do
        at client sh -c "(echo hello; sleep 0.4; echo again) | socat -t 0.3 - UDP4:$name:4000" >/dev/null
    done
    sleep 1.5
    at client sh -c 'echo hello | socat -t 0.3 - UDP4:192.0.2.10:6969' || true
    at client nc -w 1 192.0.2.10 81 || true
    at server curl -s -o /dev/null http://192.0.2.20/
    cd "$HERE"
    keep sockets.pcapng 35
}

for name in "${WANTED[@]}"; do
    T=$TMP/$name
    mkdir "$T"
    "sample_${name//-/_}"
    tear_down
done
