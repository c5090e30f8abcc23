#!/bin/bash
# Makes answers.tsv, what tshark says in its second pass of which DNS message answers which,
# and quic.tsv, what it says of QUIC.
#   make_answers.sh CAPTURES_DIR
# One pass knows no answer while it prints the query. The settings are those of the tables
# that the comparison reads, which have no column of QUIC.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:?captures folder}"
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
export WIRESHARK_CONFIG_DIR=$config TZ=UTC LC_ALL=C.UTF-8
settings="ip.check_checksum:TRUE tcp.check_checksum:TRUE udp.check_checksum:TRUE
ip.defragment:FALSE ipv6.defragment:FALSE tcp.desegment_tcp_streams:FALSE
tls.desegment_ssl_records:FALSE tls.desegment_ssl_application_data:FALSE
http.desegment_headers:FALSE http.desegment_body:FALSE dns.desegment_dns_messages:FALSE"
arguments=(-2 -n -T fields -E separator=/t -E occurrence=a -E 'aggregator=;')
for setting in $settings; do arguments+=(-o "$setting"); done

# record OUT FILTER FIELD...: these fields of the packets that match, of the captures named on standard input.
record() {
    local out=$here/$1 filter=$2 fields=("${@:3}") file options=()
    for field in "${fields[@]}"; do options+=(-e "$field"); done
    (IFS=$'\t'; printf 'file\t%s\n' "${fields[*]}") >"$out"
    while read -r file; do
        timeout 300 tshark -r "$file" "${arguments[@]}" -Y "$filter" "${options[@]}" 2>/dev/null | sed "s#^#$file\t#" >>"$out" || true
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

captures dns.id . | record answers.tsv dns frame.number dns.id dns.response_in dns.response_to dns.time
captures frame.protocols '(^|:)quic(:|$)' | record quic.tsv quic frame.number quic.version quic.dcid quic.scid \
    quic.long.packet_type quic.long.packet_type_v2 quic.token_length quic.length quic.packet_number quic.frame_type \
    quic.crypto.offset quic.crypto.length tls.handshake.type tls.handshake.extensions_server_name
