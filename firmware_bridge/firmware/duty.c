#include "duty.h"

#include "bytes.h"
#include "config.h"
#include "outputs.h"
#include "protocol.h"

#define GAUGE_TICKS (20 * TICKS_PER_MS) /* speed is measured over this */
#define DRAIN_TICKS (1UL << 25)         /* times 100 percent this stays below 2^32 */
#define UNKNOWN UINT32_MAX

struct budget {
    uint32_t level; /* hundredths of ticks, so that the drain needs no division */
    uint32_t tick;
};

static struct budget budgets[OUTPUTS];
static uint8_t tended;
static struct instant gauged;
static uint32_t gauge_ticks;
static int32_t gauge_counts;

void duty_start(struct instant now)
{
    for (uint8_t output = 0; output < OUTPUTS; output++)
        budgets[output] = (struct budget){.level = 0, .tick = now.tick};
    gauged = now;
    gauge_counts = 0;
}

static void drain(uint8_t output, uint32_t now_tick)
{
    struct budget *budget = &budgets[output];
    uint32_t ticks = now_tick - budget->tick;
    if (ticks > DRAIN_TICKS)
        ticks = DRAIN_TICKS;
    uint32_t drained = ticks * config.duty_percent[kind_of(output)];
    budget->level = budget->level > drained ? budget->level - drained : 0;
    budget->tick = budget->level ? budget->tick + ticks : now_tick;
}

void duty_tend(struct instant now)
{
    drain(tended, now.tick);
    tended = tended + 1 < OUTPUTS ? tended + 1 : 0;
    uint32_t ticks = now.tick - gauged.tick;
    if (ticks < GAUGE_TICKS)
        return;
    gauge_ticks = ticks;
    gauge_counts = from_to(gauged.count, now.count);
    gauged = now;
}

static uint32_t ticks_of(const struct shot *shot)
{
    if (shot->basis == BY_TICK)
        return shot->length;
    if (gauge_counts <= 0 || gauge_ticks > UINT16_MAX)
        return UNKNOWN;
    return shot->length * gauge_ticks / (uint32_t)gauge_counts;
}

static uint32_t cost(uint8_t output, uint32_t ticks)
{
    uint32_t longest = outputs_max_on_ticks(output);
    return 100 * (ticks < longest ? ticks : longest);
}

bool duty_book(const struct shot *shot, uint32_t now_tick)
{
    uint32_t ticks = ticks_of(shot), burst = 100UL * TICKS_PER_MS * config.burst_ms;
    uint32_t mask = shot->outputs;
    for (uint8_t output = 0; mask; output++, mask >>= 1) {
        if (!(mask & 1) || config.duty_percent[kind_of(output)] >= 100)
            continue;
        drain(output, now_tick);
        if (budgets[output].level + cost(output, ticks) > burst)
            return false;
    }
    mask = shot->outputs;
    for (uint8_t output = 0; mask; output++, mask >>= 1)
        if ((mask & 1) && config.duty_percent[kind_of(output)] < 100)
            budgets[output].level += cost(output, ticks);
    return true;
}
