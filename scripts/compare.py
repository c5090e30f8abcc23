#!/usr/bin/env python3
"""wirepeel's whole analysis beside its peers, on large traces.

    scripts/compare.py [--quick] [--rounds N] [--size FACTOR] [--write] [TRACE...]

Makes the traces (mixed, bulk, flood, dns), runs `wirepeel stats` and whichever of
tcpdump, capinfos, ndpiReader and tshark are installed on each in turn, round by round,
and prints medians, ratios to tcpdump reading the same trace in the same round, and peak
resident memory. Times alone say little on a machine that others use: read the ratios.

--quick    only wirepeel and tcpdump reading
--rounds   rounds (5); the slow peers run once
--size     size of the traces relative to 1 GiB and 128 MiB (1)
--write    put the tables into docs/PERFORMANCE.md
TRACE      kinds or files of your own; without any, the four kinds

The traces are those of ../shared/bench/make_trace.py where that stands beside the project,
else the alike ones of examples/trace.rs, from the packets of samples/.
"""
import argparse, datetime, os, platform, shutil, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.join(ROOT, "..", "shared")
MAKER = os.path.join(SHARED, "bench", "make_trace.py")
CAPTURES = os.path.join(SHARED, "captures")
PAGE = os.path.join(ROOT, "docs", "PERFORMANCE.md")
MARKS = ("<!-- figures -->", "<!-- end of figures -->")
MEGABYTES = {"mixed": 1024, "bulk": 1024, "flood": 128, "dns": 128}
# A slow peer is stopped after this many seconds.
PATIENCE = 150
READ = "tcpdump -r F -w /dev/null"
OURS = "wirepeel stats F"


def tools(quick):
    """Label, arguments before the file, arguments behind it, runs once only."""
    wirepeel = os.path.join(ROOT, "target", "release", "wirepeel")
    rows = [
        (READ, ["tcpdump", "-r"], ["-w", "/dev/null"], False),
        (OURS, [wirepeel, "stats"], [], False),
    ]
    if not quick:
        rows += [
            ("capinfos F", ["capinfos"], [], False),
            ("ndpiReader -i F", ["ndpiReader", "-i"], [], True),
            ("tcpdump -nn -r F", ["tcpdump", "-nn", "-r"], [], True),
            ("tshark -n -q -r F -z conv,tcp", ["tshark", "-n", "-q", "-r"], ["-z", "conv,tcp"], True),
        ]
    return [row for row in rows if shutil.which(row[1][0])]


def run(command, limit):
    """Seconds, processor seconds and peak resident megabytes; None past the limit."""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        taken = time.monotonic() - begin
        if pid:
            child.returncode = status
            if os.waitstatus_to_exitcode(status) not in (0, 1):
                print(f"note: {command[0]} ended with {os.waitstatus_to_exitcode(status)}", file=sys.stderr)
            return taken, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        if taken > limit:
            child.kill()
            os.wait4(child.pid, 0)
            child.returncode = -9
            return None
        time.sleep(0.002)


def make(kind, factor, folder):
    size = int(MEGABYTES[kind] * factor)
    beside = os.path.exists(MAKER)
    path = os.path.join(folder, f"{kind}.{size}M.pcap" if beside else f"{kind}.own.{size}M.pcap")
    if not os.path.exists(path):
        part = path + ".part"
        if beside:
            command = [sys.executable, MAKER, kind, part, "--size", f"{size}M"]
            command += ["--from", CAPTURES] if kind == "mixed" else []
        else:
            command = ["cargo", "run", "--quiet", "--release", "--example", "trace", "--", kind, str(size), part,
                       os.path.join(ROOT, "samples")]
        subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT)
        os.rename(part, path)
    return path


def table(name, path, rounds, rows):
    """One trace's table, as Markdown lines."""
    with open(path, "rb") as trace:  # into the page cache
        while trace.read(1 << 24):
            pass
    seen = {label: [] for label, *_ in rows}
    for number in range(rounds):
        for label, before, behind, once in rows:
            if number == 0 or not once:
                result = run([*before, path, *behind], PATIENCE)
                print(f"{name} {label}: {result and f'{result[0]:.2f} s'}", file=sys.stderr)
                seen[label].append(result)
    yield f"**{name}**, {os.path.getsize(path) / (1 << 20):,.0f} MiB"
    yield ""
    yield "| command | seconds | times tcpdump reading (least to most) | processor seconds | peak MB |"
    yield "|---|--:|--:|--:|--:|"
    for label, *_ in rows:
        results = [result for result in seen[label] if result]
        if not results:
            yield f"| {label} | over {PATIENCE} | | | |"
            continue
        seconds, used, peak = (statistics.median(column) for column in zip(*results))
        pairs = [a[0] / b[0] for a, b in zip(seen[label], seen.get(READ, [])) if a and b]
        ratio = f"{statistics.median(pairs):.1f} ({min(pairs):.1f} to {max(pairs):.1f})" if pairs else ""
        yield f"| {label} | {seconds:.2f} | {ratio} | {used:.2f} | {peak:,.0f} |"
    yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=float, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("traces", nargs="*", default=list(MEGABYTES))
    asked = parser.parse_args()
    # Beside the build, not in memory, and kept for the next run.
    folder = os.path.join(ROOT, "target", "traces")
    os.makedirs(folder, exist_ok=True)
    rows = tools(asked.quick)
    lines = [f"{datetime.date.today()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}; "
             f"{asked.rounds} rounds.", ""]
    for trace in asked.traces:
        path = make(trace, asked.size, folder) if trace in MEGABYTES else trace
        lines += table(os.path.basename(trace), path, asked.rounds, rows)
    text = "\n".join(lines)
    print(text)
    if asked.write:
        page = open(PAGE).read()
        before, rest = page.split(MARKS[0])
        behind = rest.split(MARKS[1])[1]
        with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(PAGE), delete=False) as out:
            out.write(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{behind}")
        os.chmod(out.name, 0o644)
        os.replace(out.name, PAGE)


if __name__ == "__main__":
    main()
