// Families of vectors. Each offers all that it has, in an order that does not change.
#pragma once

#include "proofs/vectors/vector.hpp"

#include <cstdint>

namespace vmxspec::vectors {

/// A state that the machine enters, of which the neighbourhood is tried: assignments on top of the probe's base state.
struct Mode {
    std::string name;
    std::map<std::size_t, std::uint64_t> fields;
};

/// The guest's modes that this machine can enter: 32-bit paging (the probe's own), PAE, IA-32e with 64-bit and
/// compatibility code, virtual-8086, and with "unrestricted guest" real-address mode and protected mode without paging.
[[nodiscard]] std::vector<Mode> modes(const Collection& collection);

/// "flip/MODE/FIELD/BIT": one bit of one field is the other way round. Fields that the guest's mode does not matter for
/// are flipped in the first mode only.
void flips(Collection& collection, const std::vector<Mode>& modes);
/// "edge/FIELD/VALUE": first and last values, both sides of canonical boundaries and of the physical-address width.
void edges(Collection& collection);
/// "event/...": activity states, event types, vectors, error codes and blocking, each with each.
void events(Collection& collection);
/// "msr/...": rows of the WRMSR table, accepted and refused values, reserved bits, forbidden MSRs, places in the area.
void msr_areas(Collection& collection);
/// "memory/...": what checks read from memory: the first bytes at the VMCS link pointer, VTPR with TPR thresholds,
/// PDPTEs.
void memory(Collection& collection);
/// "how/...": VMRESUME, a launched VMCS, blocking by MOV SS, a shadow VMCS, no current VMCS, each with each, and with a
/// control and a guest that are wrong too.
void circumstances(Collection& collection);
/// "flip/legacy/FIELD/BIT": from legacy protected mode, one bit of the host state or of the VM-exit or VM-entry
/// controls.
void legacy(Collection& collection);
/// "exit/...": VM-exit MSR-store and MSR-load areas, some of which are a VMX abort.
void exit_areas(Collection& collection);
/// "rule/ID": breaks only this rule, by the fewest bits; "rule/ID/kept": the nearest state that keeps it.
void rule_examples(Collection& collection, Specification& spec);
/// "walk/SEED/N": a few random bits of a mode are the other way round, and the solver changes as little else as it can
/// so that all rules are kept; or, where the bits contradict rules, all others. "walk/SEED/N/bare": the bits alone.
/// Bits of what a VM exit loads, and of where, stay as the probe needs them.
void walks(Collection& collection, Specification& spec, const std::vector<Mode>& modes, std::uint64_t seed,
           std::size_t count);

}  // namespace vmxspec::vectors
