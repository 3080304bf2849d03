#!/usr/bin/python3
"""Writes the freestanding C++ and C headers from the specification's JSON and the templates beside this file.

usage: generate.py SPEC.json OUTPUT_DIRECTORY [TEMPLATE_DIRECTORY]

A header's words are a parameter: machine words check a VMCS, symbolic words prove the check equal to the spec.
Expressions are made here, in the language that a template's name tells; templates have no logic of their own.
"""

import dataclasses
import hashlib
import itertools
import json
import pathlib
import sys

import jinja2

INFIX = {"bit_and": "&", "bit_or": "|", "bit_xor": "^", "equal": "==", "below": "<",
         "logical_and": "&&", "logical_or": "||"}


def identifier(name):
    """A C++ identifier for a leaf or rule name."""
    return name.replace(".", "_").replace("-", "_")


def ones(width):
    return (1 << width) - 1


@dataclasses.dataclass(frozen=True)
class Dialect:
    """What the languages spell differently in an expression."""

    word: str           # type of a word
    truth: str          # type of a truth value
    word_literal: str   # format of a word that is constant
    truth_literal: str  # format of a truth value that is constant
    member: str         # format of a member of a state
    prefix: str         # of the names of functions

    def type(self, width):
        return self.word if width else self.truth

    def literal(self, value):
        return self.word_literal.format(value)

    def truth_value(self, value):
        return self.truth_literal.format("true" if value else "false")


CPP = Dialect("Word", "Truth", "Word{{{:#x}ULL}}", "Truth{{{}}}", "{}.{}", "")
C = Dialect("vmxspec_word", "vmxspec_truth", "VMXSPEC_C({:#x})", "VMXSPEC_TRUTH_C({})", "{}->{}", "vmxspec_")
DIALECTS = {".hpp": CPP, ".h": C}


class Writer:
    """Text for the nodes of one function; a node that is used more than once gets a name."""

    def __init__(self, spec, dialect, leaf_text):
        self.nodes = spec["nodes"]
        self.dialect = dialect
        self.leaf_text = leaf_text

    def uses(self, *roots):
        count, open_nodes = {}, list(roots)
        while open_nodes:
            node = open_nodes.pop()
            count[node] = count.get(node, 0) + 1
            if count[node] == 1:
                open_nodes.extend(self.nodes[node]["operands"])
        return count

    def function(self, root):
        """Named values (type, name, text) in order, and the result, as text."""
        named, results = self.functions([root])
        return {"named": named, "result": results[0]}

    def functions(self, roots):
        """Named values (type, name, text) in order that the roots share, and the result of each root, as text."""
        count, text, named = self.uses(*roots), {}, []
        for node in sorted(count):
            expression = self.expression(node, text)
            if count[node] > 1 and self.nodes[node]["op"] not in ("leaf", "constant"):
                named.append((self.dialect.type(self.nodes[node]["width"]), f"n{node}", expression))
                expression = f"n{node}"
            text[node] = expression
        return named, [text[root] for root in roots]

    def expression(self, node, text):
        entry = self.nodes[node]
        operation, width, value = entry["op"], entry["width"], entry["value"]
        operand = [text[k] for k in entry["operands"]]
        literal, prefix = self.dialect.literal, self.dialect.prefix
        mask = "" if width == 64 else f" & {literal(ones(width))}"
        if operation == "constant":
            return literal(value) if width else self.dialect.truth_value(value)
        if operation == "leaf":
            return self.leaf_text[value]
        if operation in INFIX:
            return f"({operand[0]} {INFIX[operation]} {operand[1]})"
        if operation == "logical_not":
            return f"!{operand[0]}"
        if operation == "bit_not":
            return f"(~{operand[0]}{mask})"
        if operation == "add":
            return f"(({operand[0]} + {operand[1]}){mask})"
        if operation == "subtract":
            return f"(({operand[0]} - {operand[1]}){mask})"
        if operation == "shift_left":
            return f"({prefix}shift_left({operand[0]}, {operand[1]}){mask})"
        if operation == "shift_right":
            return f"{prefix}shift_right({operand[0]}, {operand[1]})"
        if operation == "extract":
            low = f"({operand[0]} >> {value})" if value else operand[0]
            return f"({low}{mask})"
        if operation == "extend":
            return operand[0]
        if operation == "select":
            return f"{prefix}select({operand[0]}, {operand[1]}, {operand[2]})"
        raise ValueError(f"unknown operation {operation}")


def in_order(rules):
    """The rules, of which those of a stage follow each other: the first that is broken is of the first such stage."""
    stages = [name for name, _ in itertools.groupby(rule["stage"] for rule in rules)]
    if len(set(stages)) != len(stages):
        sys.exit("generate.py: the rules of the specification are not in the order of their stages")
    return rules


def model(spec, dialect, digest, command):
    """All that the templates of one language print."""
    leaf_text, used, entry, exiting, level0, exited = {}, [], [], [], [], []
    owners = {"msr_entry": ("entry", entry), "exiting": ("x", exiting), "l0": ("l0", level0), "real": ("l0", level0),
              "vmcs01": ("l0", level0), "vmcs02": ("v", exited)}
    for number, leaf in enumerate(spec["leaves"]):
        area, member = leaf["name"].split(".", 1)
        owner, _ = owners.get(area, ("s", used))
        own_name = area in owners and area not in ("real", "vmcs01")
        leaf["identifier"] = identifier(member if own_name else leaf["name"])
        leaf["type"] = dialect.type(leaf["width"])
        leaf_text[number] = dialect.member.format(owner, leaf["identifier"])
        leaf["number"] = number
        leaf["key"] = leaf["cpuid"]["leaf"] if leaf["source"] == "cpuid" else leaf["key"]
    writer = Writer(spec, dialect, leaf_text)
    roots = [rule["condition"] for rule in spec["rules"] + spec["msr_load"]["rules"]]
    roots += list(spec["loaded"].values()) + [spec["msr_load"]["efer_after"]]
    roots += [rule["condition"] for rule in spec["exit_rules"]]
    roots += [row[part] for rows in spec["loads"].values() for row in rows for part in ("value", "defined", "kept")]
    reached = set()
    for root in roots:
        reached.update(writer.uses(root))
    for leaf in spec["leaves"]:
        if leaf["node"] in reached:
            owners.get(leaf["name"].split(".")[0], ("s", used))[1].append(leaf)

    vmx_instructions, instruction_leaves = instructions(spec, writer)
    nested = nested_translation(spec, writer, used, level0, exited)

    def rules(table):
        for rule in table:
            rule["identifier"] = identifier(rule["id"])
            rule.update(writer.function(rule["condition"]))
        return [rule for rule in table if rule["check"]]

    checks = rules(spec["rules"])
    return {
        "edition": spec["edition"], "digest": digest, "command": command,
        "leaves": used, "entry_leaves": entry, "other_count": sum(leaf["source"] == "state" for leaf in used),
        "check_inputs": readers([set(writer.uses(rule["condition"])) for rule in checks], used),
        "rules": in_order(checks), "outcomes_most": max(len(rule["outcomes"]) for rule in checks),
        "msr_rules": rules(spec["msr_load"]["rules"]),
        "loaded": {name: writer.function(root) for name, root in spec["loaded"].items()},
        "exit_leaves": exiting, "load_tables": load_tables(spec, writer), "exit_rules": rules(spec["exit_rules"]),
        "efer_after": writer.function(spec["msr_load"]["efer_after"]),
        "msr_failure": spec["msr_load"]["rules"][0]["outcomes"][0],
        "instructions": vmx_instructions, "instruction_leaves": instruction_leaves, "nested": nested,
    }


def readers(read, leaves):
    """For each leaf that something reads, which does: a bit each, in words. `read` has the set of nodes of each."""
    def words(leaf):
        return [sum(1 << n for n, nodes in enumerate(read[first:first + 64]) if leaf["node"] in nodes)
                for first in range(0, len(read), 64)]

    inputs = [{"leaf": leaf, "rows": words(leaf),
               "of_processor": leaf["source"] in ("msr", "cpuid") or leaf["name"].startswith("trait.")} for leaf in leaves]
    return [one for one in inputs if any(one["rows"])]


def load_tables(spec, writer):
    """What a transition loads: its rows as functions, and whether these read the state of a VM exit."""
    about = {
        "after_entry": "Registers after a VM entry, before the MSR-load area and event delivery (SDM 29.3.2, 29.7).",
        "after_exit": "Registers after a VM exit, before the MSR-load area (SDM 30.2, 30.5).",
        "after_failure": "Registers and VMCS after a VM entry that failed in 29.3 or 29.4 (SDM 29.8). A VMCS field without "
                         "a row is not modified.",
    }
    for row in (row for rows in spec["loads"].values() for row in rows):
        row["identifier"] = identifier(row["name"])
        row["named"], (row["value"], row["defined"], row["kept"]) = writer.functions(
            [row["value"], row["defined"], row["kept"]])
    return [{"name": name, "about": about[name], "exiting": name != "after_entry", "rows": rows}
            for name, rows in spec["loads"].items()]


def instructions(spec, writer):
    """The VMX instructions: their rows as functions, and the leaves that these read or write."""
    reached = set()
    for instruction in spec["machine"]["instructions"]:
        instruction["identifier"] = identifier(instruction["name"])
        for row in instruction["rows"]:
            row["identifier"] = identifier(row["id"])
            row.update(writer.function(row["guard"]))
            reached.update(writer.uses(row["guard"]))
            for effect in row["effects"]:
                effect["member"] = spec["leaves"][effect["leaf"]]["identifier"]
                effect.update(writer.function(effect["value"]))
                reached.update(writer.uses(effect["value"]))
                reached.add(spec["leaves"][effect["leaf"]]["node"])
    return spec["machine"]["instructions"], [leaf for leaf in spec["leaves"] if leaf["node"] in reached]


def nested_translation(spec, writer, used, level0, exited):
    """What L1 is offered, the rows of VMCS02 and of the way back as functions, and which rows read what."""
    leaves, nested = spec["leaves"], spec["nested"]
    reached, tables = set(), ("vmcs02", "saved", "l1")

    def function(row, *parts):
        for part in parts:
            reached.update(writer.uses(row[part]))
            row[part + "_node"] = row[part]
            row[part] = writer.function(row[part])

    for row in nested["offered"]:
        function(row, "value")
    for row in nested["entry_loads"] + nested["exit_loads"]:
        function(row, "loads", "value")
    for row in nested["fields"]:
        function(row, "exists")
    for row in (row for table in tables for row in nested[table]):
        function(row, "exists", "changes", "value")
    for row in (row for table in ("offered", "fields", "msrs", *tables) for row in nested[table]):
        row["leaf"] = leaves[row["leaf"]]
    # Rows of L1's registers that a VM exit does not change as long as L1 does not change its host state.
    host_leaves = {leaf["node"] for leaf in leaves if leaf["source"] == "cpuid" or leaf["source"] == "vmcs" and
                   (leaf["name"].startswith("host.") or leaf["name"] == "control.exit")}
    read_by_host_rows = set()
    for row in nested["l1"]:
        read = {leaf["node"] for leaf in leaves} & set(writer.uses(row["value_node"]))
        row["is_of_host"] = row["changes"]["result"] == "Truth{true}" and read <= host_leaves
        if row["is_of_host"]:
            read_by_host_rows |= read
    # Rows of VMCS12 that take what VMCS02 has, which nothing else reads.
    by_name = {leaf["name"]: leaf["node"] for leaf in leaves}
    rows = nested["saved"] + nested["l1"]
    for row in nested["saved"]:
        copied = by_name.get("vmcs02." + row["leaf"]["name"].replace(".", "_"))
        others = (set(writer.uses(other[part + "_node"])) for other in rows if other is not row
                  for part in ("changes", "value"))
        row["is_copy"] = (row["leaf"]["name"].startswith("guest.") and row["changes"]["result"] == "Truth{true}" and
                          row["value_node"] == copied and all(copied not in read_there for read_there in others))
    copies = {row["value_node"] for row in nested["saved"] if row["is_copy"]}
    for leaf in leaves:
        area = leaf["name"].split(".")[0]
        if leaf["node"] in reached and area in ("l0", "real", "vmcs01"):
            level0.append(leaf)
        elif leaf["node"] in reached and area == "vmcs02":
            leaf["is_only_copied"] = leaf["node"] in copies
            exited.append(leaf)
    members = [leaf for leaf in leaves if leaf["source"] == "vmcs" and leaf not in used]
    read = [set(writer.uses(row["value_node"])) for row in nested["vmcs02"]]
    host_inputs = [leaf for leaf in leaves if leaf["node"] in read_by_host_rows and leaf["source"] == "vmcs"]
    return nested | {"leaves": members, "host_inputs": host_inputs, "level0": level0, "exited": exited,
                     "word_count": (len(read) + 63) // 64,
                     "inputs": readers(read, used + members + level0)}


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit("generate.py: give the specification's JSON, the output directory and, if need be, the templates")
    here = pathlib.Path(__file__).parent
    text = pathlib.Path(arguments[0]).read_bytes()
    output = pathlib.Path(arguments[1])
    templates = pathlib.Path(arguments[2]) if len(arguments) == 3 else here / "templates"
    models = {suffix: model(json.loads(text), dialect, hashlib.sha256(text).hexdigest()[:16],
                            "vmxspec-emit spec.json && gen/generate.py spec.json OUTPUT")
              for suffix, dialect in DIALECTS.items()}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(templates), undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    output.mkdir(parents=True, exist_ok=True)
    for template in sorted(environment.list_templates(extensions=["jinja"])):
        header = output / template.removesuffix(".jinja")
        header.write_text(environment.get_template(template).render(models[header.suffix], layout="header.inc"))


if __name__ == "__main__":
    main(sys.argv[1:])
