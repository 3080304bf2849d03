"""validate.py SCHEMA DOCUMENT...: every document fits the JSON Schema, and every damage to one is refused.

A damage is another type of one value, or a property more in one object. Places that differ only by an index are alike:
each is damaged in one document, of which lists are cut to two elements, for every damage validates all of it. Where no
damage was tried, the check would be none.
"""

import copy
import json
import sys

from jsonschema import Draft202012Validator


def cut(value):
    """The value with lists of at most two elements."""
    if isinstance(value, dict):
        return {key: cut(part) for key, part in value.items()}
    return [cut(part) for part in value[:2]] if isinstance(value, list) else value


def places(value, path=()):
    """Paths to all values below this one."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield (*path, step)
        yield from places(part, (*path, step))


def damaged(document, path):
    """Copies of the document, each with one damage at the path, with what it is."""
    def at(root, steps):
        for step in steps:
            root = root[step]
        return root

    other = copy.deepcopy(document)
    at(other, path[:-1])[path[-1]] = {"another": ["type"]}
    yield "another type", other
    # The names of bits are the manual's: any may be there.
    if isinstance(at(document, path), dict) and path[-1] != "bits":
        other = copy.deepcopy(document)
        at(other, path)["a property more"] = 1
        yield "a property more", other


def main(schema_path, *paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    faults, damages, seen = 0, 0, set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        for error in validator.iter_errors(document):
            faults += 1
            print(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        small = cut(document)
        if not validator.is_valid(small):
            faults += 1
            print(f"{path}: cut to lists of two elements it does not fit: what refuses a damage is not known")
        for place in places(small):
            kind = tuple("*" if isinstance(step, int) else step for step in place)
            if kind in seen:
                continue
            seen.add(kind)
            for name, other in damaged(small, place):
                damages += 1
                if validator.is_valid(other):
                    faults += 1
                    print(f"{path}: {name} at /{'/'.join(map(str, place))} is not refused")
    print(f"{len(paths)} documents, {damages} damages, {faults} faults")
    return 0 if paths and damages and not faults else 1


sys.exit(main(*sys.argv[1:]))
