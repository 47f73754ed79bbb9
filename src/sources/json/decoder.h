// Decoder: a block of JSON objects to events. One for each thread.
#pragma once
#include <string>
#include <vector>

#include "sources/json/framing.h"
#include "sources/json/layout.h"
#include "sources/json/local_clock.h"
#include "sources/windows/normalise.h"

namespace spoor::json {

/// What could not be read, and on which line.
struct Complaint {
    std::uint64_t line;
    std::string what;
};

/// What is known of a file before its events are read.
struct FileFacts {
    Framing framing = Framing::Lines;
    /// Tells files apart that number no records: see kCounted. 23 bits count.
    std::uint32_t mark = 0;
    /// For layouts that tell local time; nullptr takes their times for UTC.
    const LocalClock* clock = nullptr;
};

struct Decoded {
    Batch batch;
    std::vector<std::uint64_t> lines;  // of each event
    std::vector<Complaint> complaints;
};

class Decoder {
public:
    explicit Decoder(Catalog& catalog) : catalog_(catalog), normaliser_(catalog) {}

    /// Adds the events of `text`, whose objects are whole and whose first line has the number `first_line`. Behind the
    /// text Document::kPadding bytes must be readable.
    void decode(std::string_view text, std::uint64_t first_line, const FileFacts& facts, Decoded& to);

    /// Looks at the first object of `text` that can be read: does its layout tell local time?
    Clock clock_of(std::string_view text, Framing framing);

    /// Has `clock` learn from the objects of `text`.
    void survey(std::string_view text, std::uint64_t first_line, Framing framing, LocalClock& clock);

private:
    /// An event of ours stands in document_, a record of Windows in reading_.
    enum class Whose : std::uint8_t { Ours, Windows };
    Result<Whose> read(std::string_view object);

    Catalog& catalog_;
    windows::Normaliser normaliser_;
    Document document_;
    Reading reading_;
    Layout layout_ = Layout::Unknown;
};

}  // namespace spoor::json
