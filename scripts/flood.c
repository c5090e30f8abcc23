/* flood IFACE FRAME_BYTES SECONDS RATE: sends UDP frames to port 8080, RATE a
 * second (0: as many as go), and says how many it sent. For scripts/live.py.
 * The kernel cuts what is written into the frames (segmentation in software), so
 * that the sender takes little of the processor that it shares with what captures. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { HEAD = 42, AT_ONCE = 64, MOST_BYTES = 64000 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void put16(unsigned char *at, unsigned value) {
    at[0] = value >> 8;
    at[1] = value;
}

static unsigned folded(unsigned sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Ethernet, IPv4 with its checksum, UDP with the sum of its pseudo header, as before segmentation. */
static void make(unsigned char *frame, int payload) {
    static const unsigned char head[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
    static const unsigned char ends[8] = {10, 99, 0, 1, 10, 99, 0, 2};
    unsigned char *ip = frame + 14, *udp = ip + 20;
    unsigned sum = 0, pseudo = 17 + 8 + payload;
    memcpy(frame, head, 14);
    memset(ip, 0, 28);
    ip[0] = 0x45;
    put16(ip + 2, 28 + payload);
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, ends, 8);
    for (int at = 0; at < 20; at += 2) sum += ip[at] << 8 | ip[at + 1];
    for (int at = 0; at < 8; at += 2) pseudo += ends[at] << 8 | ends[at + 1];
    put16(ip + 10, ~folded(sum) & 0xffff);
    put16(udp, 40000);
    put16(udp + 2, 8080);
    put16(udp + 4, 8 + payload);
    put16(udp + 6, folded(pseudo));
}

int main(int count, char **words) {
    static struct {
        struct virtio_net_hdr head;
        unsigned char frame[HEAD + MOST_BYTES];
    } __attribute__((packed)) out;
    if (count < 5) return fputs("flood IFACE FRAME_BYTES SECONDS RATE\n", stderr), 2;
    int size = atoi(words[2]), room = 8 << 20, yes = 1;
    double seconds = atof(words[3]), rate = atof(words[4]);
    if (size < 60 || size > 2048) return fputs("frames of 60 to 2048 bytes\n", stderr), 2;
    int payload = size - HEAD, most = MOST_BYTES / payload < AT_ONCE ? MOST_BYTES / payload : AT_ONCE;
    int to = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(words[1])};
    if (to < 0 || setsockopt(to, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) || bind(to, (void *)&at, sizeof at))
        return perror(words[1]), 1;
    setsockopt(to, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    uint64_t sent = 0;
    double start = now(), time;
    while ((time = now() - start) < seconds) {
        int due = most;
        if (rate > 0) {
            double behind = time * rate - sent;
            if (behind < 1) {
                nanosleep(&(struct timespec){0, 20000}, 0);
                continue;
            }
            if (behind < due) due = behind;
        }
        out.head = (struct virtio_net_hdr){
            .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
            .gso_type = due > 1 ? VIRTIO_NET_HDR_GSO_UDP_L4 : VIRTIO_NET_HDR_GSO_NONE,
            .hdr_len = HEAD,
            .gso_size = due > 1 ? payload : 0,
            .csum_start = 34,
            .csum_offset = 6,
        };
        make(out.frame, due * payload);
        for (int part = 0; part < due; part++) {
            uint64_t number = sent + part;
            memcpy(out.frame + HEAD + part * payload, &number, sizeof number);
        }
        if (write(to, &out, sizeof out.head + HEAD + due * payload) > 0) sent += due;
        else if (errno == ENOBUFS) usleep(50);
        else return perror("write"), 1;
    }
    printf("%llu %.3f\n", (unsigned long long)sent, time);
}
