#!/usr/bin/env python3
"""Compares live capture with tcpdump, and measures idle screens. Needs root.

    scripts/live.py target/release/wirepeel [--seconds 5] [--rounds 2]

In a namespace with a veth pair frames of 64 and of 1400 bytes are sent at
falling rates. At each rate tcpdump and wirepeel (its screen open, keys pressed
meanwhile) capture in turn, with buffers of the same size, into files in the
same folder. A row says what each kept, what the kernel dropped, what is in
neither count (0 for wirepeel), and how quickly the screen answered. It goes on until
tcpdump has lost nothing at two rates. Then the processor time of idle screens.
"""
import argparse, fcntl, os, pty, re, select, shutil, struct, subprocess, sys, tempfile, termios, time

RATES = {64: [0, 800e3, 700e3, 600e3, 500e3, 400e3, 300e3, 200e3, 150e3, 100e3, 50e3],
         1400: [0, 500e3, 400e3, 300e3, 200e3, 150e3, 120e3, 100e3, 80e3, 60e3, 40e3, 20e3]}
FILTER = "udp dst port 8080"
KEYS = "jjjGkkkg\x06\x02"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Screen:
    """The program in a terminal that nobody sees."""

    def __init__(self, words, prefix=()):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.said = tempfile.TemporaryFile()
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": tempfile.gettempdir()}
        self.child = subprocess.Popen([*prefix, *words], stdin=theirs, stdout=theirs, stderr=self.said,
                                      start_new_session=True, env=environment)
        os.close(theirs)

    def take(self, seconds, keys="", until=None):
        """Reads what is drawn for so long, or until it holds some bytes; presses a key every 50 ms."""
        start = due = time.monotonic()
        at, seen = 0, b""
        while (now := time.monotonic()) - start < seconds and self.child.poll() is None:
            if keys and now >= due:
                os.write(self.ours, keys[at % len(keys)].encode())
                at, due = at + 1, now + 0.05
            if select.select([self.ours], [], [], 0.02)[0]:
                try:
                    seen = seen[-4096:] + os.read(self.ours, 1 << 16)
                except OSError:
                    return False
                if until and until in seen:
                    return True
        return until is None

    def quit(self):
        """Ends it; gives what it said on standard error."""
        for _ in range(40):
            if self.child.poll() is not None:
                break
            os.write(self.ours, b"qy")
            self.take(0.5)
        else:
            self.child.kill()
        self.child.wait()
        os.close(self.ours)
        self.said.seek(0)
        return self.said.read().decode(errors="replace")

    def ticks(self):
        with open(f"/proc/{self.child.pid}/stat") as stat:
            return sum(int(word) for word in stat.read().rsplit(")", 1)[1].split()[11:13])


def pcapng(path):
    """Packets, and received and dropped by the statistics, of a file."""
    data = open(path, "rb").read()
    at = packets = 0
    received = dropped = None
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if length < 12:
            break
        packets += kind == 6
        if kind == 5:
            option = at + 20
            while option < at + length - 8:
                code, size = struct.unpack_from("<HH", data, option)
                if code in (4, 7):
                    value = struct.unpack_from("<Q", data, option + 4)[0]
                    received, dropped = (value, dropped) if code == 4 else (received, value)
                option += 4 + (size + 3) // 4 * 4
        at += length
    return packets, received, dropped


class Bench:
    def __init__(self, program, seconds, folder):
        self.program, self.seconds, self.folder = os.path.abspath(program), seconds, folder
        self.inner, self.outer = f"wirepeel-{os.getpid()}i", f"wirepeel-{os.getpid()}o"
        self.flood = os.path.join(folder, "flood")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flood.c")
        subprocess.run(["cc", "-O2", "-o", self.flood, source], check=True)

    def __enter__(self):
        for space in (self.inner, self.outer):
            ip("netns", "add", space)
            for key in ("all", "default"):
                subprocess.run(["ip", "netns", "exec", space, "sysctl", "-qw",
                                f"net.ipv6.conf.{key}.disable_ipv6=1"], stderr=subprocess.DEVNULL)
        ip("link", "add", "a0", "netns", self.inner, "type", "veth", "peer", "name", "b0", "netns", self.outer)
        subprocess.run(["ip", "netns", "exec", self.outer, "ethtool", "-K", "b0", "tx-udp-segmentation", "off", "gso", "off"],
                       check=True, stdout=subprocess.DEVNULL)
        ip("-n", self.inner, "link", "set", "a0", "up")
        ip("-n", self.outer, "link", "set", "b0", "up")
        return self

    def __exit__(self, *_):
        for space in (self.inner, self.outer):
            subprocess.run(["ip", "netns", "delete", space])

    def inside(self, *words):
        return ["ip", "netns", "exec", self.inner, *words]

    def send(self, size, rate):
        words = ["ip", "netns", "exec", self.outer, self.flood, "b0", str(size), str(self.seconds), str(int(rate))]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def tcpdump(self, size, rate):
        out = os.path.join(self.folder, "tcpdump.pcap")
        child = subprocess.Popen(self.inside("tcpdump", "-i", "a0", "-n", "-B", "65536", "-w", out, FILTER),
                                 stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        sent, took = self.send(size, rate).communicate()[0].split()
        time.sleep(1)
        child.terminate()
        said = child.communicate()[1]
        count = lambda words: int(re.search(rf"(\d+) packets? {words}", said)[1])
        os.unlink(out)
        return int(sent), float(took), count("captured"), count("dropped by kernel"), ""

    def wirepeel(self, size, rate):
        out = os.path.join(self.folder, "wirepeel.pcapng")
        screen = Screen(self.inside(self.program, "-i", "a0", "-f", FILTER, "-B", "64", "-w", out, "--timings"))
        screen.take(5, until=b"LIVE")
        sender = self.send(size, rate)
        screen.take(self.seconds, KEYS)
        sent, took = sender.communicate()[0].split()
        screen.take(0.7)
        said = screen.quit()
        kept, received, dropped = pcapng(out)
        os.unlink(out)
        keys = re.search(r"key to drawn +(\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+)", said)
        if received is None:
            return int(sent), float(took), kept, 0, "ended without its counters: " + said[-200:]
        keys = keys[1].split() if keys else ["0"] + ["?"] * 4
        return int(sent), float(took), kept, dropped, f"{keys[0]} keys: 50 % {keys[1]}, 99 % {keys[3]}, most {keys[4]} ms"

    def compare(self, size, rounds):
        print(f"\nframes of {size} bytes, {self.seconds} s each, load {os.getloadavg()[0]:.1f}")
        print(f"{'':10}{'sent/s':>10}{'sent':>11}{'kept':>11}{'dropped':>10}{'neither':>9}  screen")
        clean, result = 0, "tcpdump lost packets at every rate"
        for rate in RATES[size]:
            lost, pace = {"tcpdump": 0, "wirepeel": 0}, {"tcpdump": 0, "wirepeel": 0}
            for turn in range(rounds):
                for name in ("tcpdump", "wirepeel") if turn % 2 == 0 else ("wirepeel", "tcpdump"):
                    sent, took, kept, dropped, words = getattr(self, name)(size, rate)
                    # What tcpdump leaves in the kernel when it is ended is in neither of its counts: no loss.
                    lost[name] += dropped if name == "tcpdump" else sent - kept
                    pace[name] = max(pace[name], sent / took)
                    print(f"{name:10}{sent / took:10,.0f}{sent:11,}{kept:11,}{dropped:10,}"
                          f"{sent - kept - dropped:9,}  {words}", flush=True)
            if lost["tcpdump"] == 0:
                if clean == 0:
                    result = (f"tcpdump loses nothing at {pace['tcpdump']:,.0f}/s; "
                              f"wirepeel loses {lost['wirepeel']:,} at {pace['wirepeel']:,.0f}/s")
                clean += 1
            if clean == 2:
                break
        print(result)

    def idle(self, name, words, prefix=(), until=b"packets"):
        screen = Screen([self.program, *words], prefix)
        screen.take(10, until=until)
        screen.take(3)
        before, start = screen.ticks(), time.monotonic()
        screen.take(20)
        used = (screen.ticks() - before) / os.sysconf("SC_CLK_TCK")
        print(f"idle screen, {name}: {100 * used / (time.monotonic() - start):.2f} % of a processor")
        screen.quit()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--rounds", type=int, default=2, help="turns of each at each rate")
    options.add_argument("--sizes", type=int, nargs="*", default=[64, 1400])
    options.add_argument("--folder", help="where the files are written (default: the system's for temporary files)")
    options = options.parse_args()
    missing = [tool for tool in ("tcpdump", "ip", "ethtool", "cc") if not shutil.which(tool)]
    if os.geteuid() != 0 or missing:
        sys.exit("needs root" if os.geteuid() else f"needs {', '.join(missing)}")
    sample = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples", "dns-walk.pcapng")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, Bench(options.program, options.seconds, folder) as bench:
        for size in options.sizes:
            bench.compare(size, options.rounds)
        print()
        bench.idle("a file", [sample])
        bench.idle("a silent interface", ["-i", "a0"], bench.inside(), until=b"LIVE")


main()
