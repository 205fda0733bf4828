#include "triggers.h"

#include "bytes.h"
#include "goals.h"
#include "protocol.h"

static struct instant kept[KEPT_REPORTS]; /* at number mod KEPT_REPORTS */
static uint16_t run;
static uint32_t exposures;
static uint32_t handed_out;
static uint32_t pitch;
static uint32_t next_count;
static bool is_running;

void triggers_init(void)
{
    run = 0;
    exposures = handed_out = 0;
    is_running = false;
}

bool triggers_start(uint16_t asked_run, uint32_t pitch_counts)
{
    if (pitch_counts == 0 || pitch_counts > LONGEST_PITCH_COUNTS)
        return false;
    uint8_t before = port_irq_off();
    run = asked_run;
    exposures = handed_out = 0;
    pitch = pitch_counts;
    next_count = port_now().count + pitch;
    is_running = true;
    goals_aim_count();
    port_irq_restore(before);
    return true;
}

void triggers_stop(void)
{
    uint8_t before = port_irq_off();
    is_running = false;
    goals_aim_count();
    port_irq_restore(before);
}

void triggers_expose(struct instant now)
{
    while (is_running && is_reached(now.count, next_count)) {
        port_pulse_trigger();
        kept[exposures % KEPT_REPORTS] = (struct instant){.tick = now.tick, .count = next_count};
        exposures++;
        next_count += pitch;
    }
}

bool triggers_count_goal(uint32_t *count)
{
    *count = next_count;
    return is_running;
}

uint16_t triggers_run(void)
{
    return run; /* only the main loop changes it */
}

uint32_t triggers_exposures(void)
{
    uint8_t before = port_irq_off();
    uint32_t made = exposures;
    port_irq_restore(before);
    return made;
}

static uint32_t oldest_of(uint32_t made)
{
    return made > KEPT_REPORTS ? made - KEPT_REPORTS : 0;
}

uint32_t triggers_oldest(void)
{
    return oldest_of(triggers_exposures());
}

bool triggers_report(uint32_t number, struct report *report)
{
    uint8_t before = port_irq_off();
    bool is_kept = number < exposures && number >= oldest_of(exposures);
    struct instant at = kept[number % KEPT_REPORTS];
    port_irq_restore(before);
    *report = (struct report){.run = run, .number = number, .count = at.count, .tick = at.tick};
    return is_kept;
}

bool triggers_next_report(struct report *report)
{
    uint32_t oldest = triggers_oldest();
    if (handed_out < oldest)
        handed_out = oldest;
    if (!triggers_report(handed_out, report))
        return false;
    handed_out++;
    return true;
}
