#!/usr/bin/env bash
# browser.sh INDEX.HTML: the catalogue as headless Chromium shows it: every rule, permalinks, search, diagrams, no error.
# Screenshots at desktop and phone width stay beside the page, for a person to look at.
set -euo pipefail
: "${VMXSPEC:?}"
page=$(realpath "$1")
command -v chromium >/dev/null || { echo "docs: chromium is missing; ./run test installs it." >&2; exit 3; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

browser() {
    timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$scratch/profile" \
        --hide-scrollbars --virtual-time-budget=10000 --enable-logging=stderr "$@"
}

# shown QUERY: the page's DOM at this query or fragment, in $scratch/dom; a message of the page's script is a failure.
shown() {
    browser --dump-dom "file://$page$1" >"$scratch/dom" 2>"$scratch/log"
    if grep -E 'CONSOLE' "$scratch/log"; then
        echo "--- $1: the browser's console is not empty"
        failures=$((failures + 1))
    fi
    expect "$1: the script ran to its end" 'data-ready="yes"' 1
}

# expect WHAT PATTERN NUMBER: so many elements match, each on a line of its own.
expect() {
    local got
    got=$(grep -oE -- "$2" "$scratch/dom" | wc -l || true)
    [[ $got -eq $3 ]] || {
        echo "--- $1: expected $3 of /$2/, got $got"
        failures=$((failures + 1))
    }
}

# ids: of the rules that are shown, sorted.
ids() {
    { grep -oE '<details class="rule[^>]*>' "$scratch/dom" || true; } | { grep -v ' hidden=""' || true; } |
        sed -E 's/.* id="([^"]*)".*/\1/' | sort
}

# compare WHAT WANTED GOT: two lists, a line each.
compare() {
    diff "$2" "$3" >"$scratch/diff" || {
        echo "--- $1: the page differs"
        head -n 20 "$scratch/diff"
        failures=$((failures + 1))
    }
}

"$VMXSPEC" rules --format ids | sort >"$scratch/all"
number=$(wc -l <"$scratch/all")

# Nothing asked: every rule, closed; an example of each rule that has one; the diagrams; the edition.
shown ""
ids >"$scratch/got"
compare "every rule" "$scratch/all" "$scratch/got"
expect "no rule is open" '<details class="rule[^>]* open=""' 0
expect "diagrams" '<div class="diagram"[^>]*><svg ' 2
expect "the edition" "<p class=\"edition\">$("$VMXSPEC" rule guest.cr0.fixed | grep -oE '[0-9]{6}-[0-9]+US, [A-Z][a-z]+ [0-9]+')</p>" 1
examples=$(grep -cE '<table class="example">' "$scratch/dom" || true)
implied=$(grep -cE 'No VM entry breaks this rule alone' "$scratch/dom" || true)
others=$(grep -cE '<span class="badge">(procedure|consequence)<' "$scratch/dom" || true)
[[ $((examples + implied + others)) -eq $number && $examples -gt $((number * 9 / 10)) ]] || {
    echo "--- $examples examples, $implied implied rules and $others that cannot fail are not the $number rules"
    failures=$((failures + 1))
}
expect "SMT-LIB 2 of each rule with a condition" '^<pre data-of="smtlib">; ' \
    "$((number - $(grep -cE '<span class="badge">procedure<' "$scratch/dom" || true)))"
expect "C++ of each check" '^<pre data-of="cpp"' "$(grep -cE '<span class="id">[^<]*</span>' "$scratch/dom" || true)"

# A permalink opens its rule and no other.
shown "#guest.cr0.fixed"
expect "the rule of the permalink" '<details class="rule target" id="guest\.cr0\.fixed"[^>]* open=""' 1
expect "only this rule is open" '<details class="rule[^>]* open=""' 1

# A search leaves what the command lists: by id, by field, by words that nothing has.
shown "?q=ctl.eptp."
ids >"$scratch/got"
grep -F ctl.eptp. "$scratch/all" >"$scratch/wanted"
compare "?q=ctl.eptp." "$scratch/wanted" "$scratch/got"
expect "the number of rules found" ">$(wc -l <"$scratch/wanted") of $number rules<" 1

shown "?q=guest.cr4"
ids >"$scratch/got"
while read -r id; do
    if "$VMXSPEC" rule "$id" | grep -qE '^  reads: .*\bguest\.cr4\b'; then echo "$id"; fi
done <"$scratch/all" >"$scratch/wanted"
compare "?q=guest.cr4" "$scratch/wanted" "$scratch/got"

# The only rule found is open.
shown "?q=guest.cr0.fixed"
expect "the only rule found" '<details class="rule" id="guest\.cr0\.fixed"[^>]* open=""' 1

shown "?q=no-such-word"
expect "nothing found" '<p id="nothing" class="lead">' 1
[[ -z $(ids) ]] || { echo "--- rules are shown that do not have the word"; failures=$((failures + 1)); }

# A permalink beats a search that would hide it.
shown "?q=no-such-word#guest.cr0.fixed"
expect "the permalink beats the search" '<details class="rule target" id="guest\.cr0\.fixed"[^>]* open=""' 1

# So does a place besides the rules.
shown "?q=no-such-word#machine"
expect "the state machine is shown" '<section class="part" id="machine" data-aside="">' 1

# To look at: beside the page.
for size in desktop:1280,1100 phone:420,1100; do
    image=$(dirname "$page")/${size%%:*}.png
    browser --window-size="${size#*:}" --screenshot="$image" "file://$page?q=guest.cr0.fixed" >/dev/null 2>&1
    [[ $(head -c 4 "$image" | tail -c 3) == PNG && $(stat -c %s "$image") -gt 20000 ]] || {
        echo "--- no screenshot of ${size%%:*} width"
        failures=$((failures + 1))
    }
done

[[ $failures -eq 0 ]] || exit 1
echo "$number rules, $examples examples, permalinks, search and diagrams are as they should be"
