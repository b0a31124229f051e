// io_uring by its system calls, for one use: many sends, handed to the kernel together and done when the call returns.
// <linux/io_uring.h> may be older than the kernel that it runs on, and the kernel older than the header: whoever opens a
// ring tries it before use.
#pragma once
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of one thread: the one that opens it.
struct hub_send_ring {
    int descriptor;
    unsigned queued;
    unsigned sends_mask, results_mask;
    unsigned *sends_tail, *results_head, *results_tail;
    struct io_uring_sqe *sends;
    struct io_uring_cqe *results;
    void *memory, *sends_memory;
    size_t memory_size, sends_memory_size;
};

// A part of the ring's memory.
static inline void *hub_send_ring_part(struct hub_send_ring *ring, unsigned offset) {
    return (char *)ring->memory + offset;
}

static inline void hub_send_ring_close(struct hub_send_ring *ring) {
    if (ring->sends_memory) munmap(ring->sends_memory, ring->sends_memory_size);
    if (ring->memory) munmap(ring->memory, ring->memory_size);
    if (ring->descriptor >= 0) close(ring->descriptor);
    memset(ring, 0, sizeof *ring);
    ring->descriptor = -1;
}

static inline void *hub_send_ring_map(struct hub_send_ring *ring, size_t size, long long part) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor, part);
    return memory == MAP_FAILED ? NULL : memory;
}

// Room for `entries` sends, a power of two. 0, or -1 with errno where the kernel has no such ring or does not allow it.
static inline int hub_send_ring_open(struct hub_send_ring *ring, unsigned entries) {
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    memset(ring, 0, sizeof *ring);
    // One thread submits, completions are posted only when it asks, and one send that fails does not stop the others.
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
    ring->descriptor = (int)syscall(SYS_io_uring_setup, entries, &parameters);
    if (ring->descriptor < 0) return -1;
    size_t sends = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    size_t results = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    ring->memory_size = sends > results ? sends : results;
    ring->sends_memory_size = parameters.sq_entries * sizeof(struct io_uring_sqe);
    // All kernels that know the flags above keep both queues in one mapping (IORING_FEAT_SINGLE_MMAP).
    ring->memory = hub_send_ring_map(ring, ring->memory_size, IORING_OFF_SQ_RING);
    ring->sends_memory = hub_send_ring_map(ring, ring->sends_memory_size, IORING_OFF_SQES);
    if (!ring->memory || !ring->sends_memory) {
        int failure = errno;
        hub_send_ring_close(ring);
        errno = failure;
        return -1;
    }
    ring->sends = (struct io_uring_sqe *)ring->sends_memory;
    ring->sends_mask = parameters.sq_entries - 1;
    ring->sends_tail = (unsigned *)hub_send_ring_part(ring, parameters.sq_off.tail);
    ring->results = (struct io_uring_cqe *)hub_send_ring_part(ring, parameters.cq_off.cqes);
    ring->results_mask = parameters.cq_entries - 1;
    ring->results_head = (unsigned *)hub_send_ring_part(ring, parameters.cq_off.head);
    ring->results_tail = (unsigned *)hub_send_ring_part(ring, parameters.cq_off.tail);
    unsigned *order = (unsigned *)hub_send_ring_part(ring, parameters.sq_off.array);
    for (unsigned index = 0; index < parameters.sq_entries; index++) order[index] = index;
    return 0;
}

// Queues one send; there must be room. The bytes must stay until hub_send_ring_submit has returned.
static inline void hub_send_ring_add(
    struct hub_send_ring *ring, int descriptor, const void *bytes, unsigned count, uint64_t mark) {
    struct io_uring_sqe *send = &ring->sends[(*ring->sends_tail + ring->queued) & ring->sends_mask];
    memset(send, 0, sizeof *send);
    send->opcode = IORING_OP_SEND;
    send->fd = descriptor;
    send->addr = (uint64_t)(uintptr_t)bytes;
    send->len = count;
    // MSG_DONTWAIT: what the socket does not take now is refused at once, and never waits inside the ring.
    send->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    send->user_data = mark;
    ring->queued++;
}

// Has the kernel do what is queued. Returns how many sends it took, in their order; those behind are forgotten.
static inline unsigned hub_send_ring_submit(struct hub_send_ring *ring) {
    unsigned queued = ring->queued, taken = 0;
    unsigned begin = *ring->sends_tail;
    ring->queued = 0;
    __atomic_store_n(ring->sends_tail, begin + queued, __ATOMIC_RELEASE);
    while (taken < queued) {
        // The call returns when all of its sends are done; where it took fewer, it does not wait.
        unsigned left = queued - taken;
        long count = syscall(SYS_io_uring_enter, ring->descriptor, left, left, IORING_ENTER_GETEVENTS, NULL, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        taken += (unsigned)count;
    }
    // The kernel reads the tail inside of the call alone, so what it did not take can be taken back.
    if (taken < queued) __atomic_store_n(ring->sends_tail, begin + taken, __ATOMIC_RELEASE);
    return taken;
}

// The mark of a send that the kernel did not take, counted from the first of them; right after hub_send_ring_submit.
static inline uint64_t hub_send_ring_untaken(struct hub_send_ring *ring, unsigned index) {
    return ring->sends[(*ring->sends_tail + index) & ring->sends_mask].user_data;
}

// The next result: bytes sent, or a negative errno. False where there is none.
static inline int hub_send_ring_next(struct hub_send_ring *ring, uint64_t *mark, int32_t *result) {
    unsigned head = *ring->results_head;
    if (head == __atomic_load_n(ring->results_tail, __ATOMIC_ACQUIRE)) return 0;
    struct io_uring_cqe *entry = &ring->results[head & ring->results_mask];
    *mark = entry->user_data;
    *result = entry->res;
    __atomic_store_n(ring->results_head, head + 1, __ATOMIC_RELEASE);
    return 1;
}
