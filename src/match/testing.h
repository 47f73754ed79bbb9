// Testing: random things and random questions about them, and an evaluator that is too simple to be wrong.
//
// For tests of everything that answers questions: the Matcher here, the SQL of a store.
#pragma once
#include <random>

#include "match/predicate.h"

namespace spoor::match::testing {

using Random = std::mt19937_64;

/// Events of one batch with their sessions and processes. Values come from small pools, the same that random
/// expressions draw from, so that questions are answered both ways.
struct World {
    Catalog catalog;
    Batch batch;
    History history;
};
void fill(World& world, Random& random, std::size_t events);

/// A canonical expression: what the parser can yield.
Expr random_expr(Random& random, Subject subject, unsigned depth);

/// The meaning of expressions, spelled out: every value made a text, every text folded anew.
bool naive_matches(const Expr& expr, const World& world, const Event& event);
bool naive_matches(const Expr& expr, const World& world, const Session& session);
bool naive_matches(const Expr& expr, const World& world, const Process& process);

}  // namespace spoor::match::testing
