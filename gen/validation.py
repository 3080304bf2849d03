#!/usr/bin/python3
"""Writes the page "spec against Bochs", static HTML, from what `vmxspec validate --table` wrote.

usage: validation.py TABLE.json OUTPUT.html

Without the table the page says how to get it. The template beside this file has no logic of its own.
"""

import json
import pathlib
import sys

import jinja2

# What a cell of the table says, as a sign with its meaning.
SIGNS = {"agrees": ("●", "agrees"), "diverges": ("◆", "a known divergence"), "open": ("✗", "a difference that nothing explains"),
         "impossible": ("–", "cannot be expressed on this processor: proven"), "untried": ("○", "not put to the test")}


def main(arguments):
    if len(arguments) != 2:
        print("validation.py: give the table's JSON and the file to write.", file=sys.stderr)
        sys.exit(3)
    source, output = (pathlib.Path(argument) for argument in arguments)
    table = json.loads(source.read_text()) if source.exists() else None
    folder = pathlib.Path(__file__).parent / "catalogue"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined,
                                     autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(environment.get_template("validation.html.jinja").render(table=table, signs=SIGNS))


if __name__ == "__main__":
    main(sys.argv[1:])
