#include "model/catalog.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/check.h"
#include "base/hash.h"
#include "base/text_pool.h"
#include "base/unicode.h"

namespace spoor {
namespace {

constexpr std::size_t kMostAddedFields = 40'000;
constexpr std::size_t kMostChannels = 20'000;

/// A list that grows at the end while others read it: blocks never move, and the count is published last.
template <typename T>
class GrowingList {
public:
    std::size_t size() const { return size_.load(std::memory_order_acquire); }

    const T& operator[](std::size_t index) const {
        CHECK(index < size());
        return blocks_[index / kBlock].load(std::memory_order_acquire)[index % kBlock];
    }
    T& at(std::size_t index) { return const_cast<T&>(std::as_const(*this)[index]); }

    bool full() const { return size() == kBlock * kBlocks; }

    std::size_t add(T value) {
        const std::size_t index = size();
        CHECK(!full());
        auto& block = blocks_[index / kBlock];
        if (!block.load(std::memory_order_relaxed)) block.store(new T[kBlock], std::memory_order_release);
        block.load(std::memory_order_relaxed)[index % kBlock] = std::move(value);
        size_.store(index + 1, std::memory_order_release);
        return index;
    }

    ~GrowingList() {
        for (auto& block : blocks_) delete[] block.load();
    }

private:
    static constexpr std::size_t kBlock = 1024;
    static constexpr std::size_t kBlocks = 1024;
    std::array<std::atomic<T*>, kBlocks> blocks_{};
    std::atomic<std::size_t> size_ = 0;
};

struct Host {
    std::string_view name;
    std::atomic<const std::string_view*> full_name = nullptr;
    Host() = default;
    explicit Host(std::string_view text) : name(text) {}
    Host& operator=(Host&& other) noexcept {
        name = other.name;
        full_name = other.full_name.load();
        return *this;
    }
};

std::string upper_ascii(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return upper;
}

bool is_address(std::string_view name) { return IpAddress::parse(name).has_value(); }

}  // namespace

struct Catalog::Names {
    mutable std::mutex mutex;
    TextPool texts;
    GrowingList<Host> hosts;
    GrowingList<std::string_view> channels;
    GrowingList<std::string_view> fields;
    std::unordered_map<std::string, HostId, TextHash, std::equal_to<>> host_by_key;  // spelling as met -> host
    std::unordered_map<std::string, HostId, TextHash, std::equal_to<>> host_by_label;
    std::unordered_map<std::string_view, ChannelId, TextHash> channel_by_name;
    std::unordered_map<std::string_view, FieldId, TextHash> field_by_name;
    std::vector<std::unique_ptr<std::string_view>> full_names;

    HostId add_host(std::string_view name) { return static_cast<HostId>(hosts.add(Host(texts.intern(name)))); }

    void set_full_name(HostId id, std::string_view name) {
        full_names.push_back(std::make_unique<std::string_view>(texts.intern(name)));
        hosts.at(static_cast<std::size_t>(id)).full_name.store(full_names.back().get(), std::memory_order_release);
    }

    /// A service's name spells its host in capitals; the host's own spelling is better, whichever comes first.
    void prefer_own_spelling(HostId id, std::string_view name) {
        const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
        const std::string_view* const full =
            hosts[static_cast<std::size_t>(id)].full_name.load(std::memory_order_relaxed);
        if (full == nullptr || full->size() != name.size() || std::ranges::any_of(*full, is_lower)) return;
        if (std::ranges::any_of(name, is_lower)) set_full_name(id, name);
    }
};

Catalog::Catalog() : names_(std::make_unique<Names>()) {
    names_->hosts.add(Host(""));
    names_->channels.add("");
    names_->fields.add("Overflow");
}
Catalog::~Catalog() = default;

HostId Catalog::host(std::string_view name) {
    name = trimmed(name);
    if (name.empty()) return HostId::None;
    const std::string key = upper_ascii(name);
    const std::scoped_lock lock(names_->mutex);
    if (const auto found = names_->host_by_key.find(key); found != names_->host_by_key.end()) {
        names_->prefer_own_spelling(found->second, name);
        return found->second;
    }

    const bool qualified = key.contains('.') && !is_address(key);
    const std::string label = qualified ? key.substr(0, key.find('.')) : key;
    const auto by_label = names_->host_by_label.find(label);
    HostId id;
    if (by_label == names_->host_by_label.end()) {
        id = names_->add_host(label);
        names_->host_by_label.emplace(label, id);
        if (qualified) names_->set_full_name(id, name);
    } else if (!qualified) {
        id = by_label->second;
    } else if (!names_->hosts[static_cast<std::size_t>(by_label->second)].full_name.load()) {
        id = by_label->second;
        names_->set_full_name(id, name);
    } else {
        id = names_->add_host(key);
        names_->set_full_name(id, name);
    }
    names_->host_by_key.emplace(key, id);
    return id;
}

std::string_view Catalog::host_name(HostId id) const { return names_->hosts[static_cast<std::size_t>(id)].name; }

std::string_view Catalog::host_full_name(HostId id) const {
    const Host& host = names_->hosts[static_cast<std::size_t>(id)];
    const std::string_view* const full = host.full_name.load(std::memory_order_acquire);
    return full ? *full : host.name;
}

std::size_t Catalog::host_count() const { return names_->hosts.size(); }

ChannelId Catalog::channel(std::string_view name) {
    if (name.empty()) return ChannelId::None;
    const std::scoped_lock lock(names_->mutex);
    if (const auto found = names_->channel_by_name.find(name); found != names_->channel_by_name.end())
        return found->second;
    if (names_->channels.size() >= kMostChannels) return ChannelId::None;
    const std::string_view kept = names_->texts.intern(name);
    const auto id = static_cast<ChannelId>(names_->channels.add(kept));
    names_->channel_by_name.emplace(kept, id);
    return id;
}

std::string_view Catalog::channel_name(ChannelId id) const { return names_->channels[static_cast<std::size_t>(id)]; }

std::size_t Catalog::channel_count() const { return names_->channels.size(); }

FieldId Catalog::field(std::string_view name) {
    if (const auto known = find_field(name)) return *known;
    const std::scoped_lock lock(names_->mutex);
    if (const auto found = names_->field_by_name.find(name); found != names_->field_by_name.end()) return found->second;
    if (names_->fields.size() >= kMostAddedFields) return static_cast<FieldId>(kFieldCount);
    const std::string_view kept = names_->texts.intern(name);
    const auto id = static_cast<FieldId>(kFieldCount + names_->fields.add(kept));
    names_->field_by_name.emplace(kept, id);
    return id;
}

std::string_view Catalog::field_name(FieldId id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < kFieldCount ? kFields[index].name : names_->fields[index - kFieldCount];
}

FieldType Catalog::field_type(FieldId id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < kFieldCount ? kFields[index].type : FieldType::Text;
}

std::size_t Catalog::field_count() const { return kFieldCount + names_->fields.size(); }

}  // namespace spoor
