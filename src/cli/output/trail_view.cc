#include "cli/output/trail_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <set>

#include "base/json_writer.h"
#include "model/written_as.h"
#include "terminal/csv.h"
#include "terminal/fold.h"
#include "terminal/table.h"
#include "terminal/text.h"
#include "terminal/tree.h"

namespace spoor::cli {
namespace {

using terminal::Piece;
using terminal::printable;
using terminal::Style;
using trails::Descendant;
using trails::Step;
using trails::Trail;

std::string start_text(const Session& session, const When& when) {
    if (session.start) return when.text(*session.start);
    if (session.first_seen == Timestamp::latest()) return "-";
    return "<= " + when.text(session.first_seen);
}

Style style_of(Strength strength) {
    switch (strength) {
        case Strength::Certain: return Style::Green;
        case Strength::Strong: return Style::Cyan;
        case Strength::Probable: return Style::Yellow;
        case Strength::Weak: return Style::Red;
    }
    return Style::Plain;
}

class Base : public TrailView {
protected:
    explicit Base(const TrailContext& context) : context_(context) {}

    const History& history() const { return context_.tracer.history(); }
    const Session& session(std::uint32_t i) const { return history().sessions[i]; }
    const Link& link(std::uint32_t i) const { return context_.tracer.links().links[i]; }
    std::string_view host(const Session& session) const { return context_.catalog.host_name(session.key.host); }
    std::string process_text(std::uint32_t p) const {
        if (p == kNobody) return "";
        const Process& process = history().processes[p];
        return fmt::format("{} {}", trails::image_name(process.image), process.pid);
    }

    TrailContext context_;
};

/// Going back, each step stands below the one it explains; going forward, below the one it came from. Links by
/// themselves are rows of a table.
class TreeView final : public Base {
public:
    explicit TreeView(const TrailContext& context) : Base(context) {}

    void show(std::uint32_t i) override {
        if (!table_) table_.emplace(context_.console, columns());
        const Link& shown = link(i);
        table_->row({{shown.evidence.empty() ? std::string() : made_at(shown).to_string_seconds()},
                     {context_.names.of(shown.from)},
                     {to_string(session(shown.from).user)},
                     {std::string(trails::manner(shown.kind))},
                     {context_.names.of(shown.to)},
                     {to_string(session(shown.to).user)},
                     {std::string(name(shown.strength)), style_of(shown.strength)},
                     {process_text(shown.process)},
                     {std::string(shown.reason)}});
        if (context_.evidence == ShowEvidence::No) return;
        table_->flush();
        for (const EventRef& event : shown.evidence)
            context_.console.out.line(context_.console.paint(Style::Dim, "    " + to_string(event, context_.catalog)));
    }
    void end() override {
        if (table_) table_->finish();
    }

    void show(const Trail& trail, const Descendant& led_to) override {
        const auto& console = context_.console;
        if (trail.steps.empty()) {
            console.out.line(trail.ending);
            return;
        }
        std::vector<Piece> parts;
        for (const std::string& part : sentence_parts(trail, context_.tracer, context_.catalog, [&](Timestamp time) {
                 return context_.when.text(time).substr(0, 16);
             }))
            parts.emplace_back(printable(part), console.paint(Style::Bold, printable(part)));
        print_folded(console, Piece(""), "", parts, " ");
        console.out.line("");
        std::vector<bool> more;
        for (std::size_t i = 0; i < trail.steps.size(); ++i) {
            row(more, trail.steps[i], i == 0 ? kNobody : trail.steps[i - 1].link,
                i == 0 ? kNobody : trail.steps[i].process);
            more.push_back(false);
        }
        print_folded(console, terminal::tree_lines(more, console.charset), terminal::tree_margin(more, console.charset),
                     words(ending(trail), Style::Dim), " ");
        for (const std::uint32_t other : trail.alternatives)
            print_folded(
                console, Piece("  "), "  ",
                words(fmt::format("or: {} ({}, {}) {}", context_.names.of(link(other).from),
                                  trails::manner(link(other).kind), name(link(other).strength), link(other).reason)),
                " ");
        companions(trail);
        if (!led_to.children.empty()) {
            console.out.line("");
            console.out.line(console.paint(Style::Bold, "What it led to"));
            more.clear();
            forward(led_to, more);
        }
    }

private:
    static std::vector<terminal::Column> columns() {
        return {{.title = "Time (UTC)", .importance = 7, .least = 19},
                {.title = "From", .importance = 9},
                {.title = "User", .importance = 6},
                {.title = "How", .importance = 9},
                {.title = "To", .importance = 9},
                {.title = "User", .importance = 6},
                {.title = "Strength", .importance = 8},
                {.title = "By", .importance = 4},
                {.title = "Reason", .importance = 3}};
    }

    std::string ending(const Trail& trail) const {
        std::string text(trail.ending);
        if (trail.enters_from) text += fmt::format("; it came from {}", printable(entrance(trail)));
        return fmt::format("{} ({})", text, trail.complete ? "complete" : "incomplete");
    }

    /// A session may have been unlocked for a year: the first few of a kind, and how many there are.
    void companions(const Trail& trail) const {
        constexpr std::size_t kMostOfAKind = 4;
        std::map<LinkKind, std::size_t> seen;
        for (const std::uint32_t i : trail.companions) {
            const Link& beside = link(i);
            // Checks and unlocks are the daily round; that somebody else took a desktop over is not.
            if (beside.kind != LinkKind::RdpTakenOver && context_.evidence == ShowEvidence::No) continue;
            if (++seen[beside.kind] > kMostOfAKind) continue;
            const std::vector<Piece> pieces = {
                {"beside: " + printable(context_.names.of(beside.from))},
                {printable(to_string(session(beside.from).user))},
                {start_text(session(beside.from), context_.when)},
                {fmt::format("{} [{}] {}", trails::manner(beside.kind), name(beside.strength),
                             printable(context_.names.of(beside.to)))}};
            print_folded(context_.console, Piece("  "), "  ", pieces, "  ");
        }
        for (const auto& [kind, count] : seen)
            if (count > kMostOfAKind)
                context_.console.out.line(
                    fmt::format("  beside: {} more of {}", count - kMostOfAKind, trails::manner(kind)));
    }

    void forward(const Descendant& node, std::vector<bool>& more) {
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            more.push_back(i + 1 < node.children.size());
            row(more, node.children[i].step, node.children[i].step.link, node.children[i].step.process);
            forward(node.children[i], more);
            more.pop_back();
        }
    }

    void row(const std::vector<bool>& more, const Step& step, std::uint32_t by, std::uint32_t process) {
        const auto& console = context_.console;
        const Session& shown = session(step.session);
        const std::string session_name = printable(context_.names.of(step.session));
        std::vector<Piece> pieces = {{session_name, console.paint(Style::Bold, session_name)},
                                     {printable(to_string(shown.user))},
                                     {std::string(slug(shown.type))},
                                     {start_text(shown, context_.when)}};
        if (process != kNobody) pieces.emplace_back(printable(process_text(process)));
        if (by != kNobody) {
            const std::string_view manner = trails::manner(link(by).kind), strength = name(link(by).strength);
            pieces.emplace_back(fmt::format("{} [{}]", manner, strength),
                                fmt::format("{} [{}]", manner, console.paint(style_of(link(by).strength), strength)));
        }
        const std::string margin = terminal::tree_margin(more, console.charset);
        print_folded(console, terminal::tree_lines(more, console.charset), margin, pieces, "  ");
        if (context_.evidence == ShowEvidence::No || by == kNobody) return;
        const std::string below = margin + "     ";
        print_folded(console, below, below, words(link(by).reason, Style::Dim), " ");
        for (const EventRef& event : link(by).evidence)
            print_folded(console, below, below, words(to_string(event, context_.catalog), Style::Dim), " ");
    }

    /// A text to be folded between any two words.
    std::vector<Piece> words(std::string_view text, Style style = Style::Plain) const {
        return terminal::words_of(context_.console, printable(text), style);
    }

    std::optional<terminal::Table> table_;  // of links by themselves
};

/// One object a trail: its steps back, its ending, and its descendants flattened with their parents.
class JsonView final : public Base {
public:
    explicit JsonView(const TrailContext& context) : Base(context) {}

    void show(std::uint32_t i) override {
        const Link& shown = link(i);
        std::string line;
        JsonWriter json(line);
        json.open('{').key("from");
        write(json, {.session = shown.from, .process = shown.process}, kNobody);
        json.key("to");
        write(json, {.session = shown.to, .process = shown.to_process}, kNobody);
        write_grounds(json, shown);
        json.close('}');
        context_.console.out.line(line);
    }

    void show(const Trail& trail, const Descendant& led_to) override {
        std::string line;
        JsonWriter json(line);
        json.open('{').text("sentence",
                            trail.steps.empty() ? std::string() : sentence(trail, context_.tracer, context_.catalog));
        json.boolean("complete", trail.complete).text("strength", name(trail.strength)).text("ending", trail.ending);
        json.key("first_human");
        if (trail.first_human == kNobody)
            json.null();
        else
            json.text(context_.names.of(trail.first_human));
        if (trail.enters_from) json.text("enters_from", trail.enters_from->to_string());
        if (!trail.enters_from_host.empty()) json.text("enters_from_host", trail.enters_from_host);
        json.open("steps", '[');
        for (const Step& step : trail.steps) write(json, step, step.link);
        json.close(']').open("alternatives", '[');
        for (const std::uint32_t other : trail.alternatives) write_link(json, link(other));
        json.close(']').open("companions", '[');
        for (const std::uint32_t beside : trail.companions) write_link(json, link(beside));
        json.close(']').open("led_to", '[');
        write_children(json, led_to);
        json.close(']').close('}');
        context_.console.out.line(line);
    }

private:
    void write_children(JsonWriter& json, const Descendant& node) {
        for (const Descendant& child : node.children) {
            write(json, child.step, child.step.link);
            write_children(json, child);
        }
    }

    void write(JsonWriter& json, const Step& step, std::uint32_t by) {
        const Session& shown = session(step.session);
        json.open('{').text("session", context_.names.of(step.session)).text("host", host(shown));
        json.text("id", logon_id_text(shown)).text("user", to_string(shown.user));
        json.text("type", slug(shown.type)).text("origin", name(shown.origin));
        if (shown.start) json.text("start", shown.start->to_string());
        if (shown.end) json.text("end", shown.end->to_string());
        if (step.process != kNobody) {
            const Process& process = history().processes[step.process];
            json.open("process", '{')
                .number("pid", process.pid)
                .text("image", process.image)
                .text("command_line", process.command_line)
                .close('}');
        }
        if (by != kNobody) {
            json.key("link");
            write_link(json, link(by));
        }
        json.close('}');
    }

    void write_link(JsonWriter& json, const Link& link) {
        json.open('{').text("from", context_.names.of(link.from)).text("to", context_.names.of(link.to));
        write_grounds(json, link);
        json.close('}');
    }

    void write_grounds(JsonWriter& json, const Link& link) {
        json.text("kind", name(link.kind));
        json.text("strength", name(link.strength)).text("reason", link.reason).open("evidence", '[');
        for (const EventRef& event : link.evidence)
            json.open('{')
                .text("host", context_.catalog.host_name(event.host))
                .text("channel", context_.catalog.channel_name(event.channel))
                .number("event_id", event.event_id)
                .number("record", event.sequence)
                .text("time", event.time.to_string())
                .close('}');
        json.close(']');
    }
};

/// Every link of the trail once, as edges: what the three flat formats have in common.
class EdgeView : public Base {
public:
    explicit EdgeView(const TrailContext& context) : Base(context) {}

    void show(std::uint32_t link) override { edge(link); }
    void show(const Trail& trail, const Descendant& led_to) override {
        for (const Step& step : trail.steps) {
            node(step.session);
            if (step.link != kNobody) edge(step.link);
        }
        descend(led_to);
    }

protected:
    virtual void node(std::uint32_t session) = 0;
    virtual void link_between(const Link& link) = 0;

private:
    void descend(const Descendant& parent) {
        for (const Descendant& child : parent.children) {
            node(child.step.session);
            edge(child.step.link);
            descend(child);
        }
    }

    void edge(std::uint32_t i) {
        node(link(i).from);
        node(link(i).to);
        if (shown_.insert(i).second) link_between(link(i));
    }

    std::set<std::uint32_t> shown_;
};

class CsvView final : public EdgeView {
public:
    explicit CsvView(const TrailContext& context) : EdgeView(context) {}

    void begin() override {
        row({"from", "from_host", "from_user", "to", "to_host", "to_user", "to_start", "kind", "strength", "process",
             "reason", "evidence"});
    }

private:
    void node(std::uint32_t) override {}
    void link_between(const Link& link) override {
        const Session& from = session(link.from);
        const Session& to = session(link.to);
        std::string evidence;
        for (const EventRef& event : link.evidence)
            evidence += (evidence.empty() ? "" : "; ") + to_string(event, context_.catalog);
        row({context_.names.of(link.from), std::string(host(from)), to_string(from.user), context_.names.of(link.to),
             std::string(host(to)), to_string(to.user), to.start ? to.start->to_string() : "",
             std::string(name(link.kind)), std::string(name(link.strength)), process_text(link.process),
             std::string(link.reason), evidence});
    }
    void row(std::vector<std::string> cells) {
        std::string line;
        terminal::append_csv_row(line, cells, context_.formulas);
        context_.console.out.write(line);
    }
};

/// Graph languages: a node a session, an edge a link.
class GraphView final : public EdgeView {
public:
    enum class Language : unsigned char { Dot, Mermaid };

    GraphView(const TrailContext& context, Language language) : EdgeView(context), language_(language) {}

    void begin() override {
        if (language_ == Language::Dot)
            out("digraph trail {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];");
        else
            out("flowchart LR");
    }
    void end() override {
        if (language_ == Language::Dot) out("}");
    }

private:
    void node(std::uint32_t i) override {
        const auto [node, is_new] = nodes_.emplace(i, nodes_.size());
        if (!is_new) return;
        const Session& shown = session(i);
        const std::string label = fmt::format("{}\n{}\n{} {}", context_.names.of(i), to_string(shown.user),
                                              slug(shown.type), start_text(shown, When{}));
        if (language_ == Language::Dot)
            out(fmt::format("  s{} [label=\"{}\"];", node->second, escaped(label)));
        else
            out(fmt::format("  s{}[\"{}\"]", node->second, escaped(label)));
    }
    void link_between(const Link& link) override {
        const std::string label = fmt::format("{} ({})", trails::manner(link.kind), name(link.strength));
        const std::size_t from = nodes_.at(link.from), to = nodes_.at(link.to);
        if (language_ == Language::Dot)
            out(fmt::format("  s{} -> s{} [label=\"{}\"{}];", from, to, label,
                            link.strength < Strength::Strong ? ", style=dashed" : ""));
        else
            out(fmt::format("  s{} {}|\"{}\"| s{}", from, link.strength < Strength::Strong ? "-.->" : "-->", label,
                            to));
    }

    /// Text inside the quotes of either language. Mermaid finds its directives (%%{) and Markdown even there.
    std::string escaped(std::string_view text) const {
        const bool dot = language_ == Language::Dot;
        std::string safe;
        for (const char c : text) {
            if (c == '\n')
                safe += dot ? "\\n" : "<br/>";
            else if (dot && c == '&')
                safe += "&amp;";
            else if (dot && (c == '"' || c == '\\'))
                (safe += '\\') += c;
            else if (!dot && std::string_view("\"<>#&%`").contains(c))
                safe += fmt::format("#{};", static_cast<int>(c));
            else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
                safe += c;
        }
        return safe;
    }
    void out(std::string_view line) { context_.console.out.line(line); }

    Language language_;
    std::map<std::uint32_t, std::size_t> nodes_;  // of each session: its number here, in order of appearance
};

}  // namespace

Timestamp made_at(const Link& link) {
    if (link.evidence.empty()) return Timestamp::earliest();
    return std::ranges::min_element(link.evidence, {}, &EventRef::time)->time;
}

std::string to_string(const EventRef& event, const Catalog& catalog) {
    // The kernel of Linux numbers no kinds of records.
    return fmt::format("{}{} {} on {} at {}", event.event_id != 0 ? fmt::format("{} ", event.event_id) : "",
                       catalog.channel_name(event.channel), event.sequence, catalog.host_name(event.host),
                       event.time.to_string());
}

std::unique_ptr<TrailView> make_trail_view(std::string_view format, const TrailContext& context) {
    if (format == "jsonl") return std::make_unique<JsonView>(context);
    if (format == "csv") return std::make_unique<CsvView>(context);
    if (format == "dot") return std::make_unique<GraphView>(context, GraphView::Language::Dot);
    if (format == "mermaid") return std::make_unique<GraphView>(context, GraphView::Language::Mermaid);
    return std::make_unique<TreeView>(context);
}

}  // namespace spoor::cli
