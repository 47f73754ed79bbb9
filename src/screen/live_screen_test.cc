// The live view without a terminal: keys in, pictures out.
#include "screen/live_screen.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/scratch_folder.h"
#include "screen/settings.h"
#include "terminal/text.h"

namespace spoor::screen {
namespace {

class TestClock final : public Clock {
public:
    Timestamp now() const override { return time = time + step; }
    mutable Timestamp time = Timestamp::from_unix_seconds(1'800'000'000);
    Duration step = {};  // at each look
};

class View : public testing::Test {
protected:
    void start(LiveScreenOptions options = {.source = "VM"}) {
        screen_ = std::make_unique<LiveScreen>(table_, clock_, std::move(options));
    }
    void SetUp() override { start(); }

    /// An event of the live sensor, by the process of that number.
    void add(Kind kind, std::uint64_t pid, std::string_view detail, std::string_view user = "alice",
             std::uint64_t session = 7) {
        Batch batch;
        batch.begin();
        batch.add_number("ProcessId"_field, pid);
        batch.add_text("Image"_field, pid % 2 ? "/usr/bin/odd" : "/usr/bin/even");
        batch.add_text("User"_field, user);
        batch.add_number("LogonId"_field, session);
        if (kind == Kind::Gap) {
            batch.add_number("Lost"_field, 1234);
            batch.add_text("Stage"_field, "kernel ring");
            number_ += 1234;
        } else {
            batch.add_text(kind == Kind::ProcessCreated ? "CommandLine"_field : "TargetFilename"_field, detail);
        }
        const Event& event = batch.commit({.time = clock_.time,
                                           .sequence = ++number_,
                                           .host = catalog_.host("VM"),
                                           .channel = catalog_.channel("Linux kernel"),
                                           .kind = kind,
                                           .outcome = Outcome::Success});
        table_.add({batch, event});
        table_.update();
    }
    void add_many(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) add(Kind::FileCreated, 100 + i % 10, fmt::format("/tmp/file-{}", i));
    }

    void type(std::string_view text) {
        KeyDecoder decoder;
        for (const Key& key : decoder.decode(text)) screen_->press(key);
        for (const Key& key : decoder.pause()) screen_->press(key);
    }
    std::string picture(Size size = {120, 30}) {
        const Frame frame = screen_->draw(size, {});
        EXPECT_EQ(frame.lines.size(), size.height);
        for (const Line& line : frame.lines) EXPECT_LE(terminal::display_width(line.text()), size.width) << line.text();
        return frame.text();
    }
    bool shows(std::string_view text) { return picture().find(text) != std::string::npos; }

    TestClock clock_;
    Catalog catalog_;
    LiveTable table_{catalog_,
                     clock_,
                     {catalog_, nullptr, [](Timestamp time) { return time.to_string().substr(11, 12); }},
                     {.events = 100'000, .bytes = 64u << 20}};
    std::unique_ptr<LiveScreen> screen_;
    std::uint64_t number_ = 0;
};

TEST_F(View, ShowsWhoDidWhatInColumns) {
    add(Kind::ProcessCreated, 815, "ls -l /root");
    for (const std::string_view text : {"odd (815)", "alice", "process_created", "ls -l /root", "ok", "LIVE"})
        EXPECT_TRUE(shows(text)) << text;
}

TEST_F(View, FitsEverySize) {
    add_many(200);
    for (const Size size : {Size{80, 24}, Size{200, 60}, Size{20, 5}, Size{10, 4}, Size{500, 100}, Size{81, 25}}) {
        picture(size);
        type("?");
        picture(size);
        type("\x1b");
        type("\r");
        picture(size);
        type("\x1b");
        type("F");
        picture(size);
        type("\x1b");
        type("C");
        picture(size);
        type("\x1b");
    }
}

TEST_F(View, ANarrowWindowShowsTheHelpInWhole) {
    type("?");
    std::string text = picture({40, 60});
    EXPECT_EQ(text.find("…"), text.rfind("…")) << "but in the status line:\n" << text;
    EXPECT_NE(text.find("the newest, and follow\n                 what comes"), std::string::npos) << text;
}

TEST_F(View, FollowsWhatComesUntilSomebodyScrolls) {
    add_many(100);
    EXPECT_TRUE(shows("/tmp/file-99"));
    type("\x1b[A");
    picture();
    add(Kind::FileCreated, 1, "/tmp/new");
    for (int i = 0; i < 50; ++i) add(Kind::FileCreated, 1, "/tmp/more");
    EXPECT_FALSE(shows("/tmp/more")) << "the picture stands still";
    EXPECT_TRUE(shows("SCROLLED"));
    type("\x1b[F");
    EXPECT_TRUE(shows("/tmp/more"));
}

TEST_F(View, PausesThePictureAndNotTheRecording) {
    add_many(5);
    type(" ");
    add(Kind::FileCreated, 1, "/tmp/later");
    EXPECT_FALSE(shows("/tmp/later"));
    EXPECT_TRUE(shows("PAUSED 1 waiting"));
    type(" ");
    EXPECT_TRUE(shows("/tmp/later"));
}

TEST_F(View, IncludesAndExcludesByTheSelectedCell) {
    add_many(20);
    add(Kind::ProcessCreated, 3, "here");
    picture();
    type("x\r");  // the column Event is chosen at first
    EXPECT_FALSE(shows("process_created"));
    EXPECT_TRUE(shows("+1 filter"));
    type("R");
    EXPECT_TRUE(shows("process_created"));
    type("\x1b[F");
    type("i\r");
    EXPECT_FALSE(shows("file_created"));
    EXPECT_TRUE(shows("process_created"));
}

TEST_F(View, EveryCellFiltersItself) {
    add_many(20);
    add(Kind::ProcessCreated, 3, "it's \"quoted\" \\ and\nmore", "bob", 9);
    picture();
    const EventView event = table_.row(table_.selected());
    for (const LiveColumn column : {LiveColumn::Number, LiveColumn::Process, LiveColumn::User, LiveColumn::Session,
                                    LiveColumn::Event, LiveColumn::Detail, LiveColumn::Time, LiveColumn::Result}) {
        const std::string filter = cell_filter(event, column, table_.context());
        FilterList filters(catalog_, clock_);
        const auto added = filters.add({FilterMode::Include, filter});
        ASSERT_TRUE(added) << filter << ": " << added.error().what;
        EXPECT_TRUE(filters.shows(event, nullptr)) << filter;
        // What is excluded by it is gone.
        FilterList excluded(catalog_, clock_);
        ASSERT_TRUE(excluded.add({FilterMode::Exclude, filter}));
        EXPECT_FALSE(excluded.shows(event, nullptr)) << filter;
    }
}

TEST_F(View, IncludesOfOneFieldAreAlternativesAndOfTwoMustBothHold) {
    FilterList filters(catalog_, clock_);
    add(Kind::ProcessCreated, 2, "a", "alice");
    add(Kind::ProcessCreated, 2, "a", "bob");
    add(Kind::ProcessExited, 2, "a", "alice");
    const auto shown = [&] {
        std::string pattern;
        for (std::uint64_t row = table_.first_row(); row < table_.end_row(); ++row)
            pattern += filters.shows(table_.row(row), nullptr) ? 'x' : '.';
        return pattern;
    };
    ASSERT_TRUE(filters.add({FilterMode::Include, "User: alice"}));
    EXPECT_EQ(shown(), "x.x");
    ASSERT_TRUE(filters.add({FilterMode::Include, "User: bob"}));
    EXPECT_EQ(shown(), "xxx");
    ASSERT_TRUE(filters.add({FilterMode::Include, "kind: process_created"}));
    EXPECT_EQ(shown(), "xx.");
    ASSERT_TRUE(filters.add({FilterMode::Exclude, "User: bob"}));
    EXPECT_EQ(shown(), "x..");
    filters.toggle(3);
    EXPECT_EQ(shown(), "xx.");
}

TEST_F(View, GapsShowWhateverIsIncluded) {
    add_many(3);
    add(Kind::Gap, 1, "");
    type("fUser: nobody\r");
    EXPECT_TRUE(shows("+1234"));
    EXPECT_TRUE(shows("1234 events lost"));
    EXPECT_TRUE(shows("LOST 1234"));
    EXPECT_FALSE(shows("file_created"));
}

TEST_F(View, AnErrorInAFilterIsToldAndTheTextStays) {
    add_many(3);
    type("fUzer: alice\r");
    EXPECT_TRUE(shows("Uzer: alice"));
    EXPECT_TRUE(shows("there is no field")) << picture();
    EXPECT_TRUE(shows("did you mean User?")) << picture();
    type("\x1b");
    EXPECT_TRUE(shows("file_created"));
}

TEST_F(View, ShowsOneProcessAndThenAllAgain) {
    add_many(20);
    picture();
    type("p");
    EXPECT_TRUE(shows("only process odd (109)"));
    EXPECT_FALSE(shows("(108)"));
    type("\x1b");
    EXPECT_TRUE(shows("(108)"));
}

TEST_F(View, SearchGoesRoundAndIsCaseBlind) {
    add(Kind::ProcessCreated, 2, "Needle one");
    add_many(60);
    add(Kind::ProcessCreated, 2, "needle two");
    add_many(60);
    type("/NEEDLE\r");
    EXPECT_TRUE(shows("Needle one"));
    type("n");
    EXPECT_TRUE(shows("needle two"));
    type("N");
    EXPECT_TRUE(shows("Needle one"));
    type("/haystack\r");
    EXPECT_TRUE(shows("'haystack' is in no line"));
}

TEST_F(View, ALongSearchLeavesTimeForThePicture) {
    add_many(5000);
    add(Kind::ProcessCreated, 2, "needle");
    add_many(2);
    clock_.step = Duration::milliseconds(1);
    type("/needle\r");
    EXPECT_TRUE(screen_->searches());
    EXPECT_TRUE(shows("searching for 'needle'")) << picture();
    add(Kind::FileCreated, 1, "/tmp/meanwhile");
    int turns = 0;
    for (; screen_->searches() && turns < 1000; ++turns) screen_->search_on();
    EXPECT_GT(turns, 2);
    EXPECT_EQ(table_.selected(), table_.first_row() + 5000);
    EXPECT_TRUE(shows("round the end"));
    type("/haystack\r");
    EXPECT_TRUE(screen_->searches());
    type("\x1b");
    EXPECT_FALSE(screen_->searches());
}

TEST_F(View, ASearchOutlivesRowsThatGo) {
    LiveTable small(catalog_, clock_, table_.context(), {.events = 5'000, .bytes = 4u << 20});
    add(Kind::ProcessCreated, 815, "hay");
    const EventView event = table_.row(table_.selected());
    for (const Direction direction : {Direction::Up, Direction::Down}) {
        for (int i = 0; i < 6000; ++i) small.add(event);
        small.update();
        small.select(small.first_row() + 10);
        small.begin_search("needle", direction);
        SearchState state = SearchState::Underway;
        for (int turn = 0; state == SearchState::Underway && turn < 10'000; ++turn) {
            state = small.search_on(7);
            for (int i = 0; i < 100; ++i) small.add(event);
            small.update();
        }
        EXPECT_EQ(state, SearchState::Absent);
        small.begin_search("needle", direction);
        small.clear();
        EXPECT_EQ(small.search_on(7), SearchState::Absent);
    }
}

TEST_F(View, ALongNameLeavesTheNumberOfItsProcess) {
    Batch batch;
    batch.begin();
    batch.add_number("ProcessId"_field, 12345);
    batch.add_text("Image"_field, "/usr/bin/x86_64-linux-gnu-gcc-ar-and-more");
    table_.add({batch, batch.commit({.time = clock_.time, .host = catalog_.host("VM"), .kind = Kind::FileCreated})});
    table_.update();
    EXPECT_TRUE(shows("(12345)")) << picture();
}

TEST_F(View, ASessionOfLinuxIsDecimalInItsCellItsFilterAndTheWholeEvent) {
    add(Kind::ProcessCreated, 815, "ls", "alice", 286);
    add(Kind::ProcessCreated, 816, "ps", "alice", 287);
    EXPECT_TRUE(shows("286"));
    type("k\r");
    EXPECT_TRUE(shows("LogonId")) << picture();
    EXPECT_TRUE(shows("286"));
    EXPECT_FALSE(shows("0x11e"));
    type("\x1b");
    type("s");
    EXPECT_TRUE(shows("only session 286")) << picture();
    EXPECT_TRUE(shows(" ls "));
    EXPECT_FALSE(shows(" ps "));
}

TEST_F(View, LinesWithoutASessionBelongTogether) {
    add(Kind::ProcessCreated, 815, "ls");
    Batch batch;
    batch.begin();
    batch.add_text("CommandLine"_field, "cron");
    const Event& event = batch.commit({.host = catalog_.host("VM"), .kind = Kind::ProcessCreated});
    table_.add({batch, event});
    table_.update();
    type("s");
    EXPECT_TRUE(shows("only what has no session")) << picture();
    EXPECT_TRUE(shows(" cron "));
    EXPECT_FALSE(shows(" ls "));
}

TEST_F(View, AKernelThreadHasItsWholeName) {
    Batch batch;
    batch.begin();
    batch.add_number("ProcessId"_field, 10);
    batch.add_text("Image"_field, "[kworker/0:1H]");
    const Event& event = batch.commit({.host = catalog_.host("VM"), .kind = Kind::ProcessCreated});
    table_.add({batch, event});
    table_.update();
    EXPECT_NE(picture({200, 30}).find("[kworker/0:1H] (10)"), std::string::npos) << picture({200, 30});
}

TEST_F(View, ShowsAnEventInWholeWithMeanings) {
    add(Kind::ProcessCreated, 815, std::string(3000, 'x') + " the end");
    picture();
    type("\r");
    EXPECT_TRUE(shows("Process created: odd (815)"));
    type("\x1b[F");
    EXPECT_TRUE(shows("the end"));
    type("\x1b");
    EXPECT_TRUE(shows("LIVE"));
}

TEST_F(View, NothingHostileReachesTheTerminal) {
    add(Kind::ProcessCreated, 2, "\x1b]0;owned\x07 \x1b[2J\r\n\xc3\x28 \xe2\x80\xae txt.exe", "evil\x1b[31m");
    for (const std::string_view keys : {"", "\r", "\x1b", "p", "\x1b", "F"}) {
        type(keys);
        for (const char c : picture())
            EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << "after " << keys;
        EXPECT_FALSE(shows("\xe2\x80\xae"));
    }
}

TEST_F(View, HostileTextFiltersItself) {
    add(Kind::ProcessCreated, 2, "\x1b]0;owned\x07 * ? ( ) and or \" \\ \xff", "a: b");
    picture();
    const EventView event = table_.row(table_.selected());
    for (const LiveColumn column : {LiveColumn::User, LiveColumn::Detail}) {
        FilterList filters(catalog_, clock_);
        const std::string filter = cell_filter(event, column, table_.context());
        const auto added = filters.add({FilterMode::Exclude, filter});
        ASSERT_TRUE(added) << added.error().what;
        EXPECT_FALSE(filters.shows(event, nullptr)) << filter;
    }
}

TEST_F(View, PastedTextIsNoCommand) {
    add_many(3);
    type("\x1b[200~qqcR\x1b[201~");
    EXPECT_FALSE(screen_->wants_to_leave());
    EXPECT_TRUE(shows("file_created"));
    type("/\x1b[200~file-1\n\x1b[201~");
    EXPECT_TRUE(shows("search: file-1"));
}

TEST_F(View, ColumnsAreHiddenSizedAndMoved) {
    add(Kind::ProcessCreated, 815, "ls");
    type("C \x1b");  // the first one, #
    EXPECT_EQ(picture().find(" # "), std::string::npos);
    EXPECT_FALSE(table_.columns[0].shown);
    type("C+\x1b");
    EXPECT_EQ(table_.columns[0].column, LiveColumn::Time);
    const std::size_t before = table_.columns[5].width;
    type(">>");
    EXPECT_EQ(table_.columns[5].width, before + 2);
    for (int i = 0; i < 20; ++i) type("C \x1b[B\x1b");
    EXPECT_GE(std::ranges::count(table_.columns, true, &LiveColumnSetting::shown), 1);
}

TEST_F(View, SavesWhatIsShown) {
    const ScratchFolder folder;
    add(Kind::ProcessCreated, 815, "ls, \"quoted\"\nline");
    add(Kind::FileCreated, 816, "/tmp/x");
    type("i\x15kind: process_created\r");
    for (const std::string_view ending : {"txt", "csv", "jsonl"}) {
        const std::string path = folder.file(fmt::format("rows.{}", ending));
        type("w\x15" + path + "\r");
        std::ifstream file(path);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        EXPECT_NE(text.find("odd"), std::string::npos) << path << ": " << text;
        EXPECT_EQ(text.find("/tmp/x"), std::string::npos) << path;
        if (ending == "csv") {
            EXPECT_NE(text.find(table_.row(table_.first_row()).event.time.to_string()), std::string::npos) << text;
        }
        EXPECT_TRUE(shows("1 events saved")) << picture();
        type("w\x15" + path + "\r");
        EXPECT_TRUE(shows("File exists"));
        type("\x1b");
    }
}

TEST_F(View, SavesBelowTheHomeFolder) {
    const ScratchFolder folder;
    const std::string before = std::getenv("HOME") ? std::getenv("HOME") : "";
    ASSERT_EQ(setenv("HOME", folder.file("").c_str(), 1), 0);
    add(Kind::FileCreated, 816, "/tmp/x");
    type("w\x15~/rows.txt\r");
    EXPECT_TRUE(shows("1 events saved")) << picture();
    EXPECT_TRUE(std::filesystem::exists(folder.file("rows.txt")));
    ASSERT_EQ(setenv("HOME", before.c_str(), 1), 0);
}

TEST_F(View, KeepsWithinItsBounds) {
    LiveTable small(catalog_, clock_, table_.context(), {.events = 10'000, .bytes = 4u << 20});
    add(Kind::ProcessCreated, 815, std::string(500, 'x'));
    const EventView event = table_.row(table_.selected());
    for (int i = 0; i < 100'000; ++i) {
        small.add(event);
        if (i % 100 == 0) small.update();
    }
    small.update();
    EXPECT_LE(small.kept(), 10'000u + 4096u);
    EXPECT_LE(small.footprint(), 8u << 20);
    EXPECT_EQ(small.recorded(), 100'000u);
    EXPECT_EQ(small.forgotten() + small.kept(), 100'000u);
    EXPECT_EQ(small.selected(), small.end_row() - 1);
    // Paused, the rows in sight may fall off too; nothing breaks.
    small.set_pace(Pace::Paused);
    for (int i = 0; i < 50'000; ++i) small.add(event);
    small.update();
    LiveScreen screen(small, clock_, {});
    screen.draw({80, 24}, {});
    small.set_pace(Pace::Running);
    EXPECT_EQ(small.end_row() - small.first_row(), small.kept());
}

TEST_F(View, TellsHowMuchPassesUndrawn) {
    picture({80, 24});
    add_many(1000);
    clock_.time = clock_.time + Duration::seconds(1);
    const std::string text = picture({120, 24});
    EXPECT_NE(text.find("980/s pass undrawn"), std::string::npos) << text;
}

TEST_F(View, EventsThatAFilterBringsBackPassedNobodyBy) {
    for (int seen = 0; seen < 10; ++seen) {
        add_many(10);
        picture();
    }
    type("f");
    type("ProcessId: 107\r");
    EXPECT_TRUE(shows("10 of 100"));
    type("R");
    EXPECT_TRUE(shows("1 filter removed"));
    EXPECT_TRUE(shows("100 of 100"));
    clock_.time = clock_.time + Duration::seconds(1);
    EXPECT_FALSE(shows("undrawn")) << picture();
}

TEST_F(View, AnyKeysDoNoHarm) {
    add_many(50);
    std::uint32_t state = 1;
    std::string keys;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1664525 + 1013904223;
        const char key = static_cast<char>(state >> 24);
        if (key == 'w') continue;  // would save files
        keys += key;
        if (i % 37 == 0) {
            type(keys);
            keys.clear();
            picture({30 + state % 100, 5 + state % 30});
            if (i % 111 == 0) add_many(3);
        }
    }
}

TEST(Settings, ComeBackAsTheyWere) {
    Settings settings;
    std::swap(settings.columns[0], settings.columns[4]);
    settings.columns[2].width = 33;
    settings.columns[3].shown = false;
    settings.filters = {{FilterMode::Exclude, "Image: \"C:\\\\x\" and User: \"a\\\"b\"", true},
                        {FilterMode::Highlight, "kind: gap\n\x01", false}};
    const auto back = settings_from_toml(to_toml(settings), "watch.toml");
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, settings);
}

TEST(Settings, AreWrittenToNoFileThatALinkLeadsTo) {
    const ScratchFolder folder;
    const std::string other = folder.file("other");
    std::ofstream(other) << "kept";
    std::filesystem::create_symlink(other, folder.file("watch.toml.part"));
    ASSERT_TRUE(save_settings({}, folder.file("watch.toml")));
    std::string text;
    std::getline(std::ifstream(other), text);
    EXPECT_EQ(text, "kept");
    EXPECT_TRUE(load_settings(folder.file("watch.toml")));
    EXPECT_FALSE(std::filesystem::exists(folder.file("watch.toml.part")));
}

TEST(Settings, TakeWhatPeopleMakeOfThem) {
    const auto some = settings_from_toml(
        "[[columns]]\nname = \"user\"\nwidth = 99999999999\n[[columns]]\nname = \"user\"\n[[columns]]\nname = "
        "7\n[[filters]]\nmode = \"no\"\n",
        "x");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->columns.size(), kLiveColumns);
    EXPECT_EQ(some->columns[0].column, LiveColumn::User);
    EXPECT_LE(some->columns[0].width, 1000u);
    EXPECT_TRUE(some->filters.empty());
    const auto broken = settings_from_toml("[[columns", "watch.toml");
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().what.find("watch.toml: line 1"), std::string::npos);
}

TEST(KeyDecoder, ReadsSequencesThatComeInPieces) {
    KeyDecoder decoder;
    EXPECT_TRUE(decoder.decode("\x1b").empty());
    EXPECT_TRUE(decoder.decode("[").empty());
    EXPECT_EQ(decoder.decode("A"), (std::vector<Key>{{Key::Code::Up}}));
    EXPECT_TRUE(decoder.decode("\x1b").empty());
    EXPECT_EQ(decoder.pause(), (std::vector<Key>{{Key::Code::Escape}}));
    EXPECT_EQ(decoder.decode("\xc3\xa9"), (std::vector<Key>{{Key::Code::Letter, 0xe9}}));
    EXPECT_TRUE(decoder.decode("\xff\xfe\x1b[99;99;99~").empty());
}

}  // namespace
}  // namespace spoor::screen
