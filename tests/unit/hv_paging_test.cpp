// The paging structures of the hypervisor itself, W^X and guard pages, and the EPT with its hole: built here, walked
// here.
#include "hv/l1/ept.hpp"
#include "hv/l1/host_paging.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>

namespace vmxspec::hv_paging_test {
namespace {

using namespace hv;
using runtime::PhysicalAddress;
using runtime::Region;

constexpr std::uint64_t page = runtime::page_size, two_mib = std::uint64_t{2} << 20, gib = std::uint64_t{1} << 30;
constexpr ImageLayout image{{0xf60'0000, 0xf61'1000}, {0xf61'1000, 0xf61'9000}, {0xf60'0000, 0xfa0'0000}};

/// Pages on a page boundary, as the hypervisor's pool is.
class Memory {
public:
    explicit Memory(std::size_t pages)
        : bytes_(static_cast<std::byte*>(std::aligned_alloc(page, pages * page)), std::free), size_{pages * page} {
        std::memset(bytes_.get(), 0xa5, size_);
    }
    [[nodiscard]] PagePool pool() const {
        const auto begin = reinterpret_cast<std::uint64_t>(bytes_.get());
        return PagePool{{begin, begin + size_}};
    }

private:
    std::unique_ptr<std::byte, decltype(&std::free)> bytes_;
    std::size_t size_;
};

/// A translation by 4-level paging (SDM volume 3, 5.5.4): rights are those that all levels allow.
struct Translation {
    bool present = false, writable = true, executable = true;
    std::uint64_t address = 0, size = 0;
};

Translation walk(std::uint64_t root, std::uint64_t linear) {
    Translation t;
    std::uint64_t structure = root;
    for (unsigned shift = 39;; shift -= 9) {
        const std::uint64_t entry =
            reinterpret_cast<const std::uint64_t*>(structure & 0xf'ffff'ffff'f000)[linear >> shift & 0x1ff];
        if ((entry & 1) == 0) return {};
        t.writable = t.writable && (entry & 2) != 0;
        t.executable = t.executable && (entry >> 63) == 0;
        if (shift == 12 || (entry & 0x80) != 0) {
            t.present = true;
            t.size = std::uint64_t{1} << shift;
            t.address = (entry & 0xf'ffff'ffff'f000 & ~(t.size - 1)) | (linear & (t.size - 1));
            return t;
        }
        structure = entry;
    }
}

constexpr bool within(const Region& region, std::uint64_t address) {
    return address >= region.begin && address < region.end;
}

}  // namespace

TEST_CASE("the hypervisor's own paging: nothing is both writable and executable", "[hv]") {
    const Memory memory{32};
    PagePool pool = memory.pool();
    HostPaging paging;
    REQUIRE(paging.build(pool, image, true));
    const PhysicalAddress guard{0xf80'3000}, constant{0xf7f'f000};
    paging.guard(guard);
    paging.protect(constant);
    std::uint64_t next = 0;
    for (std::uint64_t linear = 0; linear < runtime::mapped_end; linear = next) {
        const Translation t = walk(paging.root(), linear);
        const bool guarded = linear == raw(guard);
        next = linear + (guarded ? page : t.size);
        if (guarded) {
            REQUIRE_FALSE(t.present);
            continue;
        }
        if (!t.present || t.address != linear || (t.writable && t.executable) ||
            t.executable != within(image.text, linear) ||
            t.writable == (within(image.text, linear) || within(image.constants, linear) || linear == raw(constant)) ||
            (within(image.all, linear) && t.size != page) || (!within(image.all, linear) && t.size != two_mib))
            FAIL("page at " << std::hex << linear);
    }
    CHECK(next == runtime::mapped_end);
    const PageRights rights = paging.rights();
    CHECK(rights.executable == (image.text.end - image.text.begin) / page);
    CHECK(rights.writable_and_executable == 0);
    CHECK(rights.unmapped == 1);
    CHECK_FALSE(walk(paging.root(), runtime::mapped_end).present);
}

TEST_CASE("low memory is executable while processors start, and not before and after", "[hv]") {
    const Memory memory{32};
    PagePool pool = memory.pool();
    HostPaging paging;
    REQUIRE(paging.build(pool, image, true));
    CHECK_FALSE(walk(paging.root(), 0x8000).executable);
    paging.let_low_memory_execute(true);
    CHECK(walk(paging.root(), 0x8000).executable);
    CHECK_FALSE(walk(paging.root(), two_mib).executable);
    CHECK(paging.rights().writable_and_executable == 512);
    paging.let_low_memory_execute(false);
    CHECK_FALSE(walk(paging.root(), 0x8000).executable);
}

TEST_CASE("without IA32_EFER.NXE bit 63 is reserved, and 0", "[hv]") {
    const Memory memory{32};
    PagePool pool = memory.pool();
    HostPaging paging;
    REQUIRE(paging.build(pool, image, false));
    paging.let_low_memory_execute(true);
    paging.let_low_memory_execute(false);
    CHECK_FALSE(paging.has_no_execute());
    CHECK(walk(paging.root(), 0).executable);
    CHECK(walk(paging.root(), 0xf80'0000).executable);
    CHECK_FALSE(walk(paging.root(), 0xf61'0000).writable);
}

TEST_CASE("a pool that is too small is told, whichever page is missing", "[hv]") {
    const auto builds = [](std::size_t pages, std::size_t& left) {
        const Memory memory{pages};
        PagePool pool = memory.pool();
        HostPaging paging;
        const bool built = paging.build(pool, image, true);
        left = pool.left();
        return built;
    };
    std::size_t left = 0;
    REQUIRE(builds(32, left));
    const std::size_t needed = 32 - left;
    CHECK(needed >= 8);  // map, pointers, four directories, two tables
    CHECK(builds(needed, left));
    CHECK(left == 0);
    for (std::size_t pages = 1; pages < needed; ++pages) CHECK_FALSE(builds(pages, left));
}

TEST_CASE("the EPT maps each page to itself, with the type of the MTRRs, and the hole to ones", "[hv]") {
    MemoryTypes types;
    types.read_from([](std::uint32_t index) -> std::uint64_t {
        switch (index) {
            case MemoryTypes::capabilities_index: return 1;
            case MemoryTypes::default_type_index: return 0x806;
            case 0x200: return 0xe000'0000;  // UC
            case 0x201: return 0xf'e000'0800;
            default: return 0;
        }
    });
    const Memory memory{40};
    const PhysicalAddress ones{0xf70'0000};
    for (const bool one_gib : {false, true}) {
        Ept ept{types, image.all, ones, {true, one_gib}, memory.pool()};
        ept.map({0, image.all.begin});
        ept.map({image.all.end, runtime::mapped_end});
        for (std::uint64_t address = 0; address < runtime::mapped_end; address += two_mib / 2) {
            INFO(std::hex << address);
            const auto entry = ept.entry(address);
            if (within(image.all, address)) {
                REQUIRE_FALSE(entry);
                continue;
            }
            REQUIRE(entry);
            const bool large = one_gib && address >= gib;
            const std::uint64_t size = large ? gib : two_mib;
            const std::uint64_t type = address >= 0xe000'0000 ? 0 : 6;
            if (one_gib && address >= 3 * gib) {  // two types in it
                REQUIRE(*entry == ((address & ~(two_mib - 1)) | 0x87 | type << 3));
            } else {
                REQUIRE(*entry == ((address & ~(size - 1)) | 0x87 | type << 3));
            }
        }
        // The hole, page by page, when it is asked for: closed to writes until it is opened, and closed again.
        CHECK_FALSE(ept.map(image.all.begin + 0x5000));
        REQUIRE(ept.entry(image.all.begin + 0x5000) == (raw(ones) | 0x37));
        CHECK_FALSE(ept.entry(image.all.begin + 0x4000));
        const auto directory_entry = [&] {
            std::uint64_t structure = ept.pointer();
            for (const unsigned shift : {39U, 30U, 21U})
                structure = reinterpret_cast<const std::uint64_t*>(
                    structure & 0xf'ffff'ffff'f000)[image.all.begin >> shift & 0x1ff];
            return structure & 7;
        };
        CHECK(directory_entry() == 5);
        ept.open_hole(true);
        CHECK(directory_entry() == 7);
        ept.open_hole(false);
        CHECK(directory_entry() == 5);
    }
}

TEST_CASE("a device far up is mapped when it is asked for; with no page left, all is mapped anew", "[hv]") {
    const MemoryTypes types;
    const Memory memory{4};
    Ept ept{types, image.all, PhysicalAddress{0}, {true, false}, memory.pool()};
    const std::uint64_t pointer = ept.pointer();
    CHECK_FALSE(ept.map(0x38'0000'0000));
    CHECK(ept.entry(0x38'0000'0000));
    CHECK(ept.map(0x8000'0000'0000));  // has forgotten the other
    CHECK(ept.entry(0x8000'0000'0000));
    CHECK_FALSE(ept.entry(0x38'0000'0000));
    CHECK(ept.pointer() == pointer);
    CHECK((ept.pointer() & 0xfff) == 0x1e);
}

TEST_CASE("a watched page can be read, and written only where its shadow stands in for it", "[hv]") {
    MemoryTypes types;
    types.read_from([](std::uint32_t index) -> std::uint64_t {
        return index == MemoryTypes::default_type_index ? 0x800 : 0;  // UC
    });
    const Memory memory{8};
    const std::uint64_t apic = 0xfee0'0000, shadow = 0xf70'0000;
    Ept ept{types, image.all, PhysicalAddress{0}, {true, true}, memory.pool()};
    CHECK_FALSE(ept.is_watched(0));
    CHECK_FALSE(ept.map(apic));
    REQUIRE(ept.entry(apic) == (0xc000'0000 | 0x87));
    ept.watch(PhysicalAddress{apic}, PhysicalAddress{shadow});
    ept.clear();
    CHECK(ept.is_watched(apic + 0xfff));
    CHECK_FALSE(ept.is_watched(apic + 0x1000));
    CHECK_FALSE(ept.map(apic + 0x300));
    REQUIRE(ept.entry(apic) == (apic | 5));
    CHECK_FALSE(ept.map(apic + 0x1000));
    CHECK(ept.entry(apic + 0x1000) == (apic + 0x1000 | 7));
    CHECK_FALSE(ept.map(apic - 0x1000));
    CHECK(ept.entry(apic - 0x1000) == (apic - two_mib | 0x87));
    ept.show_shadow(true);
    CHECK(ept.entry(apic) == (shadow | 0x37));
    CHECK(ept.entry(apic + 0x1000) == (apic + 0x1000 | 7));
    ept.show_shadow(false);
    CHECK(ept.entry(apic) == (apic | 5));
}

TEST_CASE("a pool gives back whole units behind what was handed out", "[hv]") {
    PagePool pool{{two_mib + 5 * page, 8 * two_mib}};
    CHECK(pool.give_back(two_mib) == 2 * two_mib);
    CHECK(pool.left() == 512 - 5);
    PagePool full{{two_mib - page, two_mib + page}};
    CHECK(full.give_back(two_mib) == two_mib);
    CHECK(full.give_back(4 * two_mib) == two_mib);  // there is no more
}

}  // namespace vmxspec::hv_paging_test
