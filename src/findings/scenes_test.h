// What the tests of findings build their scenes from.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "findings/finding.h"
#include "trails/scene_test.h"

namespace spoor::findings {

using trails::Scene;

inline std::vector<Rule> rules_seen(Scene& scene, const Settings& settings = {}) {
    const trails::Links links = scene.find();
    std::vector<Rule> rules;
    for (const Finding& finding : find(scene.history, links, scene.evidence, scene.catalog, settings))
        rules.push_back(finding.rule);
    return rules;
}

inline bool has(const std::vector<Rule>& rules, Rule rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

inline void fail_logons(Scene& scene, int count, std::string_view user_prefix, bool one_user, double apart = 1) {
    for (int i = 0; i < count; ++i) {
        const std::string user = one_user ? std::string(user_prefix) : std::string(user_prefix) + std::to_string(i);
        scene.event("FS01", 10 + i * apart, Kind::LogonFailed, 4625,
                    {{"TargetUserName"_field, user},
                     {"Status"_field, "0xc000006d"},
                     {"SubStatus"_field, "0xc000006a"},
                     {"LogonType"_field, "3"},
                     {"IpAddress"_field, "10.0.0.66"}});
    }
}

inline void tgt(Scene& scene, double seconds, std::string_view user, std::string_view address,
                std::string_view preauthentication = "2") {
    scene.event("DC01", seconds, Kind::TgtRequested, 4768,
                {{"TargetUserName"_field, user},
                 {"ServiceName"_field, "krbtgt"},
                 {"Status"_field, "0x0"},
                 {"PreAuthType"_field, preauthentication},
                 {"IpAddress"_field, address}});
}

inline void service_ticket(Scene& scene, double seconds, std::string_view user, std::string_view service,
                           std::string_view address, std::string_view encryption = "0x12") {
    scene.event("DC01", seconds, Kind::ServiceTicketRequested, 4769,
                {{"TargetUserName"_field, user},
                 {"ServiceName"_field, service},
                 {"Status"_field, "0x0"},
                 {"TicketEncryptionType"_field, encryption},
                 {"IpAddress"_field, address}});
}

/// A MaxMind database of two networks, written by hand (https://maxmind.github.io/MaxMind-DB): 203.0.113.0/24 lies in
/// Berlin and 198.51.100.0/24 in Tokyo.
class PlacesFile {
public:
    PlacesFile() {
        std::string data;
        const std::size_t berlin = add_place(data, 52.5, 13.4);
        const std::size_t tokyo = add_place(data, 35.7, 139.7);
        add_network(0xCB007100, 24, berlin);
        add_network(0xC6336400, 24, tokyo);
        std::string file;
        const auto count = static_cast<std::uint32_t>(nodes_.size());
        for (const auto& node : nodes_)
            for (const Branch& branch : node) {
                const std::uint32_t record = branch.node   ? branch.node
                                             : branch.data ? count + 16 + static_cast<std::uint32_t>(*branch.data)
                                                           : count;
                for (int shift = 16; shift >= 0; shift -= 8) file += static_cast<char>(record >> shift);
            }
        file += std::string(16, '\0') + data + "\xab\xcd\xefMaxMind.com";
        file += map(9);
        for (const auto& [key, value] :
             {std::pair("binary_format_major_version", 2u), std::pair("binary_format_minor_version", 0u),
              std::pair("ip_version", 4u), std::pair("record_size", 24u)})
            file += text(key) + number(value, 5, 2);
        file += text("node_count") + number(count, 6, 4) + text("build_epoch") + number(1, 9, 4) +
                text("database_type") + text("Test");
        file += text("languages") + std::string("\0\4", 2) + text("description") + map(0);
        path_ = folder_.write("places.mmdb", file);
    }

    const std::string& path() const { return path_; }

private:
    struct Branch {
        std::uint32_t node = 0;  // 0: none, for no branch leads to the root
        std::optional<std::size_t> data;
    };

    static std::string map(unsigned entries) { return std::string(1, static_cast<char>(7 << 5 | entries)); }
    static std::string text(std::string_view value) {
        return std::string(1, static_cast<char>(2 << 5 | value.size())).append(value);
    }
    /// Types above 7 are written in a byte of their own.
    static std::string number(std::uint32_t value, int type, int size) {
        std::string bytes(1, static_cast<char>((type > 7 ? 0 : type << 5) | size));
        if (type > 7) bytes += static_cast<char>(type - 7);
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
        return bytes;
    }
    static std::string real(double value) {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        std::string bytes(1, static_cast<char>(3 << 5 | 8));
        for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift);
        return bytes;
    }
    static std::size_t add_place(std::string& data, double latitude, double longitude) {
        const std::size_t at = data.size();
        data += map(1) + text("location") + map(2) + text("latitude") + real(latitude) + text("longitude") +
                real(longitude);
        return at;
    }
    void add_network(std::uint32_t address, int bits, std::size_t data) {
        std::size_t node = 0;
        for (int bit = 0; bit < bits; ++bit) {
            const std::size_t side = address >> (31 - bit) & 1;
            if (bit + 1 == bits) {
                nodes_[node][side].data = data;
            } else {
                if (nodes_[node][side].node == 0) {
                    nodes_[node][side].node = static_cast<std::uint32_t>(nodes_.size());
                    nodes_.emplace_back();
                }
                node = nodes_[node][side].node;
            }
        }
    }

    ScratchFolder folder_;
    std::string path_;
    std::vector<std::array<Branch, 2>> nodes_{1};
};

}  // namespace spoor::findings
