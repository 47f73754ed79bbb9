#include "live_sensor.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

constexpr int kPatienceSeconds = 60;  // far more than is needed anywhere; a test that waits so long fails

}  // namespace

pid_t in_child(const std::function<int()>& act) {
    const pid_t pid = fork();
    if (pid == 0) _exit(act());
    int status = 0;
    waitpid(pid, &status, 0);
    return pid;
}

pid_t in_child_that_succeeds(const std::function<int()>& act) {
    const pid_t pid = fork();
    if (pid == 0) _exit(act());
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << "what the test provokes went wrong";
    return pid;
}

pid_t in_shell(const std::string& command) {
    return in_child_that_succeeds([&] {
        execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        return 127;
    });
}

bool native_calls_only() { return std::getenv("SPOOR_NATIVE_CALLS_ONLY") != nullptr; }

bool in_guest() { return std::getenv("SPOOR_GUEST") != nullptr; }

bool has_program(std::string_view name) {
    for (const char* const directory : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"})
        if (access((std::string(directory) + std::string(name)).c_str(), X_OK) == 0) return true;
    return false;
}

std::string this_image() { return std::filesystem::canonical("/proc/self/exe").string(); }

bool collect(Live& live, std::deque<Batch>& batches, int seconds, const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (;;) {
        if (done()) return true;
        if (std::chrono::steady_clock::now() > until) return false;
        live.wait(Live::kPause);
        live.take(batches.emplace_back());
        if (batches.back().empty()) batches.pop_back();
    }
}

void LiveSensor::SetUpTestSuite() {
    sensor_ = std::make_unique<Sensor>();
    auto started = Live::start(sensor_->catalog, {.calls = native_calls_only() ? Calls::ByName : Calls::All});
    if (started)
        sensor_->live = *std::move(started);
    else
        sensor_->why_not = started.error().what;
}

void LiveSensor::TearDownTestSuite() { sensor_.reset(); }

void LiveSensor::SetUp() {
    ASSERT_TRUE(sensor_->live || !in_guest()) << sensor_->why_not;  // there it has all that it needs
    if (!sensor_->live) GTEST_SKIP() << "LIVE TESTS DID NOT RUN: " << sensor_->why_not;
    catch_up();
    batches_.clear();
    directory_ = std::filesystem::temp_directory_path() / fmt::format("spoor-live-{}", getpid());
    std::filesystem::create_directories(directory_);
    std::filesystem::permissions(directory_, std::filesystem::perms::all);
}

void LiveSensor::TearDown() {
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

/// The end of a child that is started now is behind all that happened before on this CPU, and two of them see to the
/// others.
void LiveSensor::catch_up() {
    // A test that did not look for a while has let the ring fill up: there must be room for what is waited for.
    live().take(batches_.emplace_back());
    for (int round = 0; round < 2; ++round) {
        const pid_t marker = in_child([] { return 0; });
        EXPECT_TRUE(
            collect(live(), batches_, kPatienceSeconds, [&] { return !events(Kind::ProcessExited, marker).empty(); }));
    }
}

std::vector<EventView> LiveSensor::events(Kind kind, pid_t pid) const {
    std::vector<EventView> found;
    for (const Batch& batch : batches_)
        for (const Event& event : batch.events()) {
            if (event.kind != kind) continue;
            const EventView view{batch, event};
            const auto actor = view.find("SourceProcessId"_field).as_number();
            const auto own = actor ? actor : view.find("ProcessId"_field).as_number();
            if (pid == 0 || own == static_cast<std::uint64_t>(pid)) found.push_back(view);
        }
    return found;
}

std::optional<EventView> LiveSensor::event(Kind kind, pid_t pid, FieldId field, std::string_view value, int seconds) {
    const auto find = [&]() -> std::optional<EventView> {
        for (const EventView& view : events(kind, pid))
            if (to_text(view.find(field)) == value) return view;
        return std::nullopt;
    };
    collect(live(), batches_, seconds, [&] { return find().has_value(); });
    const std::optional<EventView> found = find();
    if (!found) {
        std::string others;
        for (const EventView& view : events(kind, 0))
            if (others.size() < 500)
                others += fmt::format(" {}({})", to_text(view.find(field)), to_text(view.find("ProcessId"_field)));
        ADD_FAILURE() << "no " << name(kind) << " of " << pid << " with " << spoor::field(field).name << " = " << value
                      << "; there are" << others;
    }
    return found;
}

void LiveSensor::expect_fields(const std::optional<EventView>& event, const Fields& fields) const {
    if (!event) return;  // reported where it was looked for
    const std::string_view kind = name(event->event.kind);
    for (const auto& [listed, wanted] : fields) {
        const bool may_be_missing = listed.ends_with('?');
        const std::string_view bare = std::string_view(listed).substr(0, listed.size() - (may_be_missing ? 1 : 0));
        const auto id = find_field(bare);
        ASSERT_TRUE(id) << bare;
        const FieldValue value = event->find(*id);
        if (value.type == ValueType::Null) {
            EXPECT_TRUE(may_be_missing) << kind << " lacks " << bare;
            continue;
        }
        if (wanted == "*")
            EXPECT_FALSE(to_text(value).empty()) << kind << "." << bare;
        else
            EXPECT_EQ(to_text(value), wanted) << kind << "." << bare;
    }
    for (const FieldValue& value : event->values()) {
        const std::string_view present = field(value.field).name;
        const bool listed = std::any_of(fields.begin(), fields.end(), [&](const auto& entry) {
            return entry.first == present ||
                   (entry.first.size() == present.size() + 1 && entry.first.starts_with(present));
        });
        EXPECT_TRUE(listed) << kind << " has " << present << " = " << to_text(value)
                            << ", which the test does not expect";
    }
}

Fields LiveSensor::actor(pid_t pid, std::string image, std::string user) {
    Fields fields{{"ProcessGuid", "*"},
                  {"ProcessId", fmt::to_string(pid)},
                  {"Image", std::move(image)},
                  {"User", std::move(user)}};
    if (const std::uint32_t session = session_of(static_cast<std::uint32_t>(getpid())); session != kUnset) {
        fields.emplace_back("LogonId", fmt::format("{:#x}", session));
        fields.emplace_back("LoginUid", "*");
    }
    return fields;
}

Fields LiveSensor::joined(Fields fields, const Fields& more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
}

const HookState& LiveSensor::hook(std::string_view happening) const {
    for (const HookState& state : live().hooks())
        if (state.happening->name == happening) return state;
    ADD_FAILURE() << "no such happening: " << happening;
    return live().hooks().front();
}

BackEnd LiveSensor::back_end(std::string_view happening) const {
    const HookState& state = hook(happening);
    return state.way ? state.way->back_end : BackEnd::None;
}

std::string_view LiveSensor::text(const EventView& event, std::string_view field) const {
    const auto id = find_field(field);
    return id ? event.text(*id) : std::string_view();
}

}  // namespace spoor::sensor
