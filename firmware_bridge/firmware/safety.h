/* Armed or not, and everything that ends it: heartbeat, emergency stop, watchdog. */
#ifndef SAFETY_H
#define SAFETY_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"
#include "protocol.h"

struct fault {
    enum safe_reason reason;
    struct instant at;
    uint16_t dropped;
};

void safety_start(bool was_watchdog, struct instant now);
void safety_watch(struct instant now); /* every turn, after what came from the host was read */
void safety_heard(uint32_t tick);      /* a valid frame came */

enum state safety_state(void);
enum safe_reason safety_reason(void);
enum result safety_arm(bool is_right_boot);
void safety_disarm(void);
void safety_greet(void); /* HELLO: disarm, and out of the safe state unless the stop is pressed */

/* The fault that was not told yet; false: none. */
bool safety_next_fault(struct fault *fault);

struct safety_counters {
    uint16_t emergency_stops;
    uint16_t heartbeats_lost;
};

struct safety_counters safety_counters(void);

#endif
