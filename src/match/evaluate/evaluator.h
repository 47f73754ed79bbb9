// Matcher: an expression made ready to be asked of many events, sessions or processes.
//
// Patterns are folded, sets hashed, regular expressions compiled, cheap questions put before dear ones, and what is
// certain is settled without the rest. In steady state nothing is allocated for an event.
#pragma once
#include <memory>

#include "match/predicate.h"

namespace spoor::match {

/// One thread at a time; each thread compiles its own. `catalog` must outlive the matcher and is the one by which the
/// hosts, channels and fields of what it is asked about have their numbers.
class Matcher {
public:
    /// Fails where a regular expression cannot be compiled; one that the query parser passed can.
    static Result<Matcher> compile(const Expr& expr, Catalog& catalog);

    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;
    ~Matcher();

    /// `history` is where the event's actor is found; without it (nullptr) no event has a session or a process.
    bool matches(const EventView& event, const History* history);
    /// Of a single test of one field or of any: whether it is true of an event because of this value of the field.
    bool matches(const FieldValue& value);
    bool matches(const Session& session);
    bool matches(const Process& process, const History& history);

private:
    class Program;
    explicit Matcher(std::unique_ptr<Program> program);
    std::unique_ptr<Program> program_;
};

}  // namespace spoor::match
