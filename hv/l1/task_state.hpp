/// Task-state segments of 32 and of 16 bits, and segment descriptors, as memory has them (SDM volume 3, sections 3.4.5,
/// 10.2.1, 10.6).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vmxspec::hv {

/// A register of a task, and where it lies in either TSS.
struct TaskRegister {
    std::uint8_t offset_32, offset_16;
};

/// General registers, in the order of their numbers.
inline constexpr std::array<TaskRegister, 8> task_general{
    {{0x28, 0x12}, {0x2c, 0x14}, {0x30, 0x16}, {0x34, 0x18}, {0x38, 0x1a}, {0x3c, 0x1c}, {0x40, 0x1e}, {0x44, 0x20}}};
/// ES, CS, SS, DS, FS, GS. A 16-bit TSS has no FS and GS: they become null.
inline constexpr std::array<TaskRegister, 6> task_segments{
    {{0x48, 0x22}, {0x4c, 0x24}, {0x50, 0x26}, {0x54, 0x28}, {0x58, 0}, {0x5c, 0}}};
inline constexpr TaskRegister task_ip{0x20, 0x0e}, task_flags{0x24, 0x10}, task_ldt{0x60, 0x2a};
inline constexpr std::uint8_t task_cr3_32 = 0x1c, task_trap_32 = 0x64;

/// Bytes that a task switch reads, and the first and the end of those that it writes when a task is left.
inline constexpr std::size_t task_size_32 = 0x68, task_size_16 = 0x2c;

/// What a task begins or goes on with.
struct TaskState {
    std::uint32_t ip, flags, cr3;
    std::array<std::uint32_t, 8> general;
    std::array<std::uint16_t, 6> segments;
    std::uint16_t ldt;
    bool trap;  ///< the T flag: #DB when the task begins
};

/// One TSS, in memory of its own.
class TaskImage {
public:
    constexpr explicit TaskImage(bool is_32) : is_32_{is_32} {}

    [[nodiscard]] constexpr std::span<std::uint8_t> bytes() {
        return {bytes_.data(), is_32_ ? task_size_32 : task_size_16};
    }

    /// Bits of EFLAGS that a TSS may set; bit 1 is always 1.
    static constexpr std::uint32_t flags_mask = 0x003f'7fd5, flags_always = 2;

    [[nodiscard]] constexpr TaskState load() const {
        TaskState state{};
        // The upper halves that a 16-bit TSS does not have are undefined; processors have had ones there.
        constexpr std::uint32_t upper = 0xffff'0000;
        state.ip = value(task_ip);
        state.flags = (value(task_flags) & flags_mask) | flags_always;
        for (std::size_t n = 0; n < task_general.size(); ++n) {
            state.general[n] = value(task_general[n]) | (is_32_ ? 0 : upper);
        }
        for (std::size_t n = 0; n < task_segments.size(); ++n) {
            const bool exists = is_32_ || task_segments[n].offset_16 != 0;
            state.segments[n] = exists ? selector(task_segments[n]) : std::uint16_t{0};
        }
        state.ldt = selector(task_ldt);
        state.cr3 = is_32_ ? number(task_cr3_32, 4) : 0;
        state.trap = is_32_ && (bytes_[task_trap_32] & 1) != 0;
        return state;
    }

    /// What a task that is left keeps: all but LDT, CR3 and the T flag, which nothing changes.
    constexpr void save(const TaskState& state) {
        set(task_ip, state.ip);
        set(task_flags, state.flags);
        for (std::size_t n = 0; n < task_general.size(); ++n) {
            set(task_general[n], state.general[n]);
        }
        for (std::size_t n = 0; n < task_segments.size(); ++n) {
            if (is_32_ || task_segments[n].offset_16 != 0) {
                put(place(task_segments[n]), state.segments[n], 2);
            }
        }
    }

    /// The bytes that `save` changes.
    [[nodiscard]] constexpr std::size_t saved_begin() const { return place(task_ip); }
    [[nodiscard]] constexpr std::size_t saved_end() const { return place(task_ldt); }

private:
    [[nodiscard]] constexpr std::size_t place(const TaskRegister& row) const {
        return is_32_ ? row.offset_32 : row.offset_16;
    }
    [[nodiscard]] constexpr std::uint32_t number(std::size_t offset, std::size_t size) const {
        std::uint32_t all = 0;
        for (std::size_t n = 0; n < size; ++n) {
            all |= std::uint32_t{bytes_[offset + n]} << 8 * n;
        }
        return all;
    }
    [[nodiscard]] constexpr std::uint32_t value(const TaskRegister& row) const {
        return number(place(row), is_32_ ? 4 : 2);
    }
    [[nodiscard]] constexpr std::uint16_t selector(const TaskRegister& row) const {
        return static_cast<std::uint16_t>(number(place(row), 2));
    }
    constexpr void put(std::size_t offset, std::uint32_t number, std::size_t size) {
        for (std::size_t n = 0; n < size; ++n) {
            bytes_[offset + n] = static_cast<std::uint8_t>(number >> 8 * n);
        }
    }
    constexpr void set(const TaskRegister& row, std::uint32_t number) { put(place(row), number, is_32_ ? 4 : 2); }

    bool is_32_;
    std::array<std::uint8_t, task_size_32> bytes_{};
};

/// A segment register as the VMCS has it: access rights by SDM table 27-2.
struct SegmentRegister {
    std::uint16_t selector;
    std::uint32_t base, limit, rights;
};

namespace rights {
inline constexpr std::uint32_t type = 0xf, accessed = 1, busy = 2, readable_or_writable = 2, conforming = 4, code = 8,
                               code_or_data = 1U << 4, present = 1U << 7, big = 1U << 14, granular = 1U << 15,
                               unusable = 1U << 16;
inline constexpr unsigned dpl_place = 5;
[[nodiscard]] constexpr unsigned dpl(std::uint32_t value) { return value >> dpl_place & 3; }
}  // namespace rights

/// A descriptor's contents, in the register that `selector` is loaded into.
[[nodiscard]] constexpr SegmentRegister decode(std::uint16_t selector, std::uint64_t descriptor) {
    const auto base = static_cast<std::uint32_t>((descriptor >> 16 & 0xff'ffff) | (descriptor >> 56 & 0xff) << 24);
    const auto limit = static_cast<std::uint32_t>((descriptor & 0xffff) | (descriptor >> 48 & 0xf) << 16);
    const auto access = static_cast<std::uint32_t>(descriptor >> 40) & 0xf0ff;
    return {selector, base, (access & rights::granular) != 0 ? limit << 12 | 0xfff : limit, access};
}

/// A null selector, and one whose descriptor was not loaded.
[[nodiscard]] constexpr SegmentRegister unusable(std::uint16_t selector) { return {selector, 0, 0, rights::unusable}; }

}  // namespace vmxspec::hv
