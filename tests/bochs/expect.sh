#!/usr/bin/env bash
# expect.sh TABLE DIR OPTION ...: runs `bochs.sh --out DIR OPTION ...` and compares the trace with TABLE, whose
# lines are `id | outcome, an extended regular expression | IA32_EFER that the guest saw, or - | rule ids that the
# generated checks predicted as broken, or -`.
# Exit code: 0 as expected, 1 not so, 3 no trace (bochs.sh says why).
set -euo pipefail

table=$1
dir=$2
shift 2

bash "$(dirname -- "$0")/bochs.sh" --out "$dir" "$@"

declare -A outcome efer predicted
vector='' vectors=0 counted=0
while read -r word rest; do
    case $word in
    vector) vector=$rest ;;
    after) [[ $rest =~ efer=([0-9a-f]+) ]] && efer[$vector]=${BASH_REMATCH[1]} ;;
    predicted) predicted[$vector]=${predicted[$vector]-}${rest#"$vector"} ;;
    outcome)
        outcome[${rest%% *}]=${rest#* }
        vectors=$((vectors + 1))
        ;;
    end) counted=$((16#$rest)) ;;
    esac
done <"$dir/trace.txt"

wrong=0
complain() {
    echo "$1" >&2
    wrong=1
}

expected=0
while IFS='|' read -r id pattern seen rules; do
    read -r id <<<"$id"
    [[ -n $id && $id != \#* ]] || continue
    read -r pattern <<<"$pattern"
    read -r seen <<<"$seen"
    read -r rules <<<"$rules"
    [[ $rules == - ]] && rules='' || rules=" $rules"
    expected=$((expected + 1))
    [[ ${outcome[$id]-none} =~ ^($pattern)$ ]] ||
        complain "$id: the outcome is \"${outcome[$id]-none}\", expected \"$pattern\"."
    [[ ${efer[$id]--} == "$seen" ]] || complain "$id: the guest saw IA32_EFER ${efer[$id]--}, expected $seen."
    [[ ${predicted[$id]-nothing} == "$rules" ]] ||
        complain "$id: the prediction is \"${predicted[$id]-nothing}\", expected \"$rules\"."
done <"$table"

((expected > 0)) || complain "$table expects nothing."
((vectors == expected && counted == expected)) ||
    complain "$vectors outcomes and \"end\" with $counted, expected $expected."
agree="# vmxspec: $expected VM entries: the manual and this processor agree on $expected, differ on 0, undecided 0."
grep -qxF -- "$agree" "$dir/trace.txt" || complain "$dir/trace.txt has no line \"$agree\"."
((wrong)) || echo "$vectors vectors as expected."
exit "$wrong"
