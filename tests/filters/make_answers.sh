#!/bin/bash
# Makes answers.tsv: which packets of mixed.pcapng tshark 4.0 lets through for each
# filter of filters.txt. Nothing is put together from several packets.
set -eu
cd "$(dirname "$0")"
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
export WIRESHARK_CONFIG_DIR=$config TZ=UTC LC_ALL=C.UTF-8
settings="ip.check_checksum:TRUE tcp.check_checksum:TRUE udp.check_checksum:TRUE
ip.defragment:FALSE ipv6.defragment:FALSE tcp.desegment_tcp_streams:FALSE
http.desegment_headers:FALSE http.desegment_body:FALSE tls.desegment_ssl_records:FALSE"
arguments=(-n -T fields -e frame.number)
for setting in $settings; do arguments+=(-o "$setting"); done
while IFS= read -r filter; do
    [ -n "$filter" ] || continue
    numbers=$(tshark -r mixed.pcapng "${arguments[@]}" -Y "$filter" 2>/dev/null | tr '\n' ' ')
    printf '%s\t%s\n' "$filter" "${numbers% }"
done <filters.txt >answers.tsv
