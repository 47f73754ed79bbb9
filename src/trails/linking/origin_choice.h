// OriginChoice: which of a user's sessions on the client a logon came from, by signs of dealing with the server then.
#pragma once
#include <vector>

#include "trails/linking/client_signs.h"

namespace spoor::trails {

/// Sessions that may be the origin, and how sure each is at most.
struct Chosen {
    std::vector<std::uint32_t> sessions;
    Strength strength = Strength::Strong;
};

class OriginChoice {
public:
    OriginChoice(const Linking& linking, const ClientSigns& signs) : linking_(linking), signs_(signs) {}

    /// One session is strong; several are, and the halves of a pair that programs run in, where signs single one out.
    /// `time` is that of the logon on the client's clock, `kind` how it came in, as far as that is known.
    Chosen among(std::vector<std::uint32_t> from, const Session& logon, Timestamp time, LinkKind kind) const;

private:
    using Sessions = std::vector<std::uint32_t>;
    /// Network sessions of the user in which programs ran by then: an intruder's, beside the user's own desktop.
    Sessions others_with_programs(const Sessions& known, const Session& logon, Timestamp time) const;
    bool ran_programs_by(std::uint32_t session, Timestamp time) const;
    Sessions that_called(const Sessions& sessions, const Session& logon, Timestamp time) const;
    Sessions that_asked_wmi(const Sessions& sessions, const Session& logon) const;
    Sessions that_name(const Sessions& sessions, HostId server, Timestamp time) const;
    Sessions that_reach(const Sessions& sessions, HostId server, Timestamp time) const;

    const Linking& linking_;
    const ClientSigns& signs_;
};

}  // namespace spoor::trails
