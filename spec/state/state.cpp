// The only translation unit that walks the state structs: Hana lists their members and names them.
#include "spec/state/state.hpp"

#include <boost/hana/accessors.hpp>
#include <boost/hana/core/to.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>

#include <stdexcept>
#include <utility>

namespace vmxspec {

namespace hana = boost::hana;

namespace {

/// Calls f(member name, member) for each member that the struct S itself declares.
template <class S, class F>
void each_member(S& object, F f) {
    hana::for_each(hana::accessors<S>(), [&](auto accessor) {
        f(std::string_view{hana::to<const char*>(hana::first(accessor))}, hana::second(accessor)(object));
    });
}

template <class Format, class Word>
std::vector<NamedBits> fill_bits(Format& format, Word word) {
    std::vector<NamedBits> bits;
    if constexpr (!std::is_same_v<Format, Plain<Expression>>) {
        each_member(format, [&](std::string_view name, auto& member) {
            using Member = std::decay_t<decltype(member)>;
            member = Member{word};
            bits.push_back({Member::high, Member::low, name, Member::manual_name});
        });
    }
    return bits;
}

template <class Member>
Leaf make_leaf(Graph& graph, const std::string& name, Member& member) {
    Leaf leaf{name, Member::manual_name, Member::leaf_width, Member::source, Member::key, {}, {}};
    if constexpr (Member::source == Source::cpuid) leaf.cpuid = Member::place;
    const NodeId node = graph.add_leaf(Member::leaf_width);
    if constexpr (Member::leaf_width == 0) {
        static_cast<Bool&>(member) = Bool{&graph, node};
    } else {
        auto& word = static_cast<Bits<Member::leaf_width>&>(member);
        word = Bits<Member::leaf_width>{&graph, node};
        leaf.bits = fill_bits(static_cast<typename Member::format&>(member), word);
    }
    return leaf;
}

template <class S>
void declare(Graph& graph, std::vector<Leaf>& leaves, const std::string& area, S& object) {
    each_member(object, [&](std::string_view name, auto& member) {
        leaves.push_back(make_leaf(graph, area + "." + std::string{name}, member));
    });
}

template <template <class> class... Parts, class S>
void declare_parts(Graph& graph, std::vector<Leaf>& leaves, const std::string& area, S& object) {
    (declare(graph, leaves, area, static_cast<Parts<Expression>&>(object)), ...);
}

}  // namespace

template <unsigned W, template <class> class Format>
Word<W, Format>::Word(Bits<W> value) : Bits<W>{value} {
    fill_bits(static_cast<Format<Expression>&>(*this), value);
}

template struct Word<32, ProcessorBased2>;
template struct Word<64, ProcessorBased3>;
template struct Word<64, ExitControl2>;
template struct Word<64, Cr0>;
template struct Word<64, Cr4>;
template struct Word<64, Efer>;

State::State(Graph& graph) : graph_{graph} {
    declare_parts<Control16, Control64, Control32, ControlNatural>(graph, leaves_, "control", control);
    declare_parts<ReadOnly64, ReadOnly32, ReadOnlyNatural>(graph, leaves_, "information", information);
    declare_parts<Guest16, Guest64, Guest32, GuestNatural>(graph, leaves_, "guest", guest);
    declare_parts<Host16, Host64, Host32, HostNatural>(graph, leaves_, "host", host);
    declare(graph, leaves_, "capability", capability);
    declare(graph, leaves_, "processor", processor);
    declare(graph, leaves_, "feature", feature);
    declare(graph, leaves_, "msr", msr);
    declare(graph, leaves_, "trait", trait);
    declare(graph, leaves_, "before", before);
    declare(graph, leaves_, "memory", memory);
    declare(graph, leaves_, "msr_entry", msr_entry);
    declare(graph, leaves_, "machine", machine);
    declare(graph, leaves_, "operand", operand);
    declare(graph, leaves_, "checks", checks);
    declare(graph, leaves_, "successor", successor);
    declare(graph, leaves_, "region", region);
    declare(graph, leaves_, "exiting", exiting);
    for (std::size_t n = 0; n < leaves_.size(); ++n) index(n);

    proc2 = Word<32, ProcessorBased2>{only_if<32>(control.proc.activate_secondary, control.proc2)};
    proc3 = Word<64, ProcessorBased3>{only_if<64>(control.proc.activate_tertiary, control.proc3)};
    exit2 = Word<64, ExitControl2>{only_if<64>(control.exit.activate_secondary, control.exit2)};
}

void State::index(std::size_t n) {
    const Leaf& leaf = leaves_[n];
    if (!by_name_.emplace(leaf.name, n).second) throw std::logic_error("two leaves have the name " + leaf.name);
    if (leaf.source == Source::vmcs && !by_encoding_.emplace(leaf.key, n).second)
        throw std::logic_error("two VMCS fields have the encoding of " + leaf.name);
    if (leaf.source == Source::msr && !by_msr_.emplace(leaf.key, n).second)
        throw std::logic_error("two MSRs have the index of " + leaf.name);
}

std::size_t State::leaf(std::string_view name) const {
    if (const std::size_t* n = find(name)) return *n;
    throw std::out_of_range("no state is named " + std::string{name});
}

const std::size_t* State::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
}

const std::size_t* State::find_field(std::uint32_t encoding) const {
    const auto found = by_encoding_.find(encoding);
    return found == by_encoding_.end() ? nullptr : &found->second;
}

const std::size_t* State::find_msr(std::uint32_t msr_index) const {
    const auto found = by_msr_.find(msr_index);
    return found == by_msr_.end() ? nullptr : &found->second;
}

std::size_t State::add_copy(std::size_t n, std::string name) {
    Leaf copy = leaves_.at(n);
    copy.name = std::move(name);
    copy.source = Source::state;
    return append(std::move(copy));
}

std::size_t State::add_leaf(std::string name, std::string_view manual_name, unsigned width) {
    return append({std::move(name), manual_name, width, Source::state, 0, {}, {}});
}

std::size_t State::append(Leaf leaf) {
    const NodeId node = graph_.add_leaf(leaf.width);
    const std::size_t number = graph_[node].value;
    if (number != leaves_.size()) throw std::logic_error("a leaf that the state does not describe");
    leaves_.push_back(std::move(leaf));
    index(number);
    return number;
}

}  // namespace vmxspec
