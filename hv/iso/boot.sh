#!/usr/bin/env bash
# Makes an ISO with the hypervisor and a guest, and runs it in Bochs without a screen: what `./run boot` does, and the tests.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
bochs=$here/../../tests/bochs/bochs.sh
mkiso=$here/../../runtime/boot/mkiso.sh
build=$(realpath -m -- "${VMXSPEC_BUILD:-$here/../../build}")

usage() {
    cat <<'TEXT'
usage: ./run boot [--linux FILE [--initrd FILE]... [--append "TEXT"] | --module "FILE ARGUMENTS" ...] [OPTION]...

Boots the hypervisor with a guest in Bochs, headless, and says how it ended. Without a guest it is the demo guest.

  --linux FILE       a Linux kernel (bzImage), with its initrd and command line. --append "console=ttyS0" is where one sees it
  --initrd FILE      several become one, in their order
  --append "TEXT"
  --module "F ARGS"  the first is a Multiboot or Multiboot2 ELF kernel (or a bzImage) and its command line, the others are
                     modules for it. F has no spaces
  --cpu MODEL        a processor model of Bochs with EPT and unrestricted guest; corei7_haswell_4770 if not given
  --cpus N           1 if not given
  --firmware F       bios (if not given) or uefi
  --memory MIB       512 if not given
  --hv "OPTIONS"     of the hypervisor (hv/README.md)
  --serial FILE      COM1, which is the guest's, goes there as it is written, and not to standard output
  --trace FILE       every VM entry of the guest's, if it is a hypervisor: build/bin/vmxspec validate FILE judges them
  --timeout S        seconds of real time; 600 if not given
  --dry-run          makes the ISO and prints its path, for a real machine: it boots by BIOS and by UEFI
  --out DIR          for the ISO and what Bochs writes: build/boot if not given
  -- OPTION...       of tests/bochs/bochs.sh

Exit code: 0 the guest has turned the machine off; 1 guest or hypervisor have failed, or the machine was reset; 2 it ran into the
time limit; 3 something is wrong with what was asked. One sentence says which.
TEXT
}

# fail SENTENCE [EXIT-CODE]
fail() {
    echo "boot: $1" >&2
    exit "${2-3}"
}

# ---- What is asked for

linux='' append='' cpu=corei7_haswell_4770 cpus=1 firmware=bios memory=512 hv='' serial='' trace='' timeout=600 out=$build/boot
hypervisor=$build/hv/hv
dry_run=0 modules=() initrds=() more=()
while (($# > 0)); do
    case $1 in
    --help)
        usage
        exit 0
        ;;
    --dry-run)
        dry_run=1
        shift
        ;;
    --)
        shift
        more=("$@")
        break
        ;;
    --linux | --initrd | --append | --module | --cpu | --cpus | --firmware | --memory | --hv | --hypervisor | --serial | --trace | --timeout | --out)
        (($# > 1)) || fail "$1 needs a value; see --help."
        case $1 in
        --module) modules+=("$2") ;;
        --initrd) initrds+=("$2") ;;
        *) declare "${1#--}=$2" ;;
        esac
        shift 2
        ;;
    *) fail "$1 is not an option; see --help." ;;
    esac
done
if [[ -n $linux ]]; then
    ((${#modules[@]} == 0)) || fail "--linux and --module exclude each other: each is the guest."
    modules=("$linux $append" ${initrds[@]+"${initrds[@]}"})
    for file in "$linux" ${initrds[@]+"${initrds[@]}"}; do
        [[ $file != *' '* ]] || fail "\"$file\" has a space in its name, which is not possible here."
    done
elif [[ -n $append || ${#initrds[@]} -gt 0 ]]; then
    fail "--initrd and --append are for a Linux guest: --linux names it."
fi
if ((${#modules[@]} == 0)); then
    modules=("$build/hv/demo-guest hv")
    [[ -r ${modules[0]% hv} ]] || modules=("$build/tests/bochs/selftest")
fi
if [[ -n $trace ]]; then
    hv+=' trace=lpt1'
    more+=(--printer "$trace")
fi
if [[ ${modules[0]} == - ]]; then modules=(); fi # no guest, to see the hypervisor refuse
[[ -r $hypervisor ]] || fail "$hypervisor is missing: ./run build makes it."
mkdir -p -- "$out" 2>/dev/null || fail "$out can't be made."

# ---- The ISO

tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
mkdir -p -- "$tree/boot/grub"
cp -- "$hypervisor" "$tree/boot/hv"

# Each word in quotes, so that none means something to the boot loader.
words() {
    local word all
    read -ra all <<<"$1"
    for word in ${all[@]+"${all[@]}"}; do printf " '%s'" "${word//\'/\'\"\'\"\'}"; done
}
{
    echo 'set timeout=0'
    echo 'menuentry "the vmxspec hypervisor and its guest" {'
    # The screen: pixels of 32 bits under UEFI, text under BIOS. The command multiboot2 sets gfxpayload.
    # shellcheck disable=SC2016 # GRUB expands it
    echo '    if [ "$grub_platform" = efi ]; then insmod efi_gop; fi'
    echo "    multiboot2 /boot/hv$(words "$hv")"
    number=0
    for module in ${modules[@]+"${modules[@]}"}; do
        file=${module%% *}
        [[ -f $file && -r $file ]] || fail "$file can't be read."
        cp -- "$file" "$tree/boot/module$number"
        arguments=${module#"$file"}
        echo "    module2 /boot/module$number$(words "$arguments")"
        number=$((number + 1))
    done
    # shellcheck disable=SC2016
    echo '    if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi'
    echo '}'
} >"$tree/boot/grub/grub.cfg"
iso=$out/boot.iso
bash "$mkiso" "$tree" "$iso"
rm -rf -- "$tree"
if ((dry_run)); then
    echo "$iso"
    exit 0
fi

# ---- The run

show=''
if [[ -z $serial ]]; then
    serial=$out/serial.txt
    : >"$serial"
    tail -f -n +1 -s 0.2 --pid=$$ -- "$serial" &
    show=$!
fi
code=0
said=$(bash "$bochs" --iso "$iso" --out "$out" --model "$cpu" --cpus "$cpus" --firmware "$firmware" --memory "$memory" \
    --timeout "$timeout" --serial "$serial" --end off --give-up '^(\[ *[0-9.]+\] )?Kernel panic - not syncing' \
    --ips 20000000 --unknown-msrs ignore ${more[@]+"${more[@]}"} 2>&1) || code=$?
said=${said#bochs.sh: }
if [[ -n $show ]]; then
    sleep 0.5 # what has not been shown yet
    { kill "$show" && wait "$show"; } 2>/dev/null || true
    [[ -z $(tail -c 1 -- "$serial") ]] || echo
fi
last=''
[[ ! -r $serial ]] || last=$(tr -d '\r' <"$serial" | grep -a . | tail -n 1) || true
if ((code == 0)) && [[ $last == 'vmxspec: '*. && $last != *' writes are forgotten.' ]]; then
    # A sentence with which it has halted. What it tells on the way has no full stop, but for one warning.
    code=1 said="the hypervisor said \"${last#vmxspec: }\""
fi
case $code in
0) echo "boot: the guest has turned the machine off; COM1 is in $serial." ;;
1) fail "the guest has failed: ${said%.}; COM1 is in $serial." 1 ;;
2) fail "${said%.}; COM1 is in $serial." 2 ;;
*) fail "$said" ;;
esac
