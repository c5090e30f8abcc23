#!/bin/bash
# Makes answers.tsv, what tshark says in its second pass of which DNS message answers which,
# and quic.tsv, what it says of QUIC.
#   make_answers.sh CAPTURES_DIR
# One pass knows no answer while it prints the query. The settings are those of the tables
# that the comparison reads, which have no column of QUIC.
# With NEWER_TSHARK=PROGRAM, a tshark of a later version that reads CAPTURES_DIR's files by the
# same relative paths, it makes newer.tsv too: what that one says of DNS, with TCP segments put
# together, in the captures in which the last comparison found a difference.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:?captures folder}"
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
export WIRESHARK_CONFIG_DIR=$config TZ=UTC LC_ALL=C.UTF-8
checks="ip.check_checksum:TRUE tcp.check_checksum:TRUE udp.check_checksum:TRUE
ip.defragment:FALSE ipv6.defragment:FALSE"
apart="tcp.desegment_tcp_streams:FALSE
tls.desegment_ssl_records:FALSE tls.desegment_ssl_application_data:FALSE
http.desegment_headers:FALSE http.desegment_body:FALSE dns.desegment_dns_messages:FALSE"

# record PROGRAM SETTINGS OUT FILTER FIELD...: these fields of the packets that match, of the captures named on
# standard input.
record() {
    local program=$1 out=$here/$3 filter=$4 fields=("${@:5}") file setting options=()
    for setting in $2; do options+=(-o "$setting"); done
    for field in "${fields[@]}"; do options+=(-e "$field"); done
    (IFS=$'\t'; printf 'file\t%s\n' "${fields[*]}") >"$out"
    while read -r file; do
        timeout 300 "$program" -r "$file" -2 -n -T fields -E separator=/t -E occurrence=a -E 'aggregator=;' \
            -Y "$filter" "${options[@]}" 2>/dev/null </dev/null | sed "s#^#$file\t#" >>"$out" || true
    done
}

# captures COLUMN PATTERN: those in which the first pass found a packet whose column matches.
captures() {
    for table in expected/packets/*; do
        zcat "$table" | awk -F'\t' -v column="$1" -v pattern="$2" '
            NR==1 {for (i = 1; i <= NF; i++) if ($i == column) at = i; next}
            $at ~ pattern && !seen[$1]++ {print $1}'
    done
}

# tshark has names of their own for what is no DNS of port 53.
dns='dns or mdns or llmnr'
captures dns.id . |
    record tshark "$checks $apart" answers.tsv "$dns" frame.number dns.response_in dns.response_to dns.time
captures frame.protocols '(^|:)quic(:|$)' |
    record tshark "$checks $apart" quic.tsv quic frame.number quic.version quic.dcid quic.scid \
        quic.long.packet_type quic.long.packet_type_v2 quic.token_length quic.length quic.packet_number quic.frame_type \
        quic.crypto.offset quic.crypto.length tls.handshake.type tls.handshake.extensions_server_name
if [ -n "${NEWER_TSHARK:-}" ]; then
    # The first packet of each, so that a capture in which it finds no DNS is named as well.
    # Later versions print truth values as words.
    awk -F'\t' '$3 ~ /^dns\./ && !seen[$1]++ {print $1}' "$here/../../target/fidelity/differences.tsv" |
        record "$NEWER_TSHARK" "$checks" newer.tsv "$dns or frame.number == 1" frame.number dns.id dns.flags.response \
            dns.flags.rcode dns.count.queries dns.count.answers dns.qry.name dns.qry.type dns.qry.class dns.resp.name \
            dns.resp.type dns.resp.ttl dns.a dns.aaaa dns.cname dns.response_in dns.response_to dns.time
    sed -i 's/\tFalse\t/\t0\t/; s/\tTrue\t/\t1\t/' "$here/newer.tsv"
fi
