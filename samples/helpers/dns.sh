# The DNS samples: resolvers, root, top-level and authoritative servers, each on
# a host of its own. Read by record.sh, whose functions are used here.
# shellcheck shell=bash disable=SC2154

# ---- servers --------------------------------------------------------------

zone() { # NAME: keeps the zone's text from standard input
    mkdir -p "$T/zones"
    cat >"$T/zones/$1zone"
}

sign() { # NAME [OPTIONS]: signs a kept zone, and the DS of those below it signed before
    local name=$1
    shift
    mkdir -p "$T/keys"
    mv "$T/zones/${name}zone" "$T/zones/${name}plain"
    dnssec-keygen -q -a ECDSAP256SHA256 -f KSK -K "$T/keys" "$name" >/dev/null
    dnssec-keygen -q -a ECDSAP256SHA256 -K "$T/keys" "$name" >/dev/null
    dnssec-signzone -S -g -x -K "$T/keys" -d "$T/keys" -o "$name" \
        -f "$T/zones/${name}zone" "$@" "$T/zones/${name}plain" >"$T/sign.log" 2>&1 \
        || die "cannot sign $name"
}

nsd_for() { # HOST ZONE...: a name server for zones that have been kept
    local host=$1 item
    shift
    mkdir "$T/$host"
    {
        cat <<EOF
server:
    username: ""
    chroot: ""
    zonesdir: "$T/zones"
    database: ""
    pidfile: "$T/$host/nsd.pid"
    xfrdfile: "$T/$host/xfrd.state"
    xfrdir: "$T/$host"
    zonelistfile: "$T/$host/zone.list"
    hide-version: yes
    hide-identity: yes
    server-count: 1
EOF
        printf '    ip-address: %s\n' ${addresses[$host]}
        printf 'remote-control:\n    control-enable: no\n'
        for item in "$@"; do
            printf 'zone:\n    name: "%s"\n    zonefile: "%szone"\n' "$item" "$item"
        done
    } >"$T/$host/nsd.conf"
    spawn "$host" "nsd-$host" nsd -d -c "$T/$host/nsd.conf"
    ready "$host" u 53
}

unbound_at() { # HOST SETTING...: a resolver that knows nothing but $T/hints
    local host=$1
    shift
    {
        cat <<EOF
server:
    access-control: 192.0.2.0/24 allow
    access-control: 2001:db8::/32 allow
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "$T"
    pidfile: "$T/unbound.pid"
    use-syslog: no
    logfile: ""
    root-hints: "$T/hints"
    num-threads: 1
    hide-identity: yes
    hide-version: yes
    trust-anchor-signaling: no
    local-zone: "test." nodefault
EOF
        printf '    interface: %s\n' ${addresses[$host]}
        printf '    %s\n' "$@"
        printf 'remote-control:\n    control-enable: no\n'
    } >"$T/unbound.conf"
    spawn "$host" unbound unbound -d -c "$T/unbound.conf"
    ready "$host" u 53
}

ask() { # DIG OPTIONS...: the client asks the resolver, once if not told otherwise
    at client dig @192.0.2.53 +tries=1 +time=5 "$@" >>"$T/dig.log" || true
    sleep 0.3
}

lose() { # HOST COUNT MATCH...: throws away the first COUNT packets that match
    local host=$1 count=$2
    shift 2
    at "$host" nft "table inet lossy; delete table inet lossy; table inet lossy {
        chain input { type filter hook input priority 0; $* numgen inc mod 100000 < $count drop; }; }"
}

# A small internet: the root, the domains `example` and `test`, three hosts with
# zones below them, and a resolver with a client. Each has the same last part in
# its IPv4 and its IPv6 address.
internet() {
    local name last
    lan client resolver root example test hosting cdn web
    for name in client=10 resolver=53 root=1 example=2 test=3 hosting=4 cdn=5 web=80; do
        last=${name#*=}
        addr "${name%=*}" eth0 "192.0.2.$last/24" "2001:db8::$last/64"
    done
    addr hosting eth0 192.0.2.6/24 192.0.2.7/24     # for bad servers
    cat >"$T/hints" <<'EOF'
.                3600000 NS   ns.root.example.
ns.root.example. 3600000 A    192.0.2.1
ns.root.example. 3600000 AAAA 2001:db8::1
EOF
    zone . <<'EOF'
.                86400 IN SOA  ns.root.example. hostmaster.root.example. 1 1800 900 604800 3600
.                86400 IN NS   ns.root.example.
ns.root.example. 86400 IN A    192.0.2.1
ns.root.example. 86400 IN AAAA 2001:db8::1
example.         86400 IN NS   ns.nic.example.
ns.nic.example.  86400 IN A    192.0.2.2
ns.nic.example.  86400 IN AAAA 2001:db8::2
test.            86400 IN NS   ns.nic.test.
ns.nic.test.     86400 IN A    192.0.2.3
ns.nic.test.     86400 IN AAAA 2001:db8::3
EOF
    zone example. <<'EOF'
example.         3600 IN SOA   ns.nic.example. hostmaster.nic.example. 1 1800 900 604800 900
example.         3600 IN NS    ns.nic.example.
ns.nic.example.  3600 IN A     192.0.2.2
ns.nic.example.  3600 IN AAAA  2001:db8::2
shop.example.    3600 IN NS    ns.hosting.test.
old.example.     3600 IN DNAME shop.example.
slow.example.    3600 IN NS    ns.slow.example.
ns.slow.example. 3600 IN A     192.0.2.7
dead.example.    3600 IN NS    gone.hosting.test.
EOF
    zone test. <<'EOF'
test.            3600 IN SOA   ns.nic.test. hostmaster.nic.test. 1 1800 900 604800 900
test.            3600 IN NS    ns.nic.test.
ns.nic.test.     3600 IN A     192.0.2.3
ns.nic.test.     3600 IN AAAA  2001:db8::3
hosting.test.    3600 IN NS    ns.hosting.test.
ns.hosting.test. 3600 IN A     192.0.2.4
ns.hosting.test. 3600 IN AAAA  2001:db8::4
cdn.test.        3600 IN NS    ns.cdn.test.
ns.cdn.test.     3600 IN A     192.0.2.5
ns.cdn.test.     3600 IN AAAA  2001:db8::5
EOF
    zone hosting.test. <<'EOF'
hosting.test.    600 IN SOA    ns.hosting.test. hostmaster.hosting.test. 1 1800 900 604800 300
hosting.test.    600 IN NS     ns.hosting.test.
ns.hosting.test. 600 IN A      192.0.2.4
ns.hosting.test. 600 IN AAAA   2001:db8::4
EOF
    # The name server's name lies in the other top-level domain, so that
    # `example` cannot give its address along.
    zone shop.example. <<EOF
shop.example.      600 IN SOA   ns.hosting.test. hostmaster.shop.example. 7 1800 900 604800 4
shop.example.      600 IN NS    ns.hosting.test.
shop.example.      600 IN MX    10 mail.shop.example.
www.shop.example.  600 IN A     192.0.2.80
www.shop.example.  600 IN AAAA  2001:db8::80
mail.shop.example. 600 IN A     192.0.2.25
offer.shop.example.  3 IN A     192.0.2.80
news.shop.example.  10 IN A     192.0.2.80
fast.shop.example. 600 IN CNAME shop.cdn.test.
a.shop.example.    600 IN A     192.0.2.81
b.shop.example.    600 IN A     192.0.2.82
c.shop.example.    600 IN A     192.0.2.83
long.shop.example. 600 IN TXT   $(printf '"line %s of a long text that UDP cannot hold" ' {01..40})
EOF
    zone cdn.test. <<'EOF'
cdn.test.          60 IN SOA   ns.cdn.test. hostmaster.cdn.test. 3 1800 900 604800 60
cdn.test.          60 IN NS    ns.cdn.test.
ns.cdn.test.       60 IN A     192.0.2.5
ns.cdn.test.       60 IN AAAA  2001:db8::5
shop.cdn.test.     60 IN CNAME edge.hosting.test.
EOF
    printf 'gone.hosting.test. 600 IN A 192.0.2.6\nedge.hosting.test. 20 IN A 192.0.2.80\nedge.hosting.test. 20 IN AAAA 2001:db8::80\n' \
        >>"$T/zones/hosting.test.zone"
    zone slow.example. <<'EOF'
slow.example.      600 IN SOA   ns.slow.example. hostmaster.slow.example. 1 1800 900 604800 60
slow.example.      600 IN NS    ns.slow.example.
ns.slow.example.   600 IN A     192.0.2.7
www.slow.example.  600 IN A     192.0.2.84
EOF
    nsd_for root .
    nsd_for example example.
    nsd_for test test.
    nsd_for hosting hosting.test. shop.example. slow.example.
    nsd_for cdn cdn.test.
}

# What is seen on the switch, without the hosts' search for each other.
record_dns() { # FILE
    record switch "$1" lan0 'tcp or udp or icmp'
}

# ---- the samples ----------------------------------------------------------

sample_dns_walk() {
    lan client resolver root tld auth
    addr client eth0 192.0.2.10/24
    addr resolver eth0 192.0.2.53/24
    addr root eth0 192.0.2.1/24
    addr tld eth0 192.0.2.2/24
    addr auth eth0 192.0.2.3/24
    zone . <<'EOF'
.                86400 IN SOA ns.root.example. hostmaster.root.example. 1 1800 900 604800 3600
.                86400 IN NS  ns.root.example.
ns.root.example. 86400 IN A   192.0.2.1
kr.              86400 IN NS  ns.dns.kr.
ns.dns.kr.       86400 IN A   192.0.2.2
EOF
    zone kr. <<'EOF'
kr.              3600 IN SOA ns.dns.kr. hostmaster.dns.kr. 1 1800 900 604800 900
kr.              3600 IN NS  ns.dns.kr.
ns.dns.kr.       3600 IN A   192.0.2.2
example.kr.      3600 IN NS  ns.example.kr.
ns.example.kr.   3600 IN A   192.0.2.3
EOF
    zone example.kr. <<EOF
example.kr.      600 IN SOA   ns.example.kr. hostmaster.example.kr. 7 1800 900 604800 300
example.kr.      600 IN NS    ns.example.kr.
ns.example.kr.   600 IN A     192.0.2.3
example.kr.      600 IN MX    10 mail.example.kr.
example.kr.      600 IN MX    20 backup.example.kr.
example.kr.      600 IN TXT   "v=spf1 mx -all"
example.kr.      600 IN TXT   "안녕하세요"
www.example.kr.  600 IN A     198.51.100.80
www.example.kr.  600 IN A     198.51.100.81
www.example.kr.  600 IN AAAA  2001:db8:80::80
blog.example.kr. 600 IN CNAME www.example.kr.
mail.example.kr. 600 IN A     198.51.100.25
backup.example.kr. 600 IN A   198.51.100.26
long.example.kr. 600 IN TXT   $(printf '"line %s of a long text that UDP of 512 bytes cannot hold" ' {01..40})
EOF
    nsd_for root .
    nsd_for tld kr.
    nsd_for auth example.kr.
    cat >"$T/hints" <<'EOF'
.                3600000 NS ns.root.example.
ns.root.example. 3600000 A  192.0.2.1
EOF
    record_ng switch dns-walk.pcapng lan0
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no'
    ask www.example.kr A
    ask www.example.kr AAAA
    ask blog.example.kr A
    ask nothing.example.kr A
    ask example.kr MX
    ask example.kr TXT
    ask www.example.kr A
    ask +noedns long.example.kr TXT
    keep dns-walk.pcapng 40
}

browse() { # CURL OPTIONS...: the client's curl, which asks our resolver for names
    at client unshare --mount sh -c 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"' sh \
        "$T/resolv.conf" curl -q -sS --max-time 10 "$@" >>"$T/curl.out" 2>>"$T/curl.log"
    sleep 0.3
}

sample_dns_visit() {
    internet
    addr web eth0 192.0.2.81/24
    mkdir "$T/www"
    echo 'Welcome to the shop.' >"$T/www/index.html"
    touch -d '2024-01-01 00:00:00 UTC' "$T/www/index.html"
    nginx_at web 80 <<'EOF'
    server {
        listen 80;
        listen [::]:80;
    }
EOF
    printf 'nameserver 192.0.2.53\n' >"$T/resolv.conf"
    unbound_at resolver 'module-config: "iterator"' 'prefer-ip4: yes'
    record_dns dns-visit.pcap
    browse -4 http://www.shop.example/
    sleep 2
    browse http://www.shop.example/
    browse http://192.0.2.81/
    keep dns-visit.pcap 40
}

sample_tls_visit() {
    internet
    addr web eth0 192.0.2.81/24
    mkdir "$T/www"
    echo 'A secret page.' >"$T/www/index.html"
    touch -d '2024-01-01 00:00:00 UTC' "$T/www/index.html"
    certify www.shop.example offer.shop.example
    nginx_at web 443 <<EOF
    server {
        listen 443 ssl;
        ssl_certificate $T/ca/pem;
        ssl_certificate_key $T/ca/key;
    }
EOF
    printf 'nameserver 192.0.2.53\n' >"$T/resolv.conf"
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no'
    record_dns tls-visit.pcap
    local over=(-4 --http1.1 --cacert "$T/ca/ca.pem")
    browse "${over[@]}" https://www.shop.example/
    browse "${over[@]}" https://offer.shop.example/
    # A client that keeps its own list of addresses.
    browse "${over[@]}" --resolve www.shop.example:443:192.0.2.80 https://www.shop.example/
    browse "${over[@]}" --resolve www.shop.example:443:192.0.2.81 https://www.shop.example/
    [[ $(grep -c 'A secret page' "$T/curl.out") == 4 ]] || die "the page did not arrive four times"
    keep tls-visit.pcap 60
}

sample_dns_cache() {
    internet
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no' 'prefetch: yes'
    record_dns dns-cache.pcap
    ask offer.shop.example A
    ask news.shop.example A
    sleep 1.5
    ask offer.shop.example A
    sleep 2
    ask offer.shop.example A
    sleep 4.7
    ask news.shop.example A     # nearly expired: answered, and fetched anew behind it
    sleep 2
    ask news.shop.example A
    # Straight from the authority: never any older.
    at client dig @192.0.2.4 +norec +tries=1 news.shop.example A >>"$T/dig.log"
    at client dig @192.0.2.4 +norec +tries=1 news.shop.example A >>"$T/dig.log"
    keep dns-cache.pcap 30
}

sample_dns_nxdomain() {
    internet
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no'
    ask www.shop.example A
    record_dns dns-nxdomain.pcap
    ask nothing.shop.example A
    sleep 1
    ask nothing.shop.example A
    ask www.shop.example MX
    sleep 1
    ask www.shop.example MX
    sleep 3
    ask nothing.shop.example A
    keep dns-nxdomain.pcap 16
}

sample_dns_cname() {
    internet
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no' \
        'qname-minimisation: no' 'use-caps-for-id: yes'
    record_dns dns-cname.pcap
    ask fast.shop.example A
    ask www.old.example A
    keep dns-cname.pcap 20
}

sample_dns_truncated() {
    internet
    unbound_at resolver 'module-config: "iterator"' 'prefer-ip6: yes'
    ask www.shop.example A
    sleep 1
    record_dns dns-truncated.pcap
    at client dig @2001:db8::53 +tries=1 long.shop.example TXT >>"$T/dig.log"
    at client dig @2001:db8::53 +tries=1 +bufsize=4096 +ignore long.shop.example TXT >>"$T/dig.log"
    keep dns-truncated.pcap 20
}

sample_dns_lost() {
    internet
    unbound_at resolver 'module-config: "iterator"' 'do-ip6: no' 'ede: yes' \
        'outbound-msg-retry: 2' 'unknown-server-time-limit: 300' 'discard-timeout: 15000'
    ask www.shop.example A
    record_dns dns-lost.pcap
    # The client's question, the resolver's question, the authority's answer.
    lose resolver 1 ip saddr 192.0.2.10 udp dport 53
    ask +tries=3 +time=1 www.shop.example A
    lose hosting 1 udp dport 53
    ask a.shop.example A
    lose resolver 1 udp sport 53
    ask b.shop.example A
    # A server so slow that the client asks again before the answer comes, and
    # one that never answers.
    lose hosting 3 ip daddr 192.0.2.7 udp dport 53
    ask +tries=3 +time=1 www.slow.example A
    lose hosting 90000 ip daddr 192.0.2.6 udp dport 53
    at client dig @192.0.2.6 +norec +tries=2 +time=1 www.dead.example A >>"$T/dig.log" || true
    ask +time=15 www.dead.example A
    sleep 2
    ask c.shop.example A
    at client dig @192.0.2.6 +norec +tries=1 +time=1 www.dead.example A >>"$T/dig.log" || true
    keep dns-lost.pcap 25
}

sample_dns_dnssec() {
    lan client resolver root example auth
    addr client eth0 192.0.2.10/24
    addr resolver eth0 192.0.2.53/24
    addr root eth0 192.0.2.1/24
    addr example eth0 192.0.2.2/24
    addr auth eth0 192.0.2.4/24
    local name
    for name in shop plain expired; do
        zone "$name.example." <<EOF
$name.example.     600 IN SOA ns.$name.example. hostmaster.$name.example. 1 1800 900 604800 60
$name.example.     600 IN NS  ns.$name.example.
ns.$name.example.  600 IN A   192.0.2.4
www.$name.example. 600 IN A   192.0.2.80
EOF
    done
    zone example. <<'EOF'
example.            3600 IN SOA ns.nic.example. hostmaster.nic.example. 1 1800 900 604800 900
example.            3600 IN NS  ns.nic.example.
ns.nic.example.     3600 IN A   192.0.2.2
shop.example.       3600 IN NS  ns.shop.example.
ns.shop.example.    3600 IN A   192.0.2.4
plain.example.      3600 IN NS  ns.plain.example.
ns.plain.example.   3600 IN A   192.0.2.4
expired.example.    3600 IN NS  ns.expired.example.
ns.expired.example. 3600 IN A   192.0.2.4
EOF
    zone . <<'EOF'
.                86400 IN SOA ns.root.example. hostmaster.root.example. 1 1800 900 604800 3600
.                86400 IN NS  ns.root.example.
ns.root.example. 86400 IN A   192.0.2.1
example.         86400 IN NS  ns.nic.example.
ns.nic.example.  86400 IN A   192.0.2.2
EOF
    cat >"$T/hints" <<'EOF'
.                3600000 NS ns.root.example.
ns.root.example. 3600000 A  192.0.2.1
EOF
    sign shop.example.
    sign expired.example. -P -s now-3456000 -e now-864000
    sign example. -3 -
    sign .
    nsd_for root .
    nsd_for example example.
    nsd_for auth shop.example. plain.example. expired.example.
    unbound_at resolver 'module-config: "validator iterator"' 'do-ip6: no' 'ede: yes' \
        "trust-anchor-file: \"$T/keys/dsset-.\""
    record_dns dns-dnssec.pcap
    ask +dnssec www.shop.example A
    ask +dnssec nothing.shop.example A
    ask +dnssec www.plain.example A
    ask +dnssec www.expired.example A
    ask +cdflag www.expired.example A
    keep dns-dnssec.pcap 30
}

sample_dns_options() {
    lan client resolver auth
    addr client eth0 192.0.2.10/24
    addr resolver eth0 192.0.2.53/24
    addr auth eth0 192.0.2.4/24
    zone shop.example. <<'EOF'
shop.example.     600 IN SOA ns.shop.example. hostmaster.shop.example. 1 1800 900 604800 60
shop.example.     600 IN NS  ns.shop.example.
ns.shop.example.  600 IN A   192.0.2.4
www.shop.example. 600 IN A   192.0.2.80
EOF
    cat >"$T/places" <<'EOF'
www.shop.example:
  - net: 198.51.100.0/24
    A: [ 192.0.2.81 ]
  - net: 203.0.113.0/24
    A: [ 192.0.2.82 ]
EOF
    cat >"$T/knot.conf" <<EOF
server:
    listen: 192.0.2.4@53
    rundir: "$T"
    nsid: "authority 4"
    edns-client-subnet: on
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "$T/knot"
mod-cookies:
  - id: cookies
    badcookie-slip: 1
mod-geoip:
  - id: places
    config-file: "$T/places"
    ttl: 60
    mode: subnet
zone:
  - domain: shop.example
    file: "$T/zones/shop.example.zone"
    module: [ mod-cookies/cookies, mod-geoip/places ]
EOF
    spawn auth knotd knotd -c "$T/knot.conf"
    ready auth u 53
    touch "$T/hints"
    unbound_at resolver 'module-config: "subnetcache iterator"' 'do-ip6: no' 'ede: yes' \
        'nsid: "ascii_resolver 53"' 'send-client-subnet: 192.0.2.4' 'edns-tcp-keepalive: yes' \
        'local-zone: "blocked.example." always_refuse' \
        'stub-zone:' '    name: "shop.example."' '    stub-addr: 192.0.2.4'
    record_dns dns-options.pcap
    ask +subnet=198.51.100.0/24 www.shop.example A
    ask +subnet=203.0.113.0/24 www.shop.example A
    ask +subnet=198.51.100.0/24 www.shop.example A
    ask +nsid +padding=64 blocked.example A
    ask +tcp +keepalive www.shop.example A
    # Without the server's cookie: told so, and asked again with it.
    at client dig @192.0.2.4 +norec +tries=1 +nsid www.shop.example A >>"$T/dig.log"
    keep dns-options.pcap 20
}

# Avahi where no other one can be met: with its files in a folder of its own.
avahi_at() { # HOST NAME
    mkdir -p "$T/avahi-$1/services"
    cat >"$T/avahi-$1/avahi-daemon.conf" <<EOF
[server]
host-name=$2
use-ipv6=no
enable-dbus=no
allow-interfaces=eth0
[publish]
publish-hinfo=no
publish-workstation=no
EOF
    spawn "$1" "avahi-$1" unshare --mount sh -c 'mount -t tmpfs none /run
        mount --bind "$1" /etc/avahi
        exec avahi-daemon --no-drop-root --no-chroot --no-rlimits' sh "$T/avahi-$1"
}

sample_mdns() {
    lan client printer notebook
    addr client eth0 192.0.2.10/24
    addr printer eth0 192.0.2.30/24
    addr notebook eth0 192.0.2.40/24
    local name
    for name in client printer notebook; do
        route "$name" 224.0.0.0/4 dev eth0
    done
    record_dns mdns.pcap
    avahi_at printer printer
    cat >"$T/avahi-printer/services/print.service" <<'EOF'
<?xml version="1.0"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>Printer in the hall</name>
  <service><type>_ipp._tcp</type><port>631</port><txt-record>pdl=application/pdf</txt-record></service>
</service-group>
EOF
    sleep 4
    avahi_at notebook printer       # the name is taken already
    sleep 4
    at client dig @224.0.0.251 -p 5353 +tries=1 +time=3 printer.local A >>"$T/dig.log" || true
    keep mdns.pcap 10
}

# DNS over HTTP/2 without TLS, so that everybody can read it. The resolver has been told
# the names itself.
sample_dns_https() {
    local i
    host client resolver
    wire client eth0 01 resolver eth0 02
    addr client eth0 192.0.2.10/24
    addr resolver eth0 192.0.2.53/24
    touch "$T/hints"
    local settings=('https-port: 8080' 'http-notls-downstream: yes' 'interface: 192.0.2.53@8080'
        'local-zone: "example.kr." static'
        'local-data: "example.kr. 300 SOA ns.example.kr. hostmaster.example.kr. 1 1800 900 604800 60"'
        'local-data: "www.example.kr. 300 A 192.0.2.80"'
        'local-data: "www.example.kr. 300 AAAA 2001:db8::80"')
    for i in {1..9}; do
        settings+=("local-data: 'text.example.kr. 300 TXT \"$i $(printf 'of nine lines that one segment cannot hold, %.0s' {1..5})\"'")
    done
    unbound_at resolver "${settings[@]}"
    ready resolver t 8080
    # dig may wait forever when it keeps a connection open: then once more.
    for i in {1..9}; do
        record client dns-https.pcap eth0
        ask_over_https && break
        stop "$recorder"
    done
    keep dns-https.pcap 50
}

ask_over_https() {
    local dig=(timeout 5 dig +tries=1 -p 8080 @192.0.2.53)
    # A connection each: in the path of GET, in the body of POST.
    at client "${dig[@]}" +http-plain-get www.example.kr A >"$T/dig.log" || return
    at client "${dig[@]}" +http-plain-post www.example.kr AAAA >>"$T/dig.log" || return
    # One connection for three: what the first says of itself the others need not repeat.
    at client "${dig[@]}" +http-plain-post +keepopen \
        www.example.kr A text.example.kr TXT none.example.kr A >>"$T/dig.log" || return
    [[ $(grep -c 'status: NOERROR' "$T/dig.log") == 4 ]]
}
