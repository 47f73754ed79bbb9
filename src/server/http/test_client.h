// TestClient: a blocking client that sends exactly the bytes it is given. For tests only; real clients are politer.
#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace spoor::server {

class TestClient {
public:
    explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        give_up_after(10);
    }
    explicit TestClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        give_up_after(10);
    }
    TestClient(TestClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
    ~TestClient() {
        if (socket_ >= 0) ::close(socket_);
    }

    bool connected() const { return connected_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// What comes until the server closes, or until `until` has been seen.
    std::string receive(std::string_view until = {}) {
        std::string all;
        char buffer[16384];
        while (until.empty() || all.find(until) == all.npos) {
            const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        return all;
    }

    /// Sends one request that asks to close, and returns the whole answer.
    std::string ask(std::string_view method, std::string_view target, std::string_view more_headers = {},
                    std::string_view body = {}) {
        std::string request = std::string(method) + " " + std::string(target) +
                              " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + std::string(more_headers);
        if (!body.empty() || method == "POST" || method == "PUT")
            request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        request += "\r\n" + std::string(body);
        send(request);
        return receive();
    }

private:
    void give_up_after(int seconds) const {
        const timeval limit = {.tv_sec = seconds, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    int socket_;
    bool connected_ = false;
};

/// 200 from "HTTP/1.1 200 OK..."; 0 when it is no answer.
inline int status_of(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") && answer.size() > 12 ? std::atoi(std::string(answer.substr(9, 3)).c_str())
                                                                 : 0;
}

inline std::string body_of(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == answer.npos ? std::string() : std::string(answer.substr(end + 4));
}

}  // namespace spoor::server
