// spoor_bench_server: the server under load, which bench/server measures.
//
//     spoor_bench_server load SPOOR [READERS] [SECONDS] [EVENTS_A_SECOND] [SEARCHES_A_SECOND]
//     spoor_bench_server sensor SOCKET SECONDS EVENTS_A_SECOND
//
// A sensor that speaks spoor.stream/1 sends events at a steady rate; `spoor serve` follows it, stores them, and gives
// them to live readers, each with one of ten filters, while searches are asked. Told are the rates that were reached,
// how long searches took, whether every event that the sensor numbered is in the store in the end, and what processor
// time the server took and what the load itself: they share the machine.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr unsigned kSearchers = 8;  // connections that ask, one search after the other
constexpr std::string_view kQueries[] = {"kind:+process_created", "User:+jimmy", "ProcessId:+1017",
                                         "CommandLine:+*tool7*"};
constexpr std::string_view kKinds[] = {"process_created", "process_exited", "network_connection", "file_created",
                                       "image_loaded"};
constexpr std::string_view kUsers[] = {"root", "alice", "bob",   "carla", "deniz",
                                       "ann",  "marek", "jimmy", "brian", "svc_backup"};

/// The bench is over; what stands open the system closes, and the server dies with us.
[[noreturn]] void give_up(const std::string& what) {
    fmt::print(stderr, "spoor_bench_server: {}{}{}\n", what, errno != 0 ? ": " : "",
               errno != 0 ? std::generic_category().message(errno) : "");
    std::_Exit(1);
}

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {
        if (descriptor_ < 0) give_up("a socket");
    }
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    static Socket to_port(std::uint16_t port) {
        Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        socket.connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
        return socket;
    }
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }
    static Socket to_path(const std::string& path) {
        Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path);
        socket.connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
        return socket;
    }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) give_up("sending");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Appends what is there, or the first that comes.
    void receive(std::string& bytes) const {
        char piece[64 * 1024];
        const ssize_t size = ::recv(descriptor_, piece, sizeof piece, 0);
        if (size <= 0) give_up("the other side left");
        bytes.append(piece, static_cast<std::size_t>(size));
    }
    /// The line or head that ends so; what follows it stays in `bytes`.
    std::string receive_until(std::string_view end, std::string& bytes) const {
        std::size_t at = 0;
        while ((at = bytes.find(end)) == bytes.npos) receive(bytes);
        std::string head = bytes.substr(0, at + end.size());
        bytes.erase(0, head.size());
        return head;
    }

    int descriptor() const { return descriptor_; }

private:
    void connect(const sockaddr* address, socklen_t size) const {
        if (::connect(descriptor_, address, size) != 0) give_up("connecting");
    }

    int descriptor_;
};

/// The number behind a member of that name, behind another one; 0 when there is none.
std::uint64_t number_in(std::string_view json, std::string_view within, std::string_view name) {
    const std::size_t object = json.find(fmt::format("\"{}\":", within));
    const std::size_t at = object == json.npos ? object : json.find(fmt::format("\"{}\":", name), object);
    std::uint64_t number = 0;
    if (at != json.npos) std::from_chars(json.data() + at + name.size() + 3, json.data() + json.size(), number);
    return number;
}

/// The sensor numbers events and keeps to the rate, or falls behind and says so.
class Sensor {
public:
    explicit Sensor(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address = Socket::address_of(path);
        if (::bind(listener_.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_.descriptor(), 1) != 0)
            give_up(path);
        for (unsigned i = 0; i < 1000; ++i)
            lines_.push_back(fmt::format(
                R"("fields":{{"ProcessId":{},"Image":"/usr/bin/tool{}","CommandLine":"/usr/bin/tool{} --number {}","User":"{}","LogonId":"0x{:x}"}}}})"
                "\n",
                1000 + i, i % 40, i % 40, i, kUsers[i % std::size(kUsers)], 1 + i % 30));
    }

    /// Waits for the server. One that finds that we have everything asks for everything.
    Socket greet() const {
        while (true) {
            Socket peer(::accept(listener_.descriptor(), nullptr, nullptr));
            std::string asked;
            peer.receive(asked);
            peer.send(R"({"schema":"spoor.stream/1","host":"BENCH","boot":"b","series":"s","oldest":1,"newest":0})"
                      "\n");
            if (asked.contains("after")) return peer;
        }
    }

    void send(const Socket& peer, double seconds, double rate) {
        const auto begun = Clock::now();
        std::string text;
        while ((took_ = Seconds(Clock::now() - begun).count()) < seconds) {
            const auto due = static_cast<std::uint64_t>(took_ * rate);
            if (due <= sent_) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                continue;
            }
            text.clear();
            add_events(std::min<std::uint64_t>(due - sent_, 2000), text);
            peer.send(text);
        }
    }

    std::uint64_t sent() const { return sent_; }
    double took() const { return took_; }

private:
    void add_events(std::uint64_t count, std::string& text) {
        const auto now = std::chrono::system_clock::now();
        const std::string time = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", now);
        for (; count > 0; --count) {
            fmt::format_to(
                std::back_inserter(text),
                R"({{"time":"{}","host":"BENCH","kind":"{}","outcome":"success","channel":"Linux kernel","sequence":{},)",
                time, kKinds[sent_ % std::size(kKinds)], sent_ + 1);
            text += lines_[sent_ % lines_.size()];
            ++sent_;
        }
    }

    Socket listener_;
    std::vector<std::string> lines_;  // what a line ends with: 1,000 processes do everything
    std::uint64_t sent_ = 0;
    double took_ = 0;
};

/// A connection to the server that stays.
class Client {
public:
    Client(Socket socket, const std::string& token) : socket_(std::move(socket)) {
        if (!token.empty()) bearer_ = fmt::format("Authorization: Bearer {}\r\n", token);
    }

    void begin(std::string_view method, std::string_view target) const {
        socket_.send(
            fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: 0\r\n\r\n", method, target, bearer_));
    }
    /// The head of the answer.
    std::string answered() {
        std::string head = socket_.receive_until("\r\n\r\n", rest_);
        if (!head.starts_with("HTTP/1.1 200")) give_up(head);
        return head;
    }
    /// The body of the answer to one request.
    std::string ask(std::string_view method, std::string_view target) {
        begin(method, target);
        const std::string head = answered();
        constexpr std::string_view kLength = "Content-Length: ";
        const std::size_t at = head.find(kLength);
        if (at == head.npos) give_up(head);
        const std::size_t length = std::stoull(head.substr(at + kLength.size()));
        while (rest_.size() < length) socket_.receive(rest_);
        return std::exchange(rest_, {});
    }

    const Socket& socket() const { return socket_; }

private:
    Socket socket_;
    std::string bearer_;
    std::string rest_;  // received and not yet taken
};

/// All live readers, on one thread. They count what comes and keep none of it.
class Readers {
public:
    Readers(std::uint16_t port, const std::string& token, unsigned count) : waiting_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (unsigned i = 0; i < count; ++i) {
            Client& client = readers_.emplace_back(Socket::to_port(port), token).client;
            client.begin("GET", fmt::format("/api/v1/live?q=ProcessId:+{}", 1000 + i % 10));
            client.answered();
            epoll_event event = {.events = EPOLLIN, .data = {.u32 = i}};
            if (::epoll_ctl(waiting_.descriptor(), EPOLL_CTL_ADD, client.socket().descriptor(), &event) != 0)
                give_up("epoll");
        }
    }

    void follow(const std::stop_token& stop) {
        epoll_event ready[256];
        while (!stop.stop_requested()) {
            const int count = ::epoll_wait(waiting_.descriptor(), ready, std::size(ready), 200);
            for (int i = 0; i < count; ++i) take(readers_[ready[i].data.u32]);
        }
    }

    std::size_t size() const { return readers_.size(); }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t missed() const { return missed_; }

private:
    struct Reader {
        Reader(Socket socket, const std::string& token) : client(std::move(socket), token) {}
        Client client;
        std::string rest;  // the beginning of a record
    };

    void take(Reader& reader) {
        std::string& text = reader.rest;
        reader.client.socket().receive(text);
        const std::size_t end = text.rfind("\n\n");
        if (end == text.npos) return;
        const std::string_view whole = std::string_view(text).substr(0, end);
        constexpr std::string_view kEvent = "\"kind\":";
        constexpr std::string_view kGap = "event: gap\n";
        for (std::size_t at = 0; (at = whole.find(kEvent, at)) != whole.npos; at += kEvent.size()) ++delivered_;
        for (std::size_t at = 0; (at = whole.find(kGap, at)) != whole.npos; at += kGap.size())
            missed_ += number_in(whole.substr(at), "from", "count");
        text.erase(0, end);
    }

    Socket waiting_;
    std::vector<Reader> readers_;
    std::atomic<std::uint64_t> delivered_ = 0;
    std::atomic<std::uint64_t> missed_ = 0;
};

/// `spoor serve`, a process of its own.
class Server {
public:
    explicit Server(const std::vector<std::string>& command) {
        int output[2];
        if (::pipe(output) != 0) give_up("a pipe");
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(output[1], STDOUT_FILENO);
            ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
            std::vector<char*> words;
            for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
            words.push_back(nullptr);
            ::execv(words.front(), words.data());
            ::_exit(127);
        }
        ::close(output[1]);
        std::string link;
        char byte = 0;
        while (::read(output[0], &byte, 1) == 1 && byte != '\n') link.push_back(byte);
        const std::size_t end = link.find("/login");
        if (end == link.npos) give_up("the server does not start");
        port_ = static_cast<std::uint16_t>(std::stoul(link.substr(link.rfind(':', end) + 1)));
    }
    ~Server() { stop(); }

    void stop() {
        if (process_ <= 0) return;
        ::kill(process_, SIGTERM);
        ::waitpid(std::exchange(process_, 0), nullptr, 0);
    }

    std::uint16_t port() const { return port_; }
    /// In seconds, so far.
    double processor_time() const {
        std::string text;
        std::getline(std::ifstream(fmt::format("/proc/{}/stat", process_)), text);
        std::istringstream fields(text.substr(text.rfind(')') + 2));
        std::string skipped;
        for (int i = 0; i < 11; ++i) fields >> skipped;
        double user = 0;
        double system = 0;
        fields >> user >> system;
        return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    double peak_megabytes() const {
        std::ifstream status(fmt::format("/proc/{}/status", process_));
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1000;
        return 0;
    }

private:
    pid_t process_ = 0;
    std::uint16_t port_ = 0;
};

double own_processor_time() {
    rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Asks searches at a steady rate, over several connections, and notes how long each took, in seconds.
std::vector<double> search(std::uint16_t port, const std::vector<std::string>& tokens, double rate, double seconds) {
    std::mutex mutex;
    std::vector<double> all;
    const auto begun = Clock::now();
    const auto end = begun + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
    std::vector<std::jthread> searchers;
    for (unsigned i = 0; i < kSearchers; ++i)
        searchers.emplace_back([&, i] {
            Client client(Socket::to_port(port), tokens[i]);
            std::vector<double> times;
            for (unsigned n = 0;; ++n) {
                const double due = (n + static_cast<double>(i) / kSearchers) * kSearchers / rate;
                const auto start =
                    std::max(begun + std::chrono::duration_cast<Clock::duration>(Seconds(due)), Clock::now());
                if (start >= end) break;
                std::this_thread::sleep_until(start);
                client.ask("GET", fmt::format("/api/v1/events?q={}&limit=100", kQueries[n % std::size(kQueries)]));
                times.push_back(Seconds(Clock::now() - start).count());
            }
            const std::lock_guard lock(mutex);
            all.insert(all.end(), times.begin(), times.end());
        });
    searchers.clear();
    std::ranges::sort(all);
    return all;
}

std::string output_of(const std::string& command) {
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) give_up(command);
    std::string text;
    for (int byte = 0; (byte = std::fgetc(pipe)) != EOF;) text.push_back(static_cast<char>(byte));
    ::pclose(pipe);
    return text;
}

struct Load {
    std::string spoor;
    unsigned readers = 1000;
    double seconds = 10;
    double events_a_second = 50'000;
    double searches_a_second = 200;
};

/// One for each connection that searches, and one for all readers.
std::vector<std::string> tokens_from(Client& client) {
    std::vector<std::string> tokens;
    for (unsigned i = 0; i <= kSearchers; ++i) {
        const std::string answer = client.ask("POST", fmt::format("/api/v1/tokens?name=bench{}&role=viewer", i));
        constexpr std::string_view kToken = "\"token\":\"";
        const std::size_t at = answer.find(kToken) + kToken.size();
        tokens.push_back(answer.substr(at, answer.find('"', at) - at));
    }
    return tokens;
}

void run(const Load& load, const std::string& folder) {
    const std::string store = folder + "/store";
    const std::string local = folder + "/server.sock";
    Sensor sensor(folder + "/events.sock");
    Server server({load.spoor, "serve", "--listen", "127.0.0.1:0", "--socket", local, "--store", store, "--sensor",
                   folder + "/events.sock"});
    const Socket peer = sensor.greet();
    Client own(Socket::to_path(local), "");
    const std::vector<std::string> tokens = tokens_from(own);
    Readers readers(server.port(), tokens.back(), load.readers);
    std::jthread following([&](const std::stop_token& stop) { readers.follow(stop); });

    const double server_before = server.processor_time();
    const double own_before = own_processor_time();
    const auto begun = Clock::now();
    std::jthread sending([&] { sensor.send(peer, load.seconds, load.events_a_second); });
    const std::vector<double> times = search(server.port(), tokens, load.searches_a_second, load.seconds);
    sending.join();
    const double took = Seconds(Clock::now() - begun).count();
    const double own_time = own_processor_time() - own_before;
    const double server_time = server.processor_time() - server_before;
    const std::uint64_t delivered = readers.delivered();

    const auto waited = Clock::now();
    std::string status;
    do {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        status = own.ask("GET", "/api/v1/status");
    } while ((number_in(status, "sensor", "events") < sensor.sent() || number_in(status, "store", "waiting") > 0) &&
             Clock::now() - waited < std::chrono::minutes(2));
    const double behind = Seconds(Clock::now() - waited).count();
    const double peak = server.peak_megabytes();
    following.request_stop();
    following.join();
    server.stop();
    const std::string stored =
        output_of(fmt::format("{} count 'host: BENCH' --store {} --format csv", load.spoor, store));

    const std::size_t head = stored.find('\n') + 1;
    const std::uint64_t events = number_in(status, "sensor", "events");
    fmt::print("events in:   {:.0f} a second for {:.0f} s; {:.1f} s behind in the end\n",
               static_cast<double>(sensor.sent()) / sensor.took(), sensor.took(), behind);
    fmt::print("lost:        {} between sensor and server, {} told as missed; `spoor count` says {}\n",
               sensor.sent() - events, number_in(status, "sensor", "missed"),
               stored.substr(head, stored.find(',', head) - head));
    fmt::print("readers:     {} live; {:.0f} events delivered a second, {} told as missed\n", readers.size(),
               static_cast<double>(delivered) / took, readers.missed());
    if (!times.empty())
        fmt::print("searches:    {:.0f} a second; median {:.0f} ms, 99 % within {:.0f} ms\n",
                   static_cast<double>(times.size()) / took, times[times.size() / 2] * 1e3,
                   times[times.size() * 99 / 100] * 1e3);
    fmt::print("processor:   in {:.1f} s the server {:.2f} s, the load {:.2f} s\n", took, server_time, own_time);
    fmt::print("memory:      {:.0f} MB at most\n", peak);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const auto word = [&](std::size_t at, double otherwise) {
        return at < words.size() ? std::stod(words[at]) : otherwise;
    };
    if (words.size() >= 4 && words[0] == "sensor") {
        Sensor sensor(words[1]);
        const Socket peer = sensor.greet();
        sensor.send(peer, word(2, 0), word(3, 0));
        return 0;
    }
    if (words.size() < 2 || words[0] != "load") {
        fmt::print(stderr, "usage: see the head of bench/server_load.cc\n");
        return 2;
    }
    std::string folder = std::filesystem::temp_directory_path() / "spoor-server-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) give_up(folder);
    run({.spoor = words[1],
         .readers = static_cast<unsigned>(word(2, 1000)),
         .seconds = word(3, 10),
         .events_a_second = word(4, 50'000),
         .searches_a_second = word(5, 200)},
        folder);
    std::filesystem::remove_all(folder);
    return 0;
}
