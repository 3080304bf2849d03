#include "tests/bochs/probe/vmcs_image.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx.hpp"
#include "tests/bochs/probe/capabilities.hpp"

namespace vmxspec::probe {

void VmcsImage::set(Field field, std::uint64_t value) {
    for (std::size_t i = 0; i < count_; ++i) {
        if (settings_[i].field == field) {
            settings_[i].value = value;
            return;
        }
    }
    if (count_ == most) {
        runtime::refuse("a VMCS image has more than 256 fields");
    }
    settings_[count_++] = {field, value};
}

bool VmcsImage::has(Field field) const {
    for (const Setting& setting : settings()) {
        if (setting.field == field) {
            return true;
        }
    }
    return false;
}

std::uint64_t VmcsImage::value(Field field) const {
    for (const Setting& setting : settings()) {
        if (setting.field == field) {
            return setting.value;
        }
    }
    return 0;
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
