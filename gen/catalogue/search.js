// Search and permalinks: ?q=WORDS shows the rules that have all words, #ID opens a rule.
"use strict";
const box = document.getElementById("q");
const count = document.getElementById("count");
const rules = [...document.querySelectorAll("details.rule")];
const groups = [...document.querySelectorAll("[data-group]")];
const links = [...document.querySelectorAll("[data-section]")];
const aside = [...document.querySelectorAll("[data-aside]")];

function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
        rule.hidden = !words.every((word) => rule.dataset.words.includes(word));
        shown += !rule.hidden;
    }
    for (const group of groups) group.hidden = !group.querySelector("details.rule:not([hidden])");
    for (const part of aside) part.hidden = words.length > 0;
    for (const link of links) {
        const left = document.getElementById(link.dataset.section).querySelectorAll("details.rule:not([hidden])").length;
        link.querySelector(".number").textContent = left;
        link.classList.toggle("none", left === 0);
    }
    count.textContent = words.length ? `${shown} of ${rules.length} rules` : `${rules.length} rules`;
    document.getElementById("nothing").hidden = shown > 0;
}

// The address follows the search, so that it can be passed on; a browser may refuse that for files.
function remember() {
    const address = new URL(location.href);
    if (box.value) address.searchParams.set("q", box.value);
    else address.searchParams.delete("q");
    try {
        history.replaceState(null, "", address);
    } catch (refused) {}
}

function open() {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (const other of document.querySelectorAll(".target")) other.classList.remove("target");
    if (!place) return;
    if (place.closest("[hidden]")) {
        box.value = "";
        search();
        remember();
    }
    if (place.matches("details.rule")) {
        place.open = true;
        place.classList.add("target");
    }
    place.scrollIntoView();
}

box.addEventListener("input", () => {
    search();
    remember();
});
document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
        event.preventDefault();
        box.focus();
        box.select();
    }
    if (event.key === "Escape" && document.activeElement === box) {
        box.value = "";
        search();
        remember();
    }
});
for (const button of document.querySelectorAll("[data-reading]"))
    button.addEventListener("click", () => {
        const tabs = button.closest(".readings");
        for (const one of tabs.querySelectorAll("[data-reading]"))
            one.setAttribute("aria-selected", one === button);
        for (const text of tabs.querySelectorAll("pre")) text.hidden = text.dataset.of !== button.dataset.reading;
    });
for (const link of document.querySelectorAll("a[data-q]"))
    link.addEventListener("click", (event) => {
        event.preventDefault();
        box.value = link.dataset.q;
        search();
        remember();
        scrollTo(0, 0);
    });
// A second click on the address that is open already.
for (const link of document.querySelectorAll("a[href^='#']")) link.addEventListener("click", () => setTimeout(open));
const contents = document.getElementById("contents");
contents.open = matchMedia("(min-width: 60rem)").matches;
for (const link of contents.querySelectorAll("a"))
    link.addEventListener("click", () => {
        if (!matchMedia("(min-width: 60rem)").matches) contents.open = false;
    });

box.value = new URLSearchParams(location.search).get("q") ?? "";
search();
const found = rules.filter((rule) => !rule.hidden);
if (found.length === 1) found[0].open = true;
open();
addEventListener("hashchange", open);
document.documentElement.dataset.ready = "yes";
