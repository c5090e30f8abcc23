#!/bin/sh
# Sees to libpcap's headers, which live capture is built with. Prints on
# standard output the flags that cargo needs: nothing when libpcap is there or
# could be installed, --no-default-features when it could not. Everything for
# people goes to standard error.
set -u

has_libpcap() {
    scratch=$(mktemp -d) || return 1
    printf '#include <pcap/pcap.h>\nint main(void) { return pcap_lib_version() == 0; }\n' >"$scratch/a.c"
    cc "$scratch/a.c" -lpcap -o "$scratch/a" >"$scratch/log" 2>&1
    found=$?
    rm -rf "$scratch"
    return $found
}

# The command that installs the headers here; empty when no packager is known.
install_command() {
    if command -v apt-get >/dev/null; then echo "apt-get install -y libpcap-dev"
    elif command -v dnf >/dev/null; then echo "dnf install -y libpcap-devel"
    elif command -v pacman >/dev/null; then echo "pacman -S --noconfirm libpcap"
    elif command -v apk >/dev/null; then echo "apk add libpcap-dev"
    elif command -v brew >/dev/null; then echo "brew install libpcap"
    fi
}

has_libpcap && exit 0
command=$(install_command)
case "$command" in
    "") ;;
    brew*)
        echo "libpcap's headers are missing: $command" >&2
        $command >&2 && has_libpcap && exit 0 ;;
    *)
        if [ "$(id -u)" = 0 ]; then
            echo "libpcap's headers are missing: $command" >&2
            case "$command" in apt-get*) apt-get update >&2 ;; esac
            $command >&2 && has_libpcap && exit 0
        fi
        command="sudo $command" ;;
esac
echo "libpcap's headers are missing: this build goes without live capture." >&2
echo "To have it, type:  ${command:-install the libpcap development package of your system}" >&2
echo "--no-default-features"
