// What the records of one exec cost to turn into events: those of a fork, an exec and an exit.
#include "sources/linux/normaliser.h"

#include <benchmark/benchmark.h>

#include <cstring>

namespace spoor::sensor {
namespace {

constexpr std::uint32_t kShell = 5'000'001;  // above the kernel's largest process number
constexpr std::uint32_t kChildren = 1000;

class Storm {
public:
    void run(benchmark::State& state) {
        std::uint64_t time = BootClock::now();
        for (auto _ : state) {
            batch_.clear();
            for (std::uint32_t child = 0; child < kChildren; ++child) one_exec(kShell + 1 + child, time += 1'000'000);
            host_.processes.forget_exited(time);
        }
        state.SetItemsProcessed(state.iterations() * kChildren);
    }

private:
    void one_exec(std::uint32_t child, std::uint64_t start) {
        fork_record forked{.header = header(RECORD_FORK, kShell, 1, start),
                           .child_start = start,
                           .child_pid = child,
                           .child_session = 7};
        add(&forked, sizeof forked);
        add_exec(header(RECORD_EXEC, child, start, start));
        exit_record exited{};
        exited.header = header(RECORD_EXIT, child, start, start);
        add(&exited, sizeof exited);
    }

    void add_exec(const record_header& of_record) {
        using namespace std::string_view_literals;
        exec_record record{};
        record.header = of_record;
        record.parent_pid = kShell;
        record.parent_start = 1;
        record.namespace_pid = of_record.pid;
        std::string bytes(sizeof record, '\0');
        const auto append = [&](std::string_view text) {
            const text_span span{static_cast<__u32>(bytes.size()), static_cast<__u32>(text.size())};
            bytes += text;
            return span;
        };
        record.image = append(
            "cc1plus\0"
            "12\0x86_64-linux-gnu\0gcc\0lib\0usr\0"sv);
        record.directory = append("project\0alice\0home\0"sv);
        record.arguments =
            append("/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus\0-quiet\0-O2\0-o\0/tmp/cc4Q8sJ1.s\0unit.cc\0"sv);
        record.arguments_size = record.arguments.size;
        std::memcpy(bytes.data(), &record, sizeof record);
        add(bytes.data(), bytes.size());
    }

    static record_header header(std::uint16_t type, std::uint32_t pid, std::uint64_t start, std::uint64_t time) {
        record_header header{};
        header.type = type;
        header.pid = header.tid = pid;
        header.start = start;
        header.session = 7;
        header.time = time;
        return header;
    }

    void add(const void* record, std::size_t size) {
        normaliser_.add(RecordView({static_cast<const std::byte*>(record), size}), batch_);
    }

    Catalog catalog_;
    HostContext host_{catalog_, "VM", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"};
    Normaliser normaliser_{host_};
    Batch batch_;
};

void exec_storm(benchmark::State& state) { Storm().run(state); }
BENCHMARK(exec_storm);

}  // namespace
}  // namespace spoor::sensor
