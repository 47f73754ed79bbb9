// Asks an archive for the events that trails and findings rest on.
#pragma once
#include <memory>

#include "store/archive.h"
#include "trails/evidence/evidence.h"

namespace spoor::ingest {

/// Settled evidence of all that findings, and the ties of tickets, rest on.
Result<std::unique_ptr<trails::Evidence>> collect_evidence(store::Archive& archive);

}  // namespace spoor::ingest
