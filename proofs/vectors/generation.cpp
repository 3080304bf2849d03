#include "proofs/vectors/generation.hpp"

#include "proofs/query/specification_digest.hpp"
#include "proofs/smt/digest.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/text_file.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/generator_digest.hpp"
#include "proofs/vectors/vector_file.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace vmxspec::vectors {

namespace {

std::string sha256(const std::string& text) { return smt::hexadecimal(smt::digest(text)); }

/// All that is known of a base state.
std::string contents(const KnownState& base) {
    std::string text;
    for (std::size_t n = 0; n < base.values().size(); ++n)
        text += fmt::format("{:x}/{:x}/{}\n", base.values()[n].value, base.values()[n].known,
                            static_cast<unsigned>(base.standing(n)));
    return text;
}

std::string key(const VectorSet& set, const Base& base, const Wish& wish) {
    return sha256(fmt::format("{} {} {} {} {} {}\n{:x} {:x}\n{}{}", set.specification, generator_digest, wish.seed,
                              wish.walks, wish.every, fmt::join(wish.only, " "), base.link, base.pdpt,
                              contents(base.ia32e), base.legacy ? contents(*base.legacy) : ""));
}

/// Whole or not at all: others may write the same file.
void write(const std::filesystem::path& path, const std::string& content) {
    const std::string fresh = fmt::format("{}.{}", path.string(), getpid());
    std::ofstream stream{fresh, std::ios::binary};
    stream << content;
    stream.close();
    std::error_code error;
    if (stream) std::filesystem::rename(fresh, path, error);
    if (!stream || error) throw InputError(fmt::format("{} cannot be written.", path.string()));
}

/// Whether ids that begin with `family` may be wanted.
bool wants(const Wish& wish, std::string_view family) {
    return wish.only.empty() || std::ranges::any_of(wish.only, [&](const std::string& prefix) {
               return prefix.starts_with(family) || family.starts_with(prefix);
           });
}

Generated make(Specification& spec, const Base& base, const Wish& wish) {
    Collection collection{spec, base, wish.every};
    const std::vector<Mode> guest_modes = modes(collection);
    if (wants(wish, "rule/")) rule_examples(collection, spec);
    flips(collection, guest_modes);
    edges(collection);
    events(collection);
    msr_areas(collection);
    memory(collection);
    circumstances(collection);
    legacy(collection);
    exit_areas(collection);
    if (wants(wish, "walk/")) walks(collection, spec, guest_modes, wish.seed, wish.walks);
    std::vector<Vector> chosen;
    for (const Vector& one : collection.vectors())
        if (wish.only.empty() ||
            std::ranges::any_of(wish.only, [&](const std::string& prefix) { return one.id.starts_with(prefix); }))
            chosen.push_back(one);
    Generated result;
    result.file = file(spec.state, chosen);
    result.set.vectors = chosen.size();
    result.set.whole = wish.every == 1 && wish.only.empty();
    result.set.left_out = collection.left_out();
    result.set.notes.push_back(fmt::format("{} vectors in {} guest modes.", chosen.size(), guest_modes.size()));
    for (const Exclusion& one : collection.exclusions())
        result.set.notes.push_back(fmt::format("not tried: {} of {}/: {}", one.count, one.what, one.reason));
    return result;
}

}  // namespace

Generated generate(Specification& spec, const Base& base, const Wish& wish, const std::string& cache) {
    VectorSet asked;
    asked.specification = query::specification_digest(spec);
    const std::filesystem::path kept =
        cache.empty() ? "" : std::filesystem::path{cache} / (key(asked, base, wish) + ".vectors");
    const std::filesystem::path description = kept.string() + ".json";
    if (!cache.empty() && std::filesystem::exists(description) && std::filesystem::exists(kept)) {
        Generated old{read_text(kept.string()), parse_vector_set(read_text(description.string()), description.string()),
                      true};
        if (old.set.digest == sha256(old.file)) return old;  // else it is damaged, and made anew
    }
    Generated result = make(spec, base, wish);
    result.set.specification = asked.specification;
    result.set.digest = sha256(result.file);
    if (cache.empty()) return result;
    std::error_code error;
    std::filesystem::create_directories(cache, error);
    if (error) throw InputError(fmt::format("{} cannot be made: {}.", cache, error.message()));
    write(kept, result.file);
    write(description, to_json(result.set).dump(1));
    return result;
}

Generated part(const Generated& whole, Shard shard) {
    const std::vector<std::string> all = records(whole.file);
    std::vector<std::string> chosen;
    for (std::size_t n = shard.number - 1; n < all.size(); n += shard.of) chosen.push_back(all[n]);
    Generated result{file_of(chosen), whole.set, whole.kept};
    result.set.shard = shard;
    return result;
}

}  // namespace vmxspec::vectors
