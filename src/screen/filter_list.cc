#include "screen/filter_list.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "match/language/query.h"

namespace spoor::screen {
namespace {

constexpr std::string_view kModes[] = {"include", "exclude", "highlight"};

/// The field that all of the expression asks; its text where it asks several, so that it stands for itself.
std::string subject_of(const match::Expr& expr) {
    std::optional<std::string> subject;
    bool single = expr.type == match::Expr::Type::Leaf || expr.type == match::Expr::Type::Or;
    match::for_each_leaf(expr, [&](const match::Predicate& leaf) {
        const std::string field = match::name(leaf.field);
        single = single && (!subject || *subject == field);
        subject = field;
    });
    return single && subject ? "field " + *subject : "expression " + match::to_string(expr);
}

}  // namespace

std::string_view name(FilterMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<FilterMode> find_filter_mode(std::string_view name) {
    const auto found = std::ranges::find(kModes, name);
    if (found == std::end(kModes)) return std::nullopt;
    return static_cast<FilterMode>(found - std::begin(kModes));
}

FilterList::FilterList(Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

std::size_t FilterList::enabled() const {
    return static_cast<std::size_t>(std::ranges::count(filters_, true, &LiveFilter::enabled));
}

Result<match::Expr> FilterList::parse(std::string_view text) const {
    return match::parse_filter(text, {.subject = match::Subject::Events, .now = clock_.now(), .catalog = &catalog_});
}

Result<void> FilterList::compile() {
    std::map<std::string, std::vector<match::Expr>> includes;
    std::vector<match::Expr> excludes;
    std::vector<match::Expr> highlights;
    for (const LiveFilter& filter : filters_) {
        match::Expr expr = TRY(parse(filter.text));
        if (!filter.enabled) continue;
        if (filter.mode == FilterMode::Include)
            includes[subject_of(expr)].push_back(std::move(expr));
        else
            (filter.mode == FilterMode::Exclude ? excludes : highlights).push_back(std::move(expr));
    }
    std::vector<match::Expr> all;
    for (auto& [subject, alternatives] : includes) all.push_back(match::any_of(std::move(alternatives)));
    std::vector<match::Expr> through;
    all.push_back(TRY(parse(base_)));
    all.push_back(TRY(parse(focus_)));
    through.push_back(match::all_of(std::move(all)));
    through.push_back(TRY(parse("kind: gap")));
    std::vector<match::Expr> both;
    both.push_back(match::any_of(std::move(through)));
    for (match::Expr& expr : excludes) both.push_back(match::negation(std::move(expr)));
    match::Matcher shown = TRY(match::Matcher::compile(match::all_of(std::move(both)), catalog_));
    std::optional<match::Matcher> highlighted;
    if (!highlights.empty()) highlighted = TRY(match::Matcher::compile(match::any_of(std::move(highlights)), catalog_));
    shown_ = std::move(shown);
    highlighted_ = std::move(highlighted);
    ++version_;
    return {};
}

void FilterList::refresh() { CHECK(compile()); }

Result<void> FilterList::set_base(std::string text) {
    std::swap(base_, text);
    auto compiled = compile();
    if (!compiled) base_ = std::move(text);
    return compiled;
}

Result<void> FilterList::focus(std::string text) {
    std::swap(focus_, text);
    auto compiled = compile();
    if (!compiled) focus_ = std::move(text);
    return compiled;
}

Result<void> FilterList::add(LiveFilter filter) {
    const auto same = std::ranges::find_if(
        filters_, [&](const LiveFilter& known) { return known.mode == filter.mode && known.text == filter.text; });
    if (same != filters_.end()) {
        same->enabled = true;
        return compile();
    }
    filters_.push_back(std::move(filter));
    if (auto compiled = compile(); !compiled) {
        filters_.pop_back();
        return compiled;
    }
    return {};
}

Result<void> FilterList::replace(std::size_t index, LiveFilter filter) {
    LiveFilter before = std::exchange(filters_.at(index), std::move(filter));
    auto compiled = compile();
    if (!compiled) filters_[index] = std::move(before);
    return compiled;
}

void FilterList::remove(std::size_t index) {
    filters_.erase(filters_.begin() + static_cast<std::ptrdiff_t>(index));
    refresh();
}

void FilterList::toggle(std::size_t index) {
    filters_.at(index).enabled = !filters_.at(index).enabled;
    refresh();
}

void FilterList::clear() {
    filters_.clear();
    refresh();
}

}  // namespace spoor::screen
