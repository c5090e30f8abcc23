#!/bin/bash
# Makes answers.tsv: what tshark says in its second pass of which DNS message answers which.
#   make_answers.sh CAPTURES_DIR
# One pass knows no answer while it prints the query. The settings are those of the tables
# that the comparison reads.
set -eu
out=$(cd "$(dirname "$0")" && pwd)/answers.tsv
cd "${1:?captures folder}"
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
export WIRESHARK_CONFIG_DIR=$config TZ=UTC LC_ALL=C.UTF-8
settings="ip.check_checksum:TRUE tcp.check_checksum:TRUE udp.check_checksum:TRUE
ip.defragment:FALSE ipv6.defragment:FALSE tcp.desegment_tcp_streams:FALSE
tls.desegment_ssl_records:FALSE tls.desegment_ssl_application_data:FALSE
http.desegment_headers:FALSE http.desegment_body:FALSE dns.desegment_dns_messages:FALSE"
arguments=(-2 -n -Y dns -T fields -E separator=/t -E occurrence=a -E 'aggregator=;')
for setting in $settings; do arguments+=(-o "$setting"); done
for field in frame.number dns.id dns.response_in dns.response_to dns.time; do arguments+=(-e "$field"); done
printf 'file\tframe.number\tdns.id\tdns.response_in\tdns.response_to\tdns.time\n' >"$out"
# The captures in which the first pass found a message.
for table in expected/packets/*; do
    zcat "$table" | awk -F'\t' 'NR==1 {for (i = 1; i <= NF; i++) if ($i == "dns.id") id = i; next} $id != "" && !seen[$1]++ {print $1}'
done | while read -r file; do
    timeout 300 tshark -r "$file" "${arguments[@]}" 2>/dev/null | sed "s#^#$file\t#" >>"$out" || true
done
