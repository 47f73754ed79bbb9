// LiveSensor: the live sensor on the kernel that runs this test. Real programs do something, and the events must say
// so.
//
// One sensor serves all tests of the program: starting it takes a second, and half a minute on an emulated machine.
// Without the privileges, or where the kernel has no BPF, every test is skipped and says why.
#pragma once
#include <gtest/gtest.h>
#include <sys/types.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sources/linux/live.h"

namespace spoor::sensor {

/// Runs `act` in a child and returns its number once it has ended. The sensor does not report its own process.
pid_t in_child(const std::function<int()>& act);

/// The same; its exit code must be 0.
pid_t in_child_that_succeeds(const std::function<int()>& act);

/// Runs a shell command in a child; its exit code must be 0.
pid_t in_shell(const std::string& command);

/// Whether this is an emulated machine that was booted for the tests, where clocks may be set and modules loaded.
bool in_guest();

/// Whether this run is about the sensor that sees no 32-bit callers (SPOOR_NATIVE_CALLS_ONLY).
bool native_calls_only();

/// Whether there is such a program; a test that needs one skips without.
bool has_program(std::string_view name);

/// What a field of an event must read; "*" stands for anything, and a "?" behind the name for a field that may be
/// missing.
using Fields = std::vector<std::pair<std::string, std::string>>;

class LiveSensor : public testing::Test {
protected:
    static void SetUpTestSuite();
    static void TearDownTestSuite();
    void SetUp() override;
    void TearDown() override;

    /// Collects until everything that has happened so far has come.
    void catch_up();

    /// All collected events of that kind and process (by SourceProcessId or ProcessId; 0 for any).
    std::vector<EventView> events(Kind kind, pid_t pid) const;

    /// The event of that kind and process whose `field` reads `value`, waited for if need be; fails the test when none
    /// comes.
    std::optional<EventView> event(Kind kind, pid_t pid, FieldId field, std::string_view value, int seconds = 0);

    /// The event has these fields, with these values, and no others.
    void expect_fields(const std::optional<EventView>& event, const Fields& fields) const;

    /// The fields by which an event names who acted: a child of this test, as root.
    static Fields actor(pid_t pid, std::string image, std::string user = "root");
    static Fields joined(Fields fields, const Fields& more);

    /// How that happening is served here; skips nothing itself.
    const HookState& hook(std::string_view happening) const;
    BackEnd back_end(std::string_view happening) const;

    Live& live() const { return *sensor_->live; }
    std::string path(std::string_view name) const { return directory_ / name; }
    std::string_view text(const EventView& event, std::string_view field) const;

    std::deque<Batch> batches_;  // views into them stay good while more come
    std::filesystem::path directory_;

private:
    struct Sensor {
        Catalog catalog;
        std::unique_ptr<Live> live;
        std::string why_not;
    };
    static inline std::unique_ptr<Sensor> sensor_;
};

/// Collects from `live` until `done` says so, or for so many seconds; returns what done() said last.
bool collect(Live& live, std::deque<Batch>& batches, int seconds, const std::function<bool()>& done);

std::string this_image();

}  // namespace spoor::sensor
