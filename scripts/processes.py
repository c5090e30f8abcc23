#!/usr/bin/env python3
"""Measures how many short-lived connections are tied to the right process. Needs root.

    scripts/processes.py target/release/wirepeel [--count 200]

In a namespace pair a server outside answers and closes; inside as many
processes as asked for come one after another, each with one connection, while
`wirepeel flows -i` watches. Each process says its local port; its number is
compared with what wirepeel says of the flow with that port. Once as root with
tracefs, once as root without, once as a user who may only capture, with
processes of that user and of root.
"""
import argparse, json, os, signal, subprocess, sys, time

SERVER = """
import socket, sys
listener = socket.create_server(("10.79.0.2", 8080), backlog=64)
print("ready", flush=True)
while True:
    connection, _ = listener.accept()
    connection.recv(4096)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    connection.close()
"""
USER = 65534
CLIENTS = {
    "curl": ["curl", "-s", "-o", "/dev/null", "-w", "%{local_port}", "http://10.79.0.2:8080/"],
    "bash": ["bash", "-c", "exec 3<>/dev/tcp/10.79.0.2/8080; echo >&3; read -r -u 3 line"],
}


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Pair:
    def __enter__(self):
        self.inner, self.outer = (f"wirepeel-{os.getpid()}{side}" for side in "io")
        for space in (self.inner, self.outer):
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
        ip("link", "add", "a0", "netns", self.inner, "type", "veth", "peer", "name", "b0", "netns", self.outer)
        for space, device, host in ((self.inner, "a0", 1), (self.outer, "b0", 2)):
            ip("-n", space, "address", "add", f"10.79.0.{host}/24", "dev", device)
            ip("-n", space, "link", "set", device, "up")
        words = ["ip", "netns", "exec", self.outer, "python3", "-c", SERVER]
        self.server = subprocess.Popen(words, stdout=subprocess.PIPE)
        self.server.stdout.readline()
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        for space in (self.inner, self.outer):
            ip("netns", "delete", space)

    def inside(self, *words):
        return ["ip", "netns", "exec", self.inner, *words]


def capturing(pair, program, trace, user):
    mount = "mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; " if trace else ""
    prefix = ["sh", "-c", mount + 'exec "$@"', "sh"]
    if user:
        caps = "+net_raw,+net_admin"
        prefix += ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                   f"--inh-caps={caps}", f"--ambient-caps={caps}"]
    words = pair.inside(*prefix, program, "flows", "-i", "a0", "-f", "tcp port 8080", "--format", "jsonl")
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    return child


def measure(pair, program, client, count, trace, user, client_user):
    child = capturing(pair, program, trace, user)
    expected, began = {}, time.monotonic()
    enter = ["nsenter", f"--net=/run/netns/{pair.inner}"]
    if client_user:
        enter += ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    for _ in range(count):
        one = subprocess.Popen([*enter, *CLIENTS[client]], stdout=subprocess.PIPE, text=True)
        expected[one.pid] = one.communicate()[0].strip()
    took = time.monotonic() - began
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    told, said = child.communicate(timeout=60)
    flows = [json.loads(line) for line in told.splitlines()]
    by_port = {str(flow["a_port"]): flow for flow in flows}
    right = wrong = descriptors = 0
    kinds = {}
    for pid, port in expected.items():
        flow = by_port.get(port) if port else next((flow for flow in flows if flow["a_pid"] == pid), None)
        got = flow and flow["a_pid"]
        right += got == pid
        wrong += got is not None and got != pid
        descriptors += bool(flow and flow["a_fd"] is not None)
        kind = f'{flow["a_match"]} {flow["a_seen"]}' if flow else "no flow"
        kinds[kind] = kinds.get(kind, 0) + 1
    print(f"{client:5} right {right:4} of {len(expected)}, wrong {wrong}, with descriptor {descriptors}, "
          f"{1000 * took / count:.1f} ms each, {len(flows)} flows: {kinds}", flush=True)
    for line in said.splitlines():
        print("      said:", line)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--count", type=int, default=200)
    options = options.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root")
    program = os.path.abspath(options.program)
    with Pair() as pair:
        for title, trace, user, client_user in (
            ("root, tracefs mounted", True, False, False),
            ("root, no tracefs", False, False, False),
            ("a user who may capture, own processes", False, True, True),
            ("a user who may capture, processes of root", False, True, False),
        ):
            print(title)
            for client in CLIENTS:
                measure(pair, program, client, options.count, trace, user, client_user)


main()
