// FilterList: the filters of the live view, as in Tokenmon's and Process Monitor's dialogs: each includes, excludes or
// highlights, and can be switched off without being lost.
//
// Includes that ask one and the same field are alternatives; those of different fields must all hold; what is excluded
// is out whatever includes it. Gaps are always let through, unless they are excluded by name.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "match/evaluate/evaluator.h"
#include "model/history.h"

namespace spoor::screen {

enum class FilterMode : unsigned char { Include, Exclude, Highlight };
std::string_view name(FilterMode mode);
std::optional<FilterMode> find_filter_mode(std::string_view name);

struct LiveFilter {
    FilterMode mode = FilterMode::Include;
    std::string text = {};  // in the language of all filters
    bool enabled = true;

    friend bool operator==(const LiveFilter&, const LiveFilter&) = default;
};

class FilterList {
public:
    FilterList(Catalog& catalog, const Clock& clock);

    const std::vector<LiveFilter>& all() const { return filters_; }
    std::size_t enabled() const;

    /// One that is there already is switched on instead. An error of the language leaves everything as it was.
    Result<void> add(LiveFilter filter);
    Result<void> replace(std::size_t index, LiveFilter filter);
    void remove(std::size_t index);
    void toggle(std::size_t index);
    void clear();

    /// What must hold whatever the list says: the filter of the command line. It is not part of the list.
    Result<void> set_base(std::string text);
    /// For a while only these, beside all else: one process, one session. An empty text ends it.
    Result<void> focus(std::string text);
    bool is_focused() const { return !focus_.empty(); }

    bool shows(const EventView& event, const History* history) { return !shown_ || shown_->matches(event, history); }
    bool highlights(const EventView& event, const History* history) {
        return highlighted_ && highlighted_->matches(event, history);
    }

    /// Goes up whenever what is shown may have changed.
    std::uint64_t version() const { return version_; }

private:
    Result<void> compile();
    /// Compiles what is known to compile.
    void refresh();
    Result<match::Expr> parse(std::string_view text) const;

    Catalog& catalog_;
    const Clock& clock_;
    std::vector<LiveFilter> filters_;
    std::string base_;
    std::string focus_;
    std::optional<match::Matcher> shown_;
    std::optional<match::Matcher> highlighted_;
    std::uint64_t version_ = 0;
};

}  // namespace spoor::screen
