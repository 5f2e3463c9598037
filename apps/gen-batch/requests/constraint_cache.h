// The constraints of requests, compiled. Many requests have the same one.
#pragma once

#include <map>
#include <memory>

#include "formats/openai/request.h"
#include "lib/generate/constraints/run.h"
#include "lib/spec/constraint_spec.h"

namespace quire::gen_batch {

class ConstraintCache {
  public:
    // fallback: for requests that have none.
    explicit ConstraintCache(spec::ConstraintSpec fallback) : fallback_(std::move(fallback)) {}

    // Null if there is none. Throws Refusal naming the field of a constraint that cannot be followed.
    std::shared_ptr<constraints::Constraint> of(const formats::openai::Request& request);

  private:
    spec::ConstraintSpec fallback_;
    std::map<spec::ConstraintSpec, std::shared_ptr<constraints::Constraint>> kept_;
};

}  // namespace quire::gen_batch
