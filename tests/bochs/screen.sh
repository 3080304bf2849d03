#!/usr/bin/env bash
# screen.sh ISO DIR FIRMWARE SENTENCE [SCREEN-TEXT]: boots the ISO by bios or uefi in QEMU as a processor that has no VMX and
# tells of no hypervisor, and looks for the sentence on COM1. Such a machine stays on, so that its screen can be read:
# with the program SCREEN-TEXT, the sentence must also be what the screen shows.
# Exit code: 0 found, 1 not so, 3 something is missing.
set -euo pipefail

iso=$1 dir=$2 firmware=$3 sentence=$4 reader=${5-}
limit=60
qemu=qemu-system-x86_64
need() {
    echo "screen.sh: $1 is missing: install the Debian package $2." >&2
    exit 3
}
command -v "$qemu" >/dev/null || need "$qemu" qemu-system-x86
bios=()
if [[ $firmware == uefi ]]; then
    [[ -r /usr/share/ovmf/OVMF.fd ]] || need /usr/share/ovmf/OVMF.fd ovmf
    bios=(-bios /usr/share/ovmf/OVMF.fd)
fi
mkdir -p -- "$dir"
rm -f -- "$dir/serial.txt" "$dir/screen.ppm"
said() { grep -aqF -- "$sentence" "$dir/serial.txt" 2>/dev/null; }

# The monitor's commands: a picture when the sentence is there (and drawn, which takes QEMU no half second), then the end.
commands() {
    local tenth
    for ((tenth = 0; tenth < 10 * limit; ++tenth)); do
        if said; then
            sleep 1
            echo "screendump $dir/screen.ppm"
            break
        fi
        sleep 0.1
    done
    echo quit
}
code=0
commands | timeout --kill-after=5 $((limit + 10)) "$qemu" -accel tcg -cpu qemu64,-hypervisor -m 256 -display none -vga std \
    "${bios[@]}" -monitor stdio -no-reboot -cdrom "$iso" -serial "file:$dir/serial.txt" >"$dir/monitor.txt" 2>&1 || code=$?
if ((code != 0)) || ! said; then
    echo "screen.sh: $dir/serial.txt has no \"$sentence\" (QEMU ended with $code)." >&2
    exit 1
fi
[[ -n $reader ]] || exit 0
"$reader" "$dir/screen.ppm" >"$dir/screen.txt"
if ! tr -d '\n' <"$dir/screen.txt" | grep -qF -- "$sentence"; then
    echo "screen.sh: the screen does not show \"$sentence\": see $dir/screen.txt." >&2
    exit 1
fi
