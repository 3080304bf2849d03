#include "tests/bochs/probe/vmcs_image.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx.hpp"
#include "tests/bochs/probe/capabilities.hpp"

namespace vmxspec::probe {

void VmcsImage::set(Field field, std::uint64_t value) {
    std::uint8_t& position = position_[slot(field)];
    if (position == 0) {
        if (count_ == most) {
            runtime::refuse("a VMCS image has more than 255 fields");
        }
        settings_[count_].field = field;
        position = static_cast<std::uint8_t>(++count_);
    }
    Setting& setting = settings_[position - 1U];
    if (setting.field != field) {
        runtime::refuse("two fields of a VMCS image have one slot: vmcs_image.hpp");
    }
    setting.value = value;
}

bool VmcsImage::has(Field field) const { return position_[slot(field)] != 0; }

std::uint64_t VmcsImage::value(Field field) const {
    const std::uint8_t position = position_[slot(field)];
    return position == 0 ? 0 : settings_[position - 1U].value;
}

void VmcsImage::apply(const Change& change) {
    const std::uint64_t old = value(change.field);
    switch (change.kind) {
        case Change::Kind::set: return set(change.field, change.value);
        case Change::Kind::set_bits: return set(change.field, old | change.value);
        case Change::Kind::clear_bits: return set(change.field, old & ~change.value);
        case Change::Kind::set_forbidden: return set(change.field, old | allowed_settings(change.field).forbidden());
    }
}

std::optional<Field> VmcsImage::write() const {
    for (const Setting& setting : settings()) {
        if (runtime::vmwrite(encoding(setting.field), setting.value) != runtime::VmxOutcome::succeed) {
            return setting.field;
        }
    }
    return std::nullopt;
}

void VmcsImage::read_back() {
    for (Setting& setting : std::span{settings_.data(), count_}) {
        const auto read = runtime::vmread(encoding(setting.field));
        if (read.outcome != runtime::VmxOutcome::succeed) {
            runtime::refuse("VMREAD of a field that VMWRITE takes failed");
        }
        setting.value = read.value;
    }
}

}  // namespace vmxspec::probe
