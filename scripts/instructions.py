#!/usr/bin/env python3
"""Instructions that the summary pass takes a packet, counted by callgrind.

    scripts/instructions.py           compare with benches/instructions.tsv: exit 1 when a
                                      subject takes more than 5 % more
    scripts/instructions.py --write   make those figures the baseline

Counts hardly depend on the machine or its load, unlike times; they do depend on the
compiler, whose version the baseline names. Needs valgrind: says so and skips without.
"""
import json, os, shutil, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASELINE = os.path.join(ROOT, "benches", "instructions.tsv")
MOST = 1.05


def build():
    """Builds the benchmark, in a folder of its own: it is built without live capture, and
    the program that is there should keep it. Gives its path."""
    command = ["cargo", "bench", "--no-default-features", "--bench", "count", "--no-run", "--message-format=json",
               "--target-dir", os.path.join(ROOT, "target", "instructions")]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    built = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in built if m.get("executable") and m["target"]["name"] == "count")


def instructions(program, subject, times):
    """Instructions of one run."""
    with tempfile.NamedTemporaryFile(prefix="callgrind.") as out:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out.name, program, subject, str(times)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr[-500:]}")
        summary = next(line for line in open(out.name) if line.startswith(("summary:", "totals:")))
        return int(summary.split()[1])


def measure(program):
    """Instructions a packet, by subject."""
    listed = subprocess.run([program], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    figures = {}
    for line in listed.splitlines():
        subject, packets = line.split("\t")
        times = max(1, 8000 // int(packets))
        # The threads that read the samples take a few more or fewer instructions from run
        # to run: the pass itself is repeated until that does not show.
        few, many = instructions(program, subject, times), instructions(program, subject, 4 * times)
        figures[subject] = (many - few) / (3 * times * int(packets))
    return figures


def main():
    if not shutil.which("valgrind"):
        print("SKIPPED: instructions are not counted: valgrind is not installed")
        return 0
    compiler = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    figures = measure(build())
    if "--write" in sys.argv:
        with open(BASELINE, "w") as out:
            out.write(f"# instructions a packet in the summary pass; {compiler}\n")
            out.writelines(f"{subject}\t{figure:.1f}\n" for subject, figure in figures.items())
        print(open(BASELINE).read(), end="")
        return 0
    with open(BASELINE) as lines:
        head = next(lines)
        before = {subject: float(figure) for subject, figure in (line.split("\t") for line in lines)}
    if compiler not in head:
        print(f"note: the baseline is of another compiler than {compiler}")
    worse = 0
    for subject in sorted(before.keys() | figures.keys()):
        was, now = before.get(subject), figures.get(subject)
        if was is None or now is None:
            print(f"{subject:24} only in {'this run' if was is None else 'the baseline'}: write the baseline anew")
            worse += 1
            continue
        bad = now > was * MOST
        worse += bad
        print(f"{subject:24} {now:10.1f}  baseline {was:10.1f}  {now / was - 1:+7.1%}{'  WORSE' if bad else ''}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
