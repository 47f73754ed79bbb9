// How events are printed. Each format is one class; new ones are added in event_formats().
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/csv.h"
#include "cli/when.h"
#include "match/predicate.h"
#include "model/history.h"
#include "model/session_name.h"

namespace spoor::cli {

/// What every format is made with. All must outlive it.
struct EventContext {
    const Console& console;
    const History& history;
    const Catalog& catalog;
    const SessionNames& names;
    const When& when;
    /// The columns asked for with --fields, and their names; empty for the format's own choice.
    std::vector<match::FieldRef> fields = {};
    std::vector<std::string> field_names = {};
    Formulas formulas = Formulas::AsTheyAre;  // in CSV
};

class EventOutput {
public:
    virtual ~EventOutput() = default;
    virtual void add(const EventView& event) = 0;
    virtual void finish() {}
};

/// The names of the formats, the default first.
const std::vector<std::string>& event_formats();

/// nullptr for a name that is not of them.
std::unique_ptr<EventOutput> make_event_output(std::string_view format, const EventContext& context);

std::unique_ptr<EventOutput> make_event_table(const EventContext& context);
std::unique_ptr<EventOutput> make_event_json_lines(const EventContext& context);
std::unique_ptr<EventOutput> make_event_csv(const EventContext& context);
std::unique_ptr<EventOutput> make_event_timesketch(const EventContext& context);
std::unique_ptr<EventOutput> make_event_ecs(const EventContext& context);
std::unique_ptr<EventOutput> make_event_ocsf(const EventContext& context);
std::unique_ptr<EventOutput> make_event_xml(const EventContext& context);

}  // namespace spoor::cli
