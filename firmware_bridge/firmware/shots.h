/* Is a shot taken, and if not, why not. */
#ifndef SHOTS_H
#define SHOTS_H

#include "port.h"
#include "protocol.h"
#include "schedule.h"

struct shot_counters {
    uint32_t scheduled;
    uint32_t refused;
};

extern struct shot_counters shot_counters;

/* `margin`: counts or ticks from now to its start. */
enum outcome shots_take(const struct shot *shot, bool is_armed, int32_t *margin);

#endif
