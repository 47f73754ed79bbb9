// Heap: what the allocator keeps of memory that was freed.
#pragma once

namespace spoor {

/// Gives memory that was freed, but lies between pieces that are in use, back to the system. Worth calling where many
/// megabytes of small pieces were let go and other things will be allocated; it takes a millisecond or so.
void return_freed_memory();

}  // namespace spoor
