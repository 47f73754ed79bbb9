#include "terminal/table.h"

#include <gmock/gmock.h>

#include "terminal/csv.h"
#include "terminal/tree.h"

namespace spoor::terminal {
namespace {

using ::testing::ElementsAre;

class TableTest : public ::testing::Test {
protected:
    std::string printed(std::size_t width, std::vector<std::vector<Cell>> rows) {
        Console console{.out = out, .err = err, .clock = clock};
        console.width = width;
        Table table(console, columns);
        for (auto& cells : rows) table.row(std::move(cells));
        table.finish();
        return out.kept();
    }

    std::vector<Column> columns = {{.title = "Host", .importance = 9, .least = 4},
                                   {.title = "User", .importance = 8, .least = 5},
                                   {.title = "Image", .importance = 2, .least = 8, .keep = Keep::End},
                                   {.title = "N", .importance = 7, .least = 1, .align = Column::Align::Right}};
    Output out{-1};
    Output err{-1};
    SystemClock clock;
};

TEST_F(TableTest, AlignsColumnsAndLeavesNoBlanksAtLineEnds) {
    EXPECT_EQ(printed(Console::kNoLimit,
                      {{{"WS07"}, {"CORP\\brian"}, {"cmd.exe"}, {"7"}}, {{"FS01"}, {"SYSTEM"}, {"x"}, {"12"}}}),
              "Host  User        Image     N\n"
              "WS07  CORP\\brian  cmd.exe   7\n"
              "FS01  SYSTEM      x        12\n");
}

TEST_F(TableTest, ShrinksTheLeastImportantColumnAndMarksTheCut) {
    EXPECT_EQ(printed(31, {{{"WS07"}, {"CORP\\brian"}, {"C:\\Windows\\System32\\cmd.exe"}, {"7"}}}),
              "Host  User        Image       N\n"
              "WS07  CORP\\brian  …2\\cmd.exe  7\n");
}

TEST_F(TableTest, SaysWhichColumnsItLeavesOut) {
    EXPECT_EQ(printed(14, {{{"WS07"}, {"CORP\\brian"}, {"C:\\Windows\\System32\\cmd.exe"}, {"7"}}}),
              "Host  User   N\n"
              "WS07  CORP…  7\n");
    EXPECT_EQ(err.kept(), "The terminal is too narrow for: Image\n");
}

TEST_F(TableTest, CutsNothingWhereOutputIsNoTerminal) {
    const std::string path(500, 'x');
    EXPECT_THAT(printed(Console::kNoLimit, {{{"WS07"}, {"u"}, {path}, {"7"}}}), ::testing::HasSubstr(path));
}

TEST_F(TableTest, StreamsPastTheRowsItMeasured) {
    std::vector<std::vector<Cell>> rows(2500, {{"WS07"}, {"u"}, {"i"}, {"1"}});
    rows.back()[1].text = "longer than any before";
    const std::string text = printed(Console::kNoLimit, std::move(rows));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2501);
    EXPECT_THAT(text, ::testing::HasSubstr("longer than any before"));
}

TEST_F(TableTest, ShowsHostileTextAndEmptyCellsSafely) {
    EXPECT_EQ(printed(Console::kNoLimit, {{{"a\nb"}, {""}, {"\x1b[1m"}, {"田中"}}}),
              "Host  User  Image       N\n"
              "a\\nb  -     \\x1b[1m  田中\n");
}

TEST_F(TableTest, PrintsNothingWithoutRows) { EXPECT_EQ(printed(80, {}), ""); }

TEST(ColumnWidths, NeverExceedTheTerminalWhileMoreThanOneColumnIsLeft) {
    const std::vector<Column> columns = {{.title = "a", .importance = 1, .least = 3},
                                         {.title = "b", .importance = 9, .least = 9},
                                         {.title = "c", .importance = 5, .least = 6}};
    for (std::size_t width = 9; width < 80; ++width) {
        const auto widths = column_widths(columns, {40, 12, 25}, width);
        std::size_t sum = 0, shown = 0;
        for (const std::size_t w : widths) sum += w, shown += w > 0;
        EXPECT_LE(sum + 2 * (shown - 1), width);
        EXPECT_GE(widths[1], 9u);
    }
    EXPECT_THAT(column_widths(columns, {4, 4, 4}, 80), ElementsAre(4, 4, 4));
}

TEST(Csv, QuotesWhatNeedsIt) {
    std::string out;
    append_csv_row(out, std::vector<std::string>{"plain", "a,b", "say \"hi\"", "two\nlines", "", " x"},
                   Formulas::AsTheyAre);
    EXPECT_EQ(out, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,\" x\"\n");
}

TEST(Csv, DisarmsFormulasWhenAsked) {
    std::string out;
    append_csv_row(out, std::vector<std::string>{"=cmd|' /C calc'!A0", "-1", "@x", "a=b", "+1,2"}, Formulas::Disarmed);
    EXPECT_EQ(out, "'=cmd|' /C calc'!A0,'-1,'@x,a=b,\"'+1,2\"\n");
    out.clear();
    append_csv_cell(out, "-1", Formulas::AsTheyAre);
    EXPECT_EQ(out, "-1");
}

TEST(Tree, DrawsBranches) {
    EXPECT_EQ(tree_lines({}, Charset::Unicode), "");
    EXPECT_EQ(tree_lines({true}, Charset::Unicode), "├─ ");
    EXPECT_EQ(tree_lines({true, false}, Charset::Unicode), "│  └─ ");
    EXPECT_EQ(tree_lines({false, true, false}, Charset::Ascii), "   |  `- ");
}

}  // namespace
}  // namespace spoor::terminal
