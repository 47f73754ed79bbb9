// Trails as graphs, with names as an intruder would choose them: what comes out is one node and one edge each, whatever
// they are called, and the tools that read it take it.
#include "cli/output/trail_view.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "base/scratch_folder.h"
#include "cli/testing.h"

namespace spoor::cli {
namespace {

/// Two sessions, the second of which was begun by the first; both users and their hosts are called so.
std::string graph_of(std::string_view format, std::string_view name) {
    Catalog catalog;
    History history;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        Session& session = history.sessions.emplace_back();
        session.key = {catalog.host(name), 0, LogonId(id)};
        session.user.name = history.texts.intern(name);
        session.user.domain = history.texts.intern(name);
        session.start = Timestamp::from_unix_seconds(1'600'000'000);
    }
    trails::Links links;
    links.links.push_back({.from = 0, .to = 1, .strength = Strength::Certain, .reason = name, .evidence = {}});
    const trails::Tracer tracer(history, links);
    const SessionNames names(history, catalog);
    terminal::Output out(-1), err(-1);
    const SystemClock clock;
    const terminal::Console console{.out = out, .err = err, .clock = clock};
    const auto view = make_trail_view(format, {console, tracer, catalog, names});
    view->begin();
    view->show(tracer.back_from_session(1), {});
    view->end();
    return out.kept();
}

constexpr std::array<std::string_view, 12> kHostileNames = {
    "a\"]; x -> y [label=\"b",
    "a\\",
    "a\\\"b",
    "line\nbreak\r\t\x01",
    "<b>&amp;&#1;&lt;</b>",
    "`**bold**`",
    "%%{init: {\"theme\": \"dark\"}}%%",
    "a\"]:::x; click s0 href \"javascript:alert(1)\"",
    "end",
    "#quot;#35;style a:b",
    "Жанна \xe2\x80\xae\xf0\x9f\x98\x80",
    "}\n} digraph y {",
};

TEST(GraphViews, HaveALineForEachSessionAndLinkWhateverTheyAreCalled) {
    for (const std::string_view name : kHostileNames) {
        EXPECT_EQ(testing::lines_of(graph_of("dot", name)).size(), 3u + 3u + 1u) << name;
        EXPECT_EQ(testing::lines_of(graph_of("mermaid", name)).size(), 1u + 3u) << name;
    }
}

TEST(GraphViews, LeaveNothingInAMermaidLabelThatMeansAnything) {
    for (const std::string_view name : kHostileNames)
        for (const std::string& line : testing::lines_of(graph_of("mermaid", name))) {
            const std::size_t open = line.find("[\""), close = line.rfind("\"]");
            if (open == line.npos) continue;
            std::string label = line.substr(open + 2, close - open - 2);
            for (std::size_t at; (at = label.find("<br/>")) != label.npos;) label.erase(at, 5);
            EXPECT_EQ(label.find_first_of("\"<>`%&"), label.npos) << line;
        }
}

TEST(GraphViews, AreTakenByGraphviz) {
    if (std::system("command -v dot >/dev/null 2>&1") != 0) GTEST_SKIP() << "Graphviz is not installed";
    const ScratchFolder folder;
    const std::string drawn = folder.file("trail.svg"), text = folder.file("trail.dot");
    for (const std::string_view name : kHostileNames) {
        std::ofstream(text) << graph_of("dot", name);
        const std::string command = "dot -Tsvg " + text + " >" + drawn + " 2>&1";
        ASSERT_EQ(std::system(command.c_str()), 0) << name;
        std::ifstream in(drawn);
        const std::string svg(std::istreambuf_iterator<char>(in), {});
        const auto count = [&](std::string_view of) {
            std::size_t found = 0;
            for (std::size_t at = svg.find(of); at != svg.npos; at = svg.find(of, at + 1)) ++found;
            return found;
        };
        EXPECT_EQ(count("class=\"node\""), 2u) << name;
        EXPECT_EQ(count("class=\"edge\""), 1u) << name;
        EXPECT_EQ(svg.find("Warning"), svg.npos) << svg;
        EXPECT_EQ(svg.find("&#1;"), svg.npos) << "no text of an XML document";
    }
}

}  // namespace
}  // namespace spoor::cli
