#include "outputs.h"

#include <string.h>

#include "bytes.h"
#include "config.h"
#include "port.h"
#include "protocol.h"

static uint8_t holders[OUTPUTS]; /* shots that hold this output on */
static uint32_t since[OUTPUTS];  /* tick */
static uint32_t on;              /* what the pins show while outputs are allowed */
static uint32_t let_go;          /* released since the last outputs_write */
static uint32_t next_cut;        /* not later than the first cut that is due */
static uint32_t cuts;
static uint32_t max_on_ticks[OUTPUTS];
static volatile bool is_allowed;

void outputs_start(void)
{
    is_allowed = false;
    cuts = 0;
    outputs_forget();
}

static void write_pins(void)
{
    uint8_t before = port_irq_off();
    port_write_outputs(is_allowed ? on : 0, is_allowed && !(on & 1UL << LINE_STOP));
    port_irq_restore(before);
}

bool outputs_allow(void)
{
    uint8_t before = port_irq_off();
    is_allowed = !port_is_stop_pressed();
    write_pins();
    port_irq_restore(before);
    return is_allowed;
}

void outputs_stop(void)
{
    uint8_t before = port_irq_off();
    is_allowed = false;
    port_write_outputs(0, false);
    port_irq_restore(before);
}

uint32_t outputs_on(void)
{
    uint8_t before = port_irq_off();
    uint32_t mask = is_allowed ? on : 0;
    port_irq_restore(before);
    return mask;
}

void outputs_set_limits(void)
{
    for (uint8_t output = 0; output < OUTPUTS; output++)
        max_on_ticks[output] = config.max_on_ms[kind_of(output)] * TICKS_PER_MS;
}

uint32_t outputs_max_on_ticks(uint8_t output)
{
    return max_on_ticks[output];
}

static void note_cut(uint32_t tick)
{
    if (from_to(next_cut, tick) < 0)
        next_cut = tick;
}

void outputs_hold(uint32_t mask, uint32_t tick)
{
    uint32_t bit = 1;
    for (uint8_t output = 0; mask; output++, mask >>= 1, bit <<= 1) {
        if (!(mask & 1))
            continue;
        holders[output]++;
        if (on & bit)
            continue;
        since[output] = tick;
        uint32_t cut = tick + max_on_ticks[output];
        if (on)
            note_cut(cut);
        else
            next_cut = cut;
        on |= bit;
    }
}

void outputs_release(uint32_t mask)
{
    let_go |= mask;
    for (uint8_t output = 0; mask; output++, mask >>= 1)
        if (mask & 1)
            holders[output]--;
}

void outputs_forget(void)
{
    memset(holders, 0, sizeof holders);
    on = let_go = 0;
}

void outputs_write(void)
{
    uint32_t mask = let_go;
    let_go = 0;
    uint32_t off = 0, bit = 1;
    for (uint8_t output = 0; mask; output++, mask >>= 1, bit <<= 1)
        if ((mask & 1) && !holders[output])
            off |= bit;
    uint8_t before = port_irq_off();
    on &= ~off;
    write_pins();
    port_irq_restore(before);
}

bool outputs_next_cut(uint32_t *tick)
{
    *tick = next_cut;
    return on != 0;
}

uint32_t outputs_cut(uint32_t now_tick)
{
    uint32_t cut = 0, bit = 1;
    next_cut = now_tick + (1UL << 30);
    for (uint8_t output = 0; output < OUTPUTS; output++, bit <<= 1) {
        if (!(on & bit))
            continue;
        uint32_t end = since[output] + max_on_ticks[output];
        if (!is_reached(now_tick, end)) {
            note_cut(end);
            continue;
        }
        cut |= bit;
        holders[output] = 0;
        cuts++;
    }
    uint8_t before = port_irq_off();
    on &= ~cut;
    port_irq_restore(before);
    return cut;
}

uint32_t outputs_cuts(void)
{
    uint8_t before = port_irq_off();
    uint32_t counted = cuts;
    port_irq_restore(before);
    return counted;
}
