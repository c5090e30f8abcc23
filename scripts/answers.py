#!/usr/bin/env python3
"""Presses keys while the screen loads a capture, and prints how quickly it answered.

    scripts/answers.py [--list] target/release/wirepeel FILE... [-- OPTION...]

Runs the program with --timings in a terminal of 120x36 that nobody sees: a key
every 30 ms for 8 seconds, among them the ends of the list, other screens, a
filter and a search; with --list 1.5 seconds of moving through the list alone, so
that each key selects a packet while a large capture is still analysed. The
program's own report follows.
"""
import fcntl, os, pty, select, struct, subprocess, sys, tempfile, termios, time

PACE, TIME = 0.03, 8.0
ROUND = (["j"] * 6 + ["G"] + ["k"] * 4 + ["\x06", "\x06", "\x02", "g"]
         + ["2"] + ["j"] * 4 + ["\t", "G", "k", "s"] + ["6"] + ["j", "\r", "j", "G", "k"]
         + ["1", "j", "\t", "j", "j", "\t", "\t"] + list("/udp\r") + ["G", "k", "g", "\x1b"])
LIST = ["j"] * 6 + ["G"] + ["k"] * 6 + ["g"] + ["\x06"] * 3 + ["j"] * 3


def run(words):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    said = tempfile.TemporaryFile()
    child = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=said, start_new_session=True,
                             env={**os.environ, "TERM": "xterm-256color"})
    os.close(theirs)
    start = due = time.monotonic()
    first, at = None, 0
    while child.poll() is None:
        now = time.monotonic()
        if now - start > TIME + 20:
            child.kill()
        ready, _, _ = select.select([ours], [], [], max(0, min(due - now, 0.1)))
        if ready:
            try:
                if b"No." in os.read(ours, 1 << 16) and first is None:
                    first = time.monotonic() - start
            except OSError:
                break
        elif now >= due:
            ending = now - start > TIME
            os.write(ours, (b"\x1b" if at % 2 else b"q") if ending else ROUND[at % len(ROUND)].encode())
            at, due = at + 1, now + (0.3 if ending else PACE)
    code = child.wait()
    said.seek(0)
    print(f"{' '.join(words)}: exit {code}, the list was seen after {1000 * (first or 0):.0f} ms")
    print(said.read().decode(errors="replace"))


words = sys.argv[1:]
if words[0] == "--list":
    words, ROUND, TIME = words[1:], LIST, 1.5
options = words[words.index("--") + 1:] if "--" in words else []
words = words[:words.index("--")] if "--" in words else words
for name in words[1:]:
    run([words[0], name, "--timings", *options])
