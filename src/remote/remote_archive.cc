#include "remote/remote_archive.h"

#include <fmt/format.h>

#include "remote/codec.h"

namespace spoor::remote {
namespace {

std::string times(Timestamp from, Timestamp until) {
    return fmt::format("from={}&until={}", from.nanoseconds, until.nanoseconds);
}

/// Pieces of one answer, as they come.
class Pieces {
public:
    explicit Pieces(std::unique_ptr<Answer> answer) : answer_(std::move(answer)) {}

    /// The next piece, good until the next call; nothing behind the last.
    Result<std::optional<std::string_view>> next() {
        bytes_.erase(0, taken_);
        taken_ = 0;
        while (true) {
            std::string_view left = bytes_;
            if (const auto piece = Decoder::piece(left)) {
                taken_ = bytes_.size() - left.size();
                return piece;
            }
            if (!TRY(answer_->read(bytes_))) break;
        }
        if (!bytes_.empty()) return fail(Errc::Truncated, "the server broke off its answer");
        return std::nullopt;
    }

private:
    std::unique_ptr<Answer> answer_;
    std::string bytes_;
    std::size_t taken_ = 0;
};

class RemoteStream final : public store::EventStream {
public:
    RemoteStream(Pieces pieces, Catalog& catalog) : pieces_(std::move(pieces)), decoder_(catalog) {}

    Result<bool> next(Batch& batch) override {
        batch.clear();
        positions_.clear();
        while (batch.empty()) {
            const auto piece = TRY(pieces_.next());
            if (!piece) return false;
            TRY(decoder_.events(*piece, batch, positions_));
        }
        return true;
    }
    std::span<const store::Position> positions() const override { return positions_; }

private:
    Pieces pieces_;
    Decoder decoder_;
    std::vector<store::Position> positions_;
};

class RemoteArchive final : public store::Archive {
public:
    explicit RemoteArchive(std::string socket) : client_(std::move(socket)) {}

    Catalog& catalog() override { return catalog_; }

    Result<const History*> history() override {
        if (history_) return history_.get();
        auto history = std::make_unique<History>();
        TRY(with_answer("history", "", {},
                        [&](Decoder& decoder, std::string_view piece) { return decoder.history(piece, *history); }));
        history_ = std::move(history);
        return history_.get();
    }

    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery query) override {
        std::string parameters = fmt::format("{}&order={}", times(query.from, query.until),
                                             query.order == store::Order::OldestFirst ? "asc" : "desc");
        if (query.limit != UINT64_MAX) parameters += fmt::format("&limit={}", query.limit);
        if (query.after) parameters += fmt::format("&after={}-{}", query.after->time.nanoseconds, query.after->number);
        return std::make_unique<RemoteStream>(Pieces(TRY(ask("events", parameters, query.where))), catalog_);
    }

    Result<std::vector<store::Count>> count(const store::CountQuery& query) override {
        std::string parameters = fmt::format("{}&per={}", times(query.from, query.until), query.per.nanoseconds);
        for (const match::FieldRef& field : query.by) parameters += fmt::format("&by={}", percent_encoded(name(field)));
        return with_answer("counts", parameters, query.where,
                           [](Decoder& decoder, std::string_view piece) { return decoder.counts(piece); });
    }

    Result<std::vector<store::Holding>> holdings() override {
        return with_answer("holdings", "", {},
                           [](Decoder& decoder, std::string_view piece) { return decoder.holdings(piece); });
    }

    Result<store::Inventory> inventory() override {
        return with_answer("inventory", "", {},
                           [](Decoder& decoder, std::string_view piece) { return decoder.inventory(piece); });
    }

private:
    Result<std::unique_ptr<Answer>> ask(std::string_view part, const std::string& parameters,
                                        const match::Expr& where) const {
        return client_.ask("POST",
                           fmt::format("/api/v1/archive/{}{}{}", part, parameters.empty() ? "" : "?", parameters),
                           to_string(where));
    }

    /// For answers of one piece.
    template <typename Take>
    auto with_answer(std::string_view part, const std::string& parameters, const match::Expr& where, Take&& take)
        -> std::invoke_result_t<Take&, Decoder&, std::string_view> {
        Pieces pieces(TRY(ask(part, parameters, where)));
        const auto piece = TRY(pieces.next());
        if (!piece) return fail(Errc::Truncated, "the server broke off its answer");
        Decoder decoder(catalog_);
        return take(decoder, *piece);
    }

    Client client_;
    Catalog catalog_;
    std::unique_ptr<History> history_;
};

}  // namespace

Result<std::unique_ptr<store::Archive>> open_remote(std::string socket) {
    const Client client(socket);
    TRY(client.ask("GET", "/healthz"));
    return std::make_unique<RemoteArchive>(std::move(socket));
}

}  // namespace spoor::remote
