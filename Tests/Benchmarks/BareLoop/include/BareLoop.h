// What the hub is measured against and with: the fan-out in C, and counts of what the process takes from malloc.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Sends a frame to every socket each round, a round each `interval` nanoseconds: what a hub does at the least. The frames
// are of one length and lie one behind the other. `by_ring` queues all sends of a round and submits them together by
// io_uring; otherwise each is a `send()`. Notes the start of each round in `starts` (CLOCK_MONOTONIC). Returns the CPU
// time of the calling thread over all rounds, waits included, in nanoseconds; UINT64_MAX where a socket did not take a
// whole frame, or there is no io_uring.
uint64_t bare_loop_run(
    const int *sockets, size_t count, const uint8_t *frames, size_t length, size_t rounds, uint64_t interval,
    uint64_t *starts, int by_ring);

// CPU time of the calling thread in nanoseconds.
uint64_t bare_loop_thread_time(void);

// The process's heap in use: bytes of all arenas, and of the blocks that malloc took from the kernel directly.
size_t bare_loop_heap_in_use(void);

// Calls of malloc and its kin by the calling thread, between `begin` and `end`.
void bare_loop_count_allocations(void);
uint64_t bare_loop_counted_allocations(void);

// Calls `body`; a function of its own, so that callgrind can be told to count only what runs inside of it.
void bare_loop_counted(void (*body)(void *), void *context);

// Keeps the calling thread on one processor, or, with `not_there`, off it where there is another. Threads that it starts
// inherit that.
void bare_loop_place(int processor, int not_there);

// A counter of the calling thread's instructions in user space; -1 where the kernel or the machine has none. Read it by
// the second; close it.
int bare_loop_open_instruction_counter(void);
uint64_t bare_loop_read_instruction_counter(int counter);
