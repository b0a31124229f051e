// Lets a test stand in for the kernel on the threads that ask for it.
//
// The linker's --wrap sends each call below of the whole test program through ScriptedKernel.c. So what is tested is what
// is shipped, byte for byte: the sources have no seam, the release build has no indirection, and whatever becomes of the
// code between the loop and its sockets, the script still answers its system calls.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What a callback answers for a descriptor that the script does not know: the real kernel is asked.
enum { scripted_not_ours = -4096 };

typedef struct {
    uint32_t events;
    uint64_t token;
} scripted_event;

// Each answers like its system call, with a negated errno where that returns -1.
typedef struct {
    void *kernel;
    long (*receive)(void *kernel, int descriptor, uint8_t *bytes, size_t count);
    long (*send)(void *kernel, int descriptor, const uint8_t *bytes, size_t count);
    long (*accept)(void *kernel, int listener, uint32_t *ipv4, uint16_t *port);
    long (*close)(void *kernel, int descriptor);
    long (*shut_down)(void *kernel, int descriptor, int how);
    long (*set_option)(void *kernel, int descriptor);
    long (*control)(void *kernel, int operation, int descriptor, uint32_t events, uint64_t token);
    long (*wait)(void *kernel, scripted_event *events, int capacity, int milliseconds);
    uint64_t (*nanoseconds)(void *kernel, int is_wall_clock);
} scripted_kernel;

// Answers the calling thread's system calls from now on; NULL: the real kernel does again. `kernel` is not copied.
void scripted_kernel_install(const scripted_kernel *kernel);
