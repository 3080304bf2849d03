#!/usr/bin/python3
"""Writes the catalogue, static HTML, from `vmxspec catalogue` and the generated headers.

usage: catalogue.py CATALOGUE.json HEADER_DIRECTORY OUTPUT_DIRECTORY

The C++ reading of a rule is cut out of the header that is compiled; Graphviz draws the diagrams. The templates beside
this file have no logic of their own.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import jinja2

# Stages in the manual's order, as headings.
STAGES = {"basic": "Basic checks", "control_and_host": "VMX controls and host state", "guest": "Guest state",
          "msr_load": "MSR loading", "vm_exit": "VM exits and failed VM entries"}
LOADS = {"after_entry": "After a VM entry", "after_exit": "After a VM exit",
         "after_failure": "After a failed VM entry"}
DIAGRAMS = {"operation": "The logical processor", "region": "A VMCS region"}


def refuse(sentence):
    """Ends as the command does when it cannot use its input."""
    print(f"catalogue.py: {sentence}", file=sys.stderr)
    sys.exit(3)


def section_order(number):
    """29.3.1.10 comes after 29.3.1.9."""
    return [int(part) for part in number.split(".")]


def functions(headers):
    """The text of each rule's function, by the rule's id, without the comment before it that names the rule."""
    pattern = re.compile(r"^/// (\S+), SDM [^\n]*\n(?:///[^\n]*\n)*(template <class Word>\n.*?^})$", re.M | re.S)
    return {found[1]: found[2] for header in sorted(headers.glob("*.hpp"))
            for found in pattern.finditer(header.read_text())}


def drawn(dot):
    """A diagram in Graphviz's language as SVG that takes its colours from the page."""
    if shutil.which("dot") is None:
        refuse("Graphviz's dot is missing; ./run docs installs it, or install the package graphviz.")
    style = ["-Nfontname=sans-serif", "-Nfontsize=13", "-Efontname=sans-serif", "-Efontsize=11", "-Gbgcolor=transparent",
             "-Nmargin=0.22,0.12", "-Gnodesep=0.5", "-Granksep=0.7"]
    svg = subprocess.run(["dot", "-Tsvg", *style], input=joined(dot), capture_output=True, text=True, check=True).stdout
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<title>.*?</title>\n?", "", svg)
    svg = re.sub(r' id="[^"]*"', "", svg)
    return re.sub(r'(stroke|fill)="black"', r'\1="currentColor"', svg).replace("<text ", '<text fill="currentColor" ')


def joined(dot):
    """Edges from one state to the same other one as a single edge with a line a row."""
    labels, order, rest = {}, [], []
    for line in dot.splitlines():
        edge = re.fullmatch(r'\s*("[^"]*" -> "[^"]*") \[label="([^"]*)"\];', line)
        if edge is None:
            rest.append(line)
            continue
        if edge[1] not in labels:
            order.append(edge[1])
        labels.setdefault(edge[1], []).append(edge[2])
    edges = [f'    {edge} [label="{"".join(f" {row} {chr(92)}l" for row in labels[edge])}"];' for edge in order]
    return "\n".join(rest[:-1] + edges + rest[-1:]) + "\n"


def prepared(rule, code):
    """What the template prints of a rule besides the catalogue's own members."""
    rule["cpp"] = code.get(rule["id"], "")
    words = [rule["id"], rule["section"], rule["text"], rule["note"], rule["kind"]]
    words += [leaf[key] for leaf in rule["reads"] for key in ("name", "manual_name", "place")]
    rule["words"] = " ".join(words).lower()
    rule["features"] = [leaf for leaf in rule["reads"] if leaf["place"].startswith(("MSR", "CPUID"))]
    rule["fields"] = [leaf for leaf in rule["reads"] if leaf not in rule["features"]]


def grouped(rows):
    """Rows with a section as groups in the manual's order: number, title, rows."""
    groups = {}
    for row in rows:
        groups.setdefault(row["section"], []).append(row)
    return [{"number": number, "title": groups[number][0]["title"], "rows": groups[number]}
            for number in sorted(groups, key=section_order)]


def model(catalogue, headers):
    """All that the template prints."""
    code = functions(headers)
    for rule in catalogue["rules"]:
        prepared(rule, code)
    stages = [{"id": stage, "title": title,
               "sections": grouped(rule for rule in catalogue["rules"] if rule["stage"] == stage)}
              for stage, title in STAGES.items()]
    return {
        "edition": catalogue["edition"], "count": len(catalogue["rules"]), "stages": stages,
        "checks": sum(rule["kind"] == "check" for rule in catalogue["rules"]),
        "profiles": {profile["name"]: profile for profile in catalogue["profiles"]},
        "ordinary": catalogue["ordinary_entry"],
        "loads": [{"id": name, "title": title, "sections": grouped(catalogue["loads"][name])}
                  for name, title in LOADS.items()],
        "diagrams": [{"id": name, "title": title, "svg": drawn(catalogue["diagrams"][name])}
                     for name, title in DIAGRAMS.items()],
    }


def main(arguments):
    if len(arguments) != 3:
        refuse("give the catalogue's JSON, the directory of the generated headers, and the output directory.")
    try:
        catalogue = json.loads(pathlib.Path(arguments[0]).read_text())
    except (OSError, ValueError) as error:
        refuse(f"{arguments[0]} cannot be used: {error}.")
    output = pathlib.Path(arguments[2])
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent / "catalogue"),
                                     undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    values = model(catalogue, pathlib.Path(arguments[1]))
    output.mkdir(parents=True, exist_ok=True)
    (output / "index.html").write_text(environment.get_template("index.html.jinja").render(values))


if __name__ == "__main__":
    main(sys.argv[1:])
