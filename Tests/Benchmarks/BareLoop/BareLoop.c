#define _GNU_SOURCE
#include "BareLoop.h"
#include "../../../Sources/Bindings/CLinux/send_ring.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t bare_loop_thread_time(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

static int send_to_all(const int *sockets, size_t count, const uint8_t *frame, size_t length) {
    for (size_t index = 0; index < count; index++) {
        if (send(sockets[index], frame, length, MSG_NOSIGNAL) != (ssize_t)length) return 0;
    }
    return 1;
}

enum { ring_entries = 1024 };

static int ring_to_all(
    struct hub_send_ring *ring, const int *sockets, size_t count, const uint8_t *frame, size_t length) {
    for (size_t first = 0; first < count; first += ring_entries) {
        size_t end = first + ring_entries < count ? first + ring_entries : count;
        for (size_t index = first; index < end; index++) {
            hub_send_ring_add(ring, sockets[index], frame, (unsigned)length, index);
        }
        if (hub_send_ring_submit(ring) != end - first) return 0;
        uint64_t mark;
        int32_t result;
        while (hub_send_ring_next(ring, &mark, &result)) {
            if ((size_t)result != length) return 0;
        }
    }
    return 1;
}

uint64_t bare_loop_run(
    const int *sockets, size_t count, const uint8_t *frames, size_t length, size_t rounds, uint64_t interval,
    uint64_t *starts, int by_ring) {
    struct hub_send_ring ring;
    if (by_ring && hub_send_ring_open(&ring, ring_entries) != 0) return UINT64_MAX;
    uint64_t begin = bare_loop_thread_time();
    uint64_t next = read_clock(CLOCK_MONOTONIC);
    int sent = 1;
    for (size_t round = 0; sent && round < rounds; round++) {
        next += interval;
        struct timespec wake = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) == EINTR) {}
        starts[round] = read_clock(CLOCK_MONOTONIC);
        const uint8_t *frame = frames + round * length;
        sent = by_ring ? ring_to_all(&ring, sockets, count, frame, length) : send_to_all(sockets, count, frame, length);
    }
    uint64_t time = bare_loop_thread_time() - begin;
    if (by_ring) hub_send_ring_close(&ring);
    return sent ? time : UINT64_MAX;
}

size_t bare_loop_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void bare_loop_counted(void (*body)(void *), void *context) { body(context); }

void bare_loop_place(int processor, int not_there) {
    cpu_set_t allowed, wanted;
    CPU_ZERO(&wanted);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    for (int index = 0; index < CPU_SETSIZE; index++) {
        if (CPU_ISSET(index, &allowed) && (index == processor) != (not_there != 0)) CPU_SET(index, &wanted);
    }
    if (CPU_COUNT(&wanted) > 0) sched_setaffinity(0, sizeof wanted, &wanted);
}

int bare_loop_open_instruction_counter(void) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

uint64_t bare_loop_read_instruction_counter(int counter) {
    uint64_t count = 0;
    return read(counter, &count, sizeof count) == sizeof count ? count : UINT64_MAX;
}
