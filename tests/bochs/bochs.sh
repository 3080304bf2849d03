#!/usr/bin/env bash
# Boots an ISO in Bochs, without a screen, and collects the trace that its kernel writes to COM1; or waits until the machine is off.
# Instances may run side by side: each works in a folder of its own.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bochs.sh --iso FILE --model MODEL --out DIR [--timeout S] [--stall S] [--firmware bios|uefi] [--cpus N] [--memory MIB]
                [--panic report|fatal] [--end trace|off [--give-up PATTERN]] [--ips N] [--unknown-msrs fault|ignore]
                [--serial FILE] [--printer FILE] [--debugger FILE]

  --iso FILE       what to boot
  --model MODEL    processor, as `bochs --help cpu` names them, e.g. corei5_arrandale_m520
  --out DIR        made if need be; gets trace.txt, serial.txt (all of COM1), bochs.log, screen.log, and
                   milliseconds.txt: how long the trace grew, boot excluded
  --timeout S      seconds of real time, 60 if not given (120 for uefi)
  --stall S        end as well when COM1 has been silent for so many seconds after the trace's first line; 0, if not
                   given: never
  --firmware F     bios (if not given) or uefi
  --cpus N         processors, 1 if not given
  --memory MIB     256 if not given
  --panic A        what follows when Bochs' processor comes to what it does not emulate, such as VMCALL in VMX root
                   operation: report (if not given), and the next instruction; fatal, and Bochs ends
  --end E          what is waited for: a complete trace (if not given), or that the machine turns itself off, by ACPI or by
                   "Shutdown" to port 8900H
  --give-up P      with --end off: end as well when COM1 has a line with P, an extended regular expression
  --ips N          instructions in a second of emulated time, 1000000 if not given: the least that Bochs takes, with which
                   output, and all waiting, is fast. An operating system wants 20000000, or it is busy with its timer
  --unknown-msrs U what follows an access to an MSR that Bochs does not know: fault (if not given; not with uefi), as on
                   hardware; or ignore, for operating systems that take for granted what each processor of the model has
  --serial FILE    COM1 goes to FILE as it is written, and not to DIR/serial.txt only
  --printer FILE   the machine has LPT1, and what is written there is in FILE
  --debugger FILE  commands for Bochs' debugger, instead of `c`; what it says is in DIR/screen.log

Exit code: 0 the trace is complete, or the machine has turned itself off; 1 it has ended otherwise, or was reset, or COM1 has
the pattern; 2 it ran into the time limit (both with --end off); 3 the trace is not complete, or there is something wrong with
what was asked. One sentence on standard error says what. The environment variable BOCHS names another Bochs than the one in PATH.
TEXT
}

# fail SENTENCE [EXIT-CODE]
fail() {
    echo "bochs.sh: $1" >&2
    exit "${2-3}"
}

is_number() { [[ $1 =~ ^[1-9][0-9]{0,8}$ ]]; }

# ---- What is asked for

iso='' model='' out='' timeout='' stall=0 firmware=bios cpus=1 memory=256 panic=report end=trace ips=1000000
give_up='' unknown_msrs='' serial='' printer='' debugger=''
while (($# > 0)); do
    case $1 in
    --help)
        usage
        exit 0
        ;;
    --iso | --model | --out | --timeout | --stall | --firmware | --cpus | --memory | --panic | --end | \
        --give-up | --ips | --unknown-msrs | --serial | --printer | --debugger)
        (($# > 1)) || fail "$1 needs a value; see --help."
        name=${1#--}
        declare "${name//-/_}=$2"
        shift 2
        ;;
    *) fail "$1 is not an option; see --help." ;;
    esac
done
[[ -n $iso && -n $model && -n $out ]] || fail "--iso, --model and --out are needed; see --help."
case $firmware in
bios) : "${timeout:=60}" ;;
uefi) : "${timeout:=120}" ;;
*) fail "$firmware is not a firmware: it is bios or uefi." ;;
esac
[[ $panic == report || $panic == fatal ]] || fail "--panic $panic: it is report or fatal."
[[ $end == trace || $end == off ]] || fail "--end $end: it is trace or off."
[[ $unknown_msrs =~ ^(|fault|ignore)$ ]] || fail "--unknown-msrs $unknown_msrs: it is fault or ignore."
[[ -z $debugger || -r $debugger ]] || fail "$debugger can't be read."
{ is_number "$ips" && ((ips >= 1000000)); } ||
    fail "--ips $ips is not a number of instructions, 1000000 or more."
is_number "$timeout" || fail "--timeout $timeout is not a number of seconds."
[[ $stall == 0 ]] || is_number "$stall" || fail "--stall $stall is not a number of seconds."
is_number "$cpus" || fail "--cpus $cpus is not a number of processors."
is_number "$memory" || fail "--memory $memory is not a number of MiB."

# ---- What must be there

bochs=${BOCHS:-bochs}
need_program() { command -v "$1" >/dev/null || fail "$1 is not installed: install the Debian package $2."; }
need_file() { [[ -r $1 ]] || fail "$1 is missing: install the Debian package $2."; }
need_program "$bochs" bochs
need_program script bsdutils
need_program setpriv util-linux
compgen -G '/usr/lib/*/bochs/plugins/libbx_term_gui.so' >/dev/null ||
    fail "Bochs has no display \"term\": install the Debian package bochs-term."
need_file /usr/share/bochs/VGABIOS-lgpl-latest bochs
if [[ $firmware == bios ]]; then
    need_file /usr/share/bochs/BIOS-bochs-latest bochsbios
    rom='file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot'
else
    need_file /usr/share/ovmf/OVMF.fd ovmf
    rom='file=/usr/share/ovmf/OVMF.fd'
    unknown_msrs=ignore # OVMF reads IA32_PLATFORM_ID, which no model of Bochs has
fi
ignore_bad_msrs=0
[[ $unknown_msrs != ignore ]] || ignore_bad_msrs=1
[[ -f $iso && -r $iso ]] || fail "$iso can't be read."
models=$("$bochs" --help cpu 2>&1) || true
[[ $'\n'$models$'\n' == *$'\n'"$model"$'\n'* ]] ||
    fail "$model is not a processor model of Bochs; \`bochs --help cpu\` lists them."
mkdir -p -- "$out" 2>/dev/null || fail "$out can't be made."
out=$(realpath -- "$out")
if [[ -n $serial ]]; then
    : 2>/dev/null >"$serial" || fail "$serial can't be written."
    serial=$(realpath -- "$serial")
fi
if [[ -n $printer ]]; then
    : 2>/dev/null >"$printer" || fail "$printer can't be written."
    printer=$(realpath -- "$printer")
fi

# ---- The run

work=$(mktemp -d)
runner='' # the process id of `script`, while it runs

# Bash tells on stderr of a job that was killed, at the next command if not at `wait`: both say it to nobody.
stop_runner() {
    {
        kill -KILL "$runner"
        wait "$runner"
    } 2>/dev/null || true
    runner=''
}

clean_up() {
    [[ -z $runner ]] || stop_runner
    rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

ln -s -- "$(realpath -- "$iso")" "$work/boot.iso"

# ips: emulated time only matters to devices, and a character takes 87 microseconds of it at 115,200 baud. The
# fewer instructions that is, the cheaper are the output and every wait of firmware and boot loader.
cat >"$work/bochsrc" <<TEXT
cpu: model=$model, count=$cpus, ips=$ips, reset_on_triple_fault=0, ignore_bad_msrs=$ignore_bad_msrs
memory: guest=$memory, host=$memory
romimage: $rom
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
port_e9_hack: enabled=0
display_library: term
clock: sync=none, time0=946684800
log: bochs.log
panic: action=fatal, cpu0=$panic
error: action=report
TEXT
if [[ -n $printer ]]; then
    echo 'parport1: enabled=1, file=printer.txt' >>"$work/bochsrc"
    ln -s -- "$printer" "$work/printer.txt"
fi
# "continue": the debugger waits at its prompt otherwise
if [[ -n $debugger ]]; then cp -- "$debugger" "$work/debugger.rc"; else echo c >"$work/debugger.rc"; fi
if [[ -n $serial ]]; then ln -s -- "$serial" "$work/serial.txt"; else : >"$work/serial.txt"; fi
: >"$work/bochs.log"

# The display "term" wants a terminal, which `script` gives it. Bochs never ends by itself while its machine
# hangs, nor on SIGTERM: whoever's parent dies is killed, so that Bochs goes with `script` and `script` with us.
cd "$work"
export TERM=xterm
setpriv --pdeathsig KILL script -qfc "exec setpriv --pdeathsig KILL $(printf %q "$bochs") -q -f bochsrc -rc debugger.rc" \
    screen.log </dev/null >/dev/null 2>&1 &
runner=$!

# Bochs writes its screen to a terminal of its own, whose name it says, and stands still once that is full: somebody has to read it. Who
# does ends with Bochs, for then the terminal does.
terminal=''
read_terminal() {
    terminal=$(sed -n 's/.*Bochs connected to screen "\([^"]*\)".*/\1/p' screen.log 2>/dev/null | head -n 1) || true
    [[ -z $terminal ]] || cat -- "$terminal" </dev/null >/dev/null 2>&1 &
}

microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }
timed_out=0
deadline=$(($(microseconds) + timeout * 1000000))
# What the machine itself would go on after: a reset is not the first one, which starts it.
was_reset() { (($(grep -c 'bx_pc_system_c::Reset' bochs.log) > 1)); }
has_given_up() { [[ -n $give_up ]] && grep -aqE -- "$give_up" serial.txt; }
# began: when the trace did. Before, firmware and boot loader are as slow as they are.
size=0 began=0 grown=0 stopped=0 rounds=0
while kill -0 "$runner" 2>/dev/null; do
    [[ -n $terminal ]] || read_terminal
    if ((began == 0)) && grep -q '^vmxspec-trace' serial.txt; then
        began=$(microseconds)
    fi
    if ((stall > 0 && began > 0)) && now=$(stat -c %s serial.txt) && ((now != size)); then
        size=$now grown=$(microseconds)
    fi
    if ((grown > 0 && $(microseconds) >= grown + stall * 1000000)); then
        timed_out=2
        stop_runner
        break
    fi
    if [[ $end == off ]] && ((++rounds % 10 == 0)) && { was_reset || has_given_up; }; then
        sleep 1 # what it says with it
        stopped=1
        stop_runner
        break
    fi
    if (($(microseconds) >= deadline)); then
        timed_out=1
        stop_runner
        break
    fi
    sleep 0.05
done
[[ -z $runner ]] || wait "$runner" 2>/dev/null || true
runner=''

# ---- What came of it

sed -n '/^vmxspec-trace 1$/,/^end [0-9a-f]*$/p' serial.txt >trace.txt
[[ $end == off ]] || cp -- trace.txt "$out/"
[[ $serial == "$out/serial.txt" ]] || cp -- serial.txt "$out/"
cp -- bochs.log "$out/"
ended=$(microseconds)
((timed_out != 2)) || ended=$grown
((began == 0)) || echo $(((ended - began) / 1000)) >"$out/milliseconds.txt"
[[ ! -f screen.log ]] || cp -- screen.log "$out/"

# The kernel's last words, or else Bochs' own (not that its terminal went: we took it).
reason() {
    local said
    said=$(tr '\r' '\n' <serial.txt | grep -a '^vmxspec: ' | tail -n 1) || true
    if [[ -n $said ]]; then
        said=${said#vmxspec: }
        echo "the kernel said \"${said%.}\""
        return
    fi
    said=$(sed -n '/Received SIGHUP/d; s/^[0-9]*p\[\([^]]*\)\] *>>PANIC<< */\1: /p' bochs.log | tail -n 1)
    if [[ -n $said ]]; then
        echo "Bochs said \"${said%.}\""
    elif [[ -s trace.txt ]]; then
        echo "the last line is \"$(tail -n 1 trace.txt)\""
    else
        echo "COM1 has no trace"
    fi
}

if [[ $end == off ]]; then
    ((!timed_out)) || fail "the machine was not off after $timeout s." 2
    if ((stopped)) && has_given_up; then
        fail "COM1 says \"$(grep -aE -- "$give_up" serial.txt | head -n 1 | tr -d '\r')\"." 1
    fi
    ((!stopped)) || fail "the machine was reset." 1
    ! grep -qE '>>PANIC<< (ACPI control: soft power off|Shutdown port: shutdown requested)' bochs.log || exit 0
    fail "$(reason)." 1
fi
((timed_out != 2)) || fail "the machine said nothing for $stall s: $(reason)."
if ((timed_out)); then
    fail "Bochs did not finish within $timeout s: $(reason)."
fi
[[ $(tail -n 1 trace.txt) == 'end '* ]] || fail "the trace is incomplete: $(reason)."
