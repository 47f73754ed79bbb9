#include "store/tally.h"

#include <algorithm>

#include "match/properties.h"

namespace spoor::store {
namespace {

using match::Scope;

std::string text_of(const FieldValue& value, const match::FieldRef& field) {
    std::string text;
    match::append_text(text, value, field);
    return text;
}

const Session* session_at(const History* history, std::uint32_t index) {
    return history && index < history->sessions.size() ? &history->sessions[index] : nullptr;
}

}  // namespace

std::string value_text(const match::FieldRef& field, const Session& session, const Catalog& catalog) {
    std::string scratch;
    return text_of(match::read(session, field.session(), catalog, scratch), field);
}

std::string value_text(const match::FieldRef& field, const EventView& event, const History* history,
                       const Catalog& catalog) {
    const Actor& actor = event.event.actor;
    switch (field.scope) {
        case Scope::Any: return {};
        case Scope::Schema: return text_of(event.find(field.field()), field);
        case Scope::Named:
            for (const FieldValue& value : event.values())
                if (catalog.field_name(value.field) == field.named) return text_of(value, field);
            return {};
        case Scope::Header: return text_of(match::read(event.event, field.header(), catalog), field);
        case Scope::Session:
        case Scope::AdoptedSession: {
            const Session* const session =
                session_at(history, field.scope == Scope::Session ? actor.session : actor.adopted_session);
            return session ? value_text(field, *session, catalog) : std::string();
        }
        case Scope::Process:
        case Scope::ParentProcess: {
            if (!history || actor.process >= history->processes.size()) return {};
            const Process& process = history->processes[actor.process];
            return text_of(field.scope == Scope::Process
                               ? match::read(process, field.process(), catalog)
                               : match::read_parent(process, *history, field.process(), catalog),
                           field);
        }
    }
    return {};
}

Timestamp stretch_of(Timestamp time, Duration per) {
    if (per.nanoseconds <= 0) return {};
    const std::int64_t past = time.nanoseconds % per.nanoseconds;
    return {time.nanoseconds - (past < 0 ? past + per.nanoseconds : past)};
}

void Tally::add(std::vector<std::string> values, Timestamp start, const Seen& seen) {
    Seen& sum = seen_[{std::move(values), start}];
    sum.events += seen.events;
    sum.first = std::min(sum.first, seen.first);
    sum.last = std::max(sum.last, seen.last);
}

std::vector<Count> Tally::take() {
    std::vector<Count> counts;
    for (const auto& [key, seen] : seen_) counts.push_back({key.first, key.second, seen.events, seen.first, seen.last});
    seen_.clear();
    return counts;
}

Result<void> count_stream(EventStream& events, const CountQuery& query, const History* history, const Catalog& catalog,
                          Tally& tally) {
    Batch batch;
    while (TRY(events.next(batch)))
        for (const Event& event : batch.events()) {
            std::vector<std::string> values;
            for (const match::FieldRef& field : query.by)
                values.push_back(value_text(field, {batch, event}, history, catalog));
            tally.add(std::move(values), stretch_of(event.time, query.per), {1, event.time, event.time});
        }
    return {};
}

}  // namespace spoor::store
