#include "shots.h"

#include "bytes.h"
#include "config.h"
#include "duty.h"
#include "outputs.h"

struct shot_counters shot_counters;

static bool is_legal(const struct shot *shot, int32_t margin)
{
    if (!shot->outputs || shot->outputs >> OUTPUTS || !shot->length)
        return false;
    if (shot->basis == BY_ENCODER)
        return margin <= (int32_t)config.horizon_counts;
    uint32_t mask = shot->outputs;
    for (uint8_t output = 0; mask; output++, mask >>= 1)
        if ((mask & 1) && shot->length > outputs_max_on_ticks(output))
            return false;
    return margin <= (int32_t)(config.horizon_ms * TICKS_PER_MS);
}

static enum outcome judge(const struct shot *shot, bool is_armed, int32_t margin, uint32_t now_tick)
{
    if (!is_armed)
        return UNARMED;
    if (!is_legal(shot, margin))
        return ILLEGAL;
    int32_t least = shot->basis == BY_ENCODER ? config.min_lead_counts : config.min_lead_us / (1000000 / TICK_HZ);
    if (margin < least)
        return LATE;
    if (!schedule_free())
        return FULL;
    return duty_book(shot, now_tick) ? SCHEDULED : DUTY;
}

enum outcome shots_take(const struct shot *shot, bool is_armed, int32_t *margin)
{
    struct instant now = port_now();
    *margin = from_to(shot->basis == BY_ENCODER ? now.count : now.tick, shot->start);
    enum outcome outcome = judge(shot, is_armed, *margin, now.tick);
    if (outcome == SCHEDULED) {
        shot_counters.scheduled++;
        schedule_add(shot);
    } else {
        shot_counters.refused++;
    }
    return outcome;
}
