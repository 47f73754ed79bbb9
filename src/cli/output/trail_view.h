// How trails and links are shown: a tree or a table for people, and jsonl, csv, dot and mermaid for what comes after.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/csv.h"
#include "cli/when.h"
#include "model/session_name.h"
#include "terminal/console.h"
#include "trails/trail.h"

namespace spoor::cli {

enum class ShowEvidence : unsigned char { No, Yes };

/// Writes trails, or links by themselves, in one format; what it refers to must outlive it.
class TrailView {
public:
    virtual ~TrailView() = default;
    virtual void begin() {}
    /// One trail, and what the session it starts from led to.
    virtual void show(const trails::Trail& trail, const trails::Descendant& led_to) = 0;
    /// A link and the sessions at its ends; `link` is its number in the tracer's links.
    virtual void show(std::uint32_t link) = 0;
    virtual void end() {}
};

struct TrailContext {
    const terminal::Console& console;
    const trails::Tracer& tracer;
    const Catalog& catalog;
    const SessionNames& names;
    ShowEvidence evidence = ShowEvidence::No;
    When when = {};                           // how the tree gives times; other formats have UTC
    Formulas formulas = Formulas::AsTheyAre;  // in CSV
};

/// tree, jsonl, csv, dot or mermaid.
std::unique_ptr<TrailView> make_trail_view(std::string_view format, const TrailContext& context);

/// When the first of the records was written that a link rests on; the earliest of all times where it names none.
Timestamp made_at(const Link& link);

/// "4624 Security 134879 on WS07 at 2020-10-09T22:28:10.1234567Z".
std::string to_string(const EventRef& event, const Catalog& catalog);

}  // namespace spoor::cli
