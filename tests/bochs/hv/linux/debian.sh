#!/usr/bin/env bash
# debian.sh DIR: Debian's kernels for cloud machines (amd64), for 32-bit processors with PAE (i386) and without (i386-no-pae), and for each an initramfs with
# Debian's busybox-static, `init` and `turn_off.S`: DIR/amd64/vmlinuz, DIR/amd64/initrd and DIR/i386/... DIR/amd64/initrd-kvm is another,
# with the kernel's KVM and what it runs (../kvm), and so are DIR/i386/initrd-kvm and that of i386-no-pae, which has no other. The packages are downloaded once, by an apt of its own folders: nothing is installed, and
# this machine's apt does not learn of another architecture.
# DIR/append is their command line, DIR/amd64/truncated a part of a kernel.
# Exit code: 0 all there, 3 not so: one sentence says why.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
mkdir -p -- "$1"
cd "$1"

fail() {
    echo "debian.sh: $1" >&2
    exit 3
}

apt=$PWD/apt
options=(-q -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o APT::Architecture=amd64
    -o APT::Architectures::=amd64 -o APT::Architectures::=i386 -o APT::Sandbox::User=root -o Acquire::Retries=3)

# The package on which one that always names the newest kernel depends.
newest() {
    apt-cache "${options[@]}" depends "$1" | sed -n 's/^ *Depends: \(linux-image-[^:]*\).*/\1/p' | head -n 1
}

# unpack PACKAGE FILE TO: a file of a package, without the rest.
unpack() {
    local deb=("$apt/${1%:*}"_*_"${1#*:}.deb")
    [[ -r ${deb[0]} ]] || fail "the Debian package $1 could not be downloaded, which the Linux guests need; $PWD/apt.log says why."
    # tar ends with the file, before dpkg-deb does.
    dpkg-deb --fsys-tarfile "${deb[0]}" 2>/dev/null | tar -x -O --occurrence=1 "$2" >"$3.part" 2>/dev/null || true
    [[ -s $3.part ]] || fail "the Debian package $1 has no $2."
    mv -- "$3.part" "$3"
}

# kernel PACKAGE:ARCHITECTURE DIR: the kernel, and the modules that are its KVM.
kernel() {
    local version=${1#linux-image-} module
    version=${version%:*}
    unpack "$1" "./boot/vmlinuz-$version" "$2/vmlinuz"
    for module in virt/lib/irqbypass.ko arch/x86/kvm/kvm.ko arch/x86/kvm/kvm-intel.ko; do
        unpack "$1" "./lib/modules/$version/kernel/$module" "$2/${module##*/}"
    done
}

if ! [[ -s amd64/kvm-intel.ko && -s amd64/busybox && -s i386/kvm-intel.ko && -s i386-no-pae/kvm-intel.ko && -s i386/busybox ]]; then
    mkdir -p amd64 i386 i386-no-pae "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    {
        apt-get "${options[@]}" update || true # one list of several may be missing; what matters is what can be downloaded
        cloud=$(newest linux-image-cloud-amd64:amd64) || true
        pae=$(newest linux-image-686-pae:i386) || true
        no_pae=$(newest linux-image-686:i386) || true
        (cd "$apt" && apt-get "${options[@]}" download "$cloud:amd64" "$pae:i386" "$no_pae:i386" busybox-static:amd64 busybox-static:i386) || true
    } >apt.log 2>&1
    kernel "${cloud:-linux-image-cloud-amd64}:amd64" amd64
    kernel "${pae:-linux-image-686-pae}:i386" i386
    kernel "${no_pae:-linux-image-686}:i386" i386-no-pae
    unpack busybox-static:amd64 ./bin/busybox amd64/busybox
    unpack busybox-static:i386 ./bin/busybox i386/busybox
    rm -rf -- "$apt"
fi

head -c 1000000 amd64/vmlinuz >amd64/truncated

# Always the same place, and without what is half of all that the kernel does: tests of its cryptography, and of a certificate.
echo 'console=ttyS0 quiet panic=-1 nokaslr cryptomgr.notests initcall_blacklist=load_system_certificate_list' >append

as --32 "$here/turn_off.S" -o turn-off.o
ld -m elf_i386 -s turn-off.o -o turn-off

kvm=$here/../kvm
as --64 "$kvm/l2.S" -o l2.o
ld -Ttext=0x1000 --oformat binary l2.o -o l2
# vmm MACHINE BITS
vmm() {
    g++ "-m$2" -std=c++20 -O2 -static -s -Wall -Wextra -Wconversion -Wshadow -Werror "$kvm/vmm.cpp" -o "$1/vmm"
}
vmm amd64 64
vmm i386 32

# pack TREE FILE: TREE as initramfs, always the same: times and owners are nobody's.
pack() {
    find "$1" -exec touch -h -d @946684800 {} +
    (cd "$1" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null) | gzip -9n >"$2.part"
    mv -- "$2.part" "$2"
}

# initramfs FILE BUSYBOX INIT PROGRAM [LIBRARY-FILE...]
initramfs() {
    local tree=$1.tree
    rm -rf -- "$tree"
    mkdir -p "$tree"/{bin,lib,proc,sys,dev}
    install -m 755 "$2" "$4" "$tree/bin/"
    install -m 755 "$3" "$tree/init"
    (($# == 4)) || install -m 644 "${@:5}" "$tree/lib/"
    pack "$tree" "$1"
}

chmod 755 amd64/busybox
busybox=$PWD/amd64/busybox
for machine in amd64 i386; do
    initramfs "$machine/initrd" "$machine/busybox" "$here/init" turn-off
done
for machine in amd64 i386 i386-no-pae; do
    programs=${machine%-no-pae}
    initramfs "$machine/initrd-kvm" "$programs/busybox" "$kvm/init" "$programs/vmm" "$machine"/*.ko l2
done
