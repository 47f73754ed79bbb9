// RemoteArchive: the archive that a server on this machine owns, asked over its Unix socket.
//
// Every command works on it as on a store that it opened itself. Filters travel in the query language, answers as the
// codec has them.
#pragma once
#include <memory>
#include <string>

#include "remote/client.h"
#include "store/archive.h"

namespace spoor::remote {

/// Errc::NotFound when no server answers at the socket.
Result<std::unique_ptr<store::Archive>> open_remote(std::string socket);

}  // namespace spoor::remote
