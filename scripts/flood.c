/* flood IFACE FRAME_BYTES SECONDS RATE: sends UDP frames to port 8080, RATE a
 * second (0: as many as go), and says how many it sent. For scripts/live.py. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 64, LONGEST = 2048 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void put16(unsigned char *at, unsigned value) {
    at[0] = value >> 8;
    at[1] = value;
}

/* Ethernet, IPv4 with its checksum, UDP without one. */
static void make(unsigned char *frame, int size) {
    static const unsigned char head[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
    static const unsigned char ends[8] = {10, 99, 0, 1, 10, 99, 0, 2};
    unsigned char *ip = frame + 14, *udp = ip + 20;
    unsigned sum = 0;
    memset(frame, 0, LONGEST);
    memcpy(frame, head, 14);
    ip[0] = 0x45;
    put16(ip + 2, size - 14);
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, ends, 8);
    for (int at = 0; at < 20; at += 2) sum += ip[at] << 8 | ip[at + 1];
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~sum & 0xffff);
    put16(udp, 40000);
    put16(udp + 2, 8080);
    put16(udp + 4, size - 34);
}

int main(int count, char **words) {
    static unsigned char frames[AT_ONCE][LONGEST];
    struct mmsghdr messages[AT_ONCE] = {0};
    struct iovec parts[AT_ONCE];
    if (count < 5) return fputs("flood IFACE FRAME_BYTES SECONDS RATE\n", stderr), 2;
    int size = atoi(words[2]), room = 8 << 20;
    double seconds = atof(words[3]), rate = atof(words[4]);
    if (size < 60 || size > LONGEST) return fputs("frames of 60 to 2048 bytes\n", stderr), 2;
    int out = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(words[1])};
    if (out < 0 || bind(out, (void *)&to, sizeof to)) return perror(words[1]), 1;
    setsockopt(out, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    for (int at = 0; at < AT_ONCE; at++) {
        make(frames[at], size);
        parts[at] = (struct iovec){frames[at], size};
        messages[at].msg_hdr.msg_iov = &parts[at];
        messages[at].msg_hdr.msg_iovlen = 1;
    }
    uint64_t sent = 0;
    double start = now(), time;
    while ((time = now() - start) < seconds) {
        int due = AT_ONCE;
        if (rate > 0) {
            double behind = time * rate - sent;
            if (behind < 1) {
                nanosleep(&(struct timespec){0, 20000}, 0);
                continue;
            }
            if (behind < due) due = behind;
        }
        for (int at = 0; at < due; at++) {
            uint64_t number = sent + at;
            memcpy(frames[at] + 42, &number, sizeof number);
        }
        int got = sendmmsg(out, messages, due, 0);
        if (got < 0 && errno == ENOBUFS) usleep(50);
        if (got > 0) sent += got;
    }
    printf("%llu %.3f\n", (unsigned long long)sent, time);
}
