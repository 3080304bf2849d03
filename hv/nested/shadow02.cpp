#include "hv/nested/shadow02.hpp"

#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/operand.hpp"
#include "hv/nested/operation.hpp"
#include "hv/nested/to_l1.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

/// A group's part of a bitmap: a bit for each encoding, which has two (SDM table 27-22), in two words.
constexpr std::size_t group_words = 2, fields_per_word = 32;
constexpr std::size_t word_of(std::size_t group) { return ((group >> 2) << 13 | (group & 3) << 10) / 64; }
constexpr std::uint64_t low_accesses = 0x5555'5555'5555'5555;

/// Calls visit(encoding, place) for each field of which the bitmap has a bit that is 0.
template <class Visit>
void each_reachable(const std::uint64_t* bitmap, Visit visit) {
    for (std::size_t n = 0; n < field_groups.size() * group_words; ++n) {
        const std::size_t group = n / group_words, half = n % group_words;
        const std::size_t word = word_of(group) + half;
        const std::uint64_t reachable = (~bitmap[word] | ~bitmap[word] >> 1) & low_accesses;
        for (std::uint64_t bits = reachable; bits != 0; bits &= bits - 1) {
            const auto bit = static_cast<std::size_t>(__builtin_ctzll(bits));
            visit(static_cast<Field>(word * 64 + bit), field_groups[group].first + half * fields_per_word + bit / 2);
        }
    }
}

/// Where L1's shadow VMCS has the field of place 0; null where nobody has memory.
[[nodiscard]] std::uint64_t* fields_of_l1(const Nested& nested) {
    std::uint64_t* const page = guest_page(nested.vmcs12.guest_link_pointer);
    return page == nullptr ? nullptr : page + sizeof(Vmcs12Head) / sizeof *page;
}

/// L1's bitmap, with ones for fields that its VMCSs do not have; ones are everywhere else, too.
void copy_bitmap(const Nested& nested, std::uint64_t from, runtime::PhysicalAddress to) {
    const std::uint64_t* const page = guest_page(from);
    for (std::size_t n = 0; n < nested.shadow02.absent.size(); ++n) {
        const std::size_t word = word_of(n / group_words) + n % group_words;
        runtime::at<std::uint64_t>(to)[word] =
            page == nullptr ? ~std::uint64_t{0} : page[word] | nested.shadow02.absent[n];
    }
}

}  // namespace

void begin_shadowing_for_l2(Nested& nested) {
    constexpr std::uint64_t offered = std::uint64_t{secondary::vmcs_shadowing} << 32;
    constexpr std::uint32_t shadow_indicator = std::uint32_t{1} << 31;
    Shadow02& shadow = nested.shadow02;
    shadow.absent.fill(~std::uint64_t{0});
    shadow.values.fill(0);
    nested.level0.shadow_vmcs = raw(shadow.vmcs);
    nested.level0.vmread_bitmap = raw(shadow.vmread_bitmap);
    nested.level0.vmwrite_bitmap = raw(shadow.vmwrite_bitmap);
    if ((nested.vmcs12.capability_proc2 & offered) == 0) {
        return;
    }
    __builtin_memset(runtime::at<void>(shadow.vmread_bitmap), 0xff, runtime::page_size);
    __builtin_memset(runtime::at<void>(shadow.vmwrite_bitmap), 0xff, runtime::page_size);
    *runtime::at<std::uint32_t>(shadow.vmcs) = runtime::vmcs_revision() | shadow_indicator;
    make_clear(shadow.vmcs);
    make_current(shadow.vmcs);
    generated::each_vmcs12_field(nested.vmcs12, [&](std::uint32_t encoding, const std::uint64_t& /*member*/) {
        if (nested.fields.find(encoding) != nullptr) {
            const std::uint64_t accesses = width_of(encoding) == FieldWidth::bits64 ? 3 : 1;
            const std::size_t group = group_of(encoding), index = index_of(encoding);
            shadow.absent[group * group_words + index / fields_per_word] &=
                ~(accesses << 2 * (index % fields_per_word));
            write(static_cast<Field>(encoding), 0);
        }
    });
    make_clear(shadow.vmcs);
}

void publish_to_shadow02(Nested& nested) {
    const Vmcs12& v = nested.vmcs12;
    Shadow02& shadow = nested.shadow02;
    copy_bitmap(nested, v.control_vmread_bitmap, shadow.vmread_bitmap);
    copy_bitmap(nested, v.control_vmwrite_bitmap, shadow.vmwrite_bitmap);
    if (!has_shadow(v)) {
        return;
    }
    make_current(shadow.vmcs);
    const std::uint64_t* const fields = fields_of_l1(nested);
    const auto publish = [&](Field field, std::size_t place) {
        if (fields != nullptr && shadow.values[place] != fields[place]) {
            shadow.values[place] = fields[place];
            write(field, shadow.values[place]);
        }
    };
    each_reachable(runtime::at<const std::uint64_t>(shadow.vmread_bitmap), publish);
    each_reachable(runtime::at<const std::uint64_t>(shadow.vmwrite_bitmap), publish);
    make_clear(shadow.vmcs);
}

void collect_from_shadow02(Nested& nested) {
    Shadow02& shadow = nested.shadow02;
    make_current(shadow.vmcs);
    std::uint64_t* const fields = fields_of_l1(nested);
    each_reachable(runtime::at<const std::uint64_t>(shadow.vmwrite_bitmap), [&](Field field, std::size_t place) {
        const std::uint64_t value = read(field);
        if (fields != nullptr && shadow.values[place] != value) {
            fields[place] = shadow.values[place] = value;
        }
    });
    make_clear(shadow.vmcs);
}

bool ends_field_access(Processor& processor, Registers& registers, bool is_write) {
    Nested& nested = *processor.nested;
    const Vmcs12& v = nested.vmcs12;
    InstructionState& machine = nested.machine;
    constexpr std::uint64_t has_bit = 0x7fff;
    if (!uses_secondary(v, secondary::vmcs_shadowing)) {
        return false;  // and the bitmaps' addresses mean nothing
    }
    read_mode(nested);
    machine.before_non_root = true;
    machine.control_proc = v.control_proc;
    machine.control_proc2 = v.control_proc2;
    machine.guest_link_pointer = v.guest_link_pointer;
    machine.operand_encoding = Operands{processor, registers}.second();
    machine.operand_field_exists = nested.fields.find(machine.operand_encoding) != nullptr;
    const std::uint64_t bit = machine.operand_encoding & has_bit;
    const std::uint64_t bitmap = is_write ? v.control_vmwrite_bitmap : v.control_vmread_bitmap;
    machine.operand_bitmap_bit = (read_guest<std::uint8_t>(bitmap + bit / 8) >> (bit & 7) & 1) != 0;
    const InstructionRow row = is_write ? generated::row_of_vmwrite(machine) : generated::row_of_vmread(machine);
    const Ending ending = ending_of(nested, row);
    const bool is_own = ending != Ending::vm_exit && ending != Ending::succeed;  // L1 may just have changed its bitmap
    if (is_own) {
        finish(processor, row);
    }
    machine.before_non_root = false;
    return is_own;
}

}  // namespace vmxspec::hv
