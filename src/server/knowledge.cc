#include "server/knowledge.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "match/evaluate/evaluator.h"

namespace spoor::server {
namespace {

constexpr std::size_t kKeptLists = 8;
constexpr Duration kGood = Duration::seconds(60);

constexpr std::pair<std::string_view, SessionColumn> kColumns[] = {
    {"start", SessionColumn::Start},   {"end", SessionColumn::End},
    {"user", SessionColumn::User},     {"host", SessionColumn::Host},
    {"type", SessionColumn::Type},     {"duration", SessionColumn::Duration},
    {"events", SessionColumn::Events}, {"processes", SessionColumn::Processes}};

/// All sessions, by what `value` says of them.
template <typename Value>
std::vector<std::uint32_t> ordered(const std::vector<Session>& sessions, Value&& value) {
    using Key = std::decay_t<decltype(value(sessions.front()))>;
    std::vector<Key> keys;
    keys.reserve(sessions.size());
    for (const Session& session : sessions) keys.push_back(value(session));
    std::vector<std::uint32_t> order(sessions.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) -> const Key& { return keys[i]; });
    return order;
}

trails::Links links_of(const History& history) {
    trails::Links links;
    links.links = history.links;
    return links;
}

}  // namespace

std::optional<SessionColumn> find_session_column(std::string_view name) {
    for (const auto& [known, column] : kColumns)
        if (known == name) return column;
    return std::nullopt;
}

Timestamp start_of(const Session& session) { return session.start.value_or(session.first_seen); }
Timestamp end_of(const Session& session) { return session.end.value_or(session.last_seen); }

Knowledge::Knowledge(std::shared_ptr<const History> history, Catalog& catalog)
    : history_(std::move(history)),
      catalog_(catalog),
      links_(links_of(*history_)),
      tracer_(*history_, links_),
      names_(*history_, catalog_),
      link_counts_(sessions().size()),
      processes_(sessions().size()) {
    for (const Link& link : links_.links) {
        if (link.from < link_counts_.size()) ++link_counts_[link.from].out;
        if (link.to < link_counts_.size()) ++link_counts_[link.to].in;
    }
    for (std::uint32_t i = 0; i < history_->processes.size(); ++i)
        if (const std::uint32_t session = history_->processes[i].session; session < processes_.size())
            processes_[session].push_back(i);
}

/// Computers, services and Windows itself: what drowns the sessions of people. A session that a link ties to another is
/// part of a story.
bool Knowledge::is_noise(std::uint32_t index) const {
    const Session& session = sessions()[index];
    const LinkCount links = link_counts_[index];
    const bool screen = session.user.domain == "Window Manager" || session.user.domain == "Font Driver Host";
    return screen || session.origin == Origin::WellKnown || session.type == LogonType::Service ||
           session.type == LogonType::System || session.user.name.ends_with('$') ||
           (!session.user.name.empty() && links.in + links.out == 0 && !is_human(session) &&
            session.type != LogonType::Network && session.type != LogonType::NetworkCleartext &&
            session.type != LogonType::NewCredentials && session.type != LogonType::Batch &&
            session.type != LogonType::Unknown);
}

const std::vector<std::uint32_t>& Knowledge::order_by(SessionColumn column) const {
    std::vector<std::uint32_t>& order = orders_[static_cast<std::size_t>(column)];
    if (order.size() == sessions().size()) return order;
    switch (column) {
        case SessionColumn::Start: order = ordered(sessions(), start_of); break;
        case SessionColumn::End: order = ordered(sessions(), end_of); break;
        case SessionColumn::User:
            order = ordered(sessions(), [](const Session& session) { return to_string(session.user); });
            break;
        case SessionColumn::Host:
            order = ordered(sessions(), [&](const Session& session) { return catalog_.host_name(session.key.host); });
            break;
        case SessionColumn::Type:
            order = ordered(sessions(), [](const Session& session) { return slug(session.type); });
            break;
        case SessionColumn::Duration:
            order = ordered(sessions(), [](const Session& session) { return end_of(session) - start_of(session); });
            break;
        case SessionColumn::Events:
            order = ordered(sessions(), [](const Session& session) { return session.event_count; });
            break;
        case SessionColumn::Processes:
            order = ordered(sessions(), [](const Session& session) { return session.process_count; });
            break;
    }
    return order;
}

Result<std::shared_ptr<const SessionList>> Knowledge::list(const SessionQuestion& question, Timestamp now) const {
    const std::string key =
        fmt::format("{} {} {} {} {}\n{}", static_cast<int>(question.by), question.descending, question.hide_noise,
                    question.from.nanoseconds, question.until.nanoseconds, question.text);
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find(kept_, key, &Kept::key);
    if (known != kept_.end() && now - known->made < kGood) {
        kept_.splice(kept_.begin(), kept_, known);
        return kept_.front().list;
    }
    match::Matcher filter = TRY(match::Matcher::compile(question.where, catalog_));
    auto list = std::make_shared<SessionList>();
    const auto look = [&](std::uint32_t i) {
        const Session& session = sessions()[i];
        if (start_of(session) > question.until || (session.end && *session.end < question.from)) return;
        if (!filter.matches(session)) return;
        if (question.hide_noise && is_noise(i))
            ++list->hidden;
        else
            list->rows.push_back(i);
    };
    const std::vector<std::uint32_t>& order = order_by(question.by);
    if (question.descending)
        std::for_each(order.rbegin(), order.rend(), look);
    else
        std::ranges::for_each(order, look);
    std::erase_if(kept_, [&](const Kept& other) { return other.key == key; });
    kept_.push_front({key, now, list});
    if (kept_.size() > kKeptLists) kept_.pop_back();
    return list;
}

}  // namespace spoor::server
