#include "apps/gen-batch/requests/constraint_cache.h"

#include "lib/generate/constraints/constraints.h"

namespace quire::gen_batch {

namespace {

constexpr std::size_t kKept = 64;
// A constraint that has seen more places than this is compiled anew, which frees their memory.
constexpr std::size_t kMostPlaces = 1'000'000;

}  // namespace

std::shared_ptr<constraints::Constraint> ConstraintCache::of(
    const formats::openai::Request& request) {
    const spec::ConstraintSpec& spec = request.sampling.constraint.value_or(fallback_);
    if (spec.kind == spec::ConstraintKind::none) return nullptr;
    const auto found = kept_.find(spec);
    if (found != kept_.end() && found->second->n_places() <= kMostPlaces) return found->second;
    try {
        auto made = constraints::compile(spec);
        if (kept_.size() >= kKept) kept_.clear();
        kept_[spec] = made;
        return made;
    } catch (const std::runtime_error& fault) {
        throw formats::openai::Refusal{400, "invalid_value", request.sampling.constraint_field,
                                       fault.what()};
    }
}

}  // namespace quire::gen_batch
