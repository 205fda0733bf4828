#include "outputs.h"

#include <string.h>

#include "bytes.h"
#include "config.h"
#include "port.h"
#include "protocol.h"

#define LINE_STOP_BYTE (LINE_STOP / 8)
#define LINE_STOP_BIT (1 << LINE_STOP % 8)

static uint8_t holders[8 * MASK_BYTES]; /* shots that hold this output on */
static uint32_t since[8 * MASK_BYTES];  /* tick */
static uint32_t max_on_ticks[8 * MASK_BYTES];
static uint8_t on[MASK_BYTES];     /* what the pins show while outputs are allowed */
static uint8_t let_go[MASK_BYTES]; /* released since the last outputs_write */
static const uint8_t nothing[MASK_BYTES];
static bool has_cut;
static uint32_t next_cut; /* not later than the first cut that is due */
static uint32_t cuts;
static volatile bool is_allowed;

void outputs_start(void)
{
    is_allowed = has_cut = false;
    cuts = 0;
    outputs_forget();
}

/* Interrupts off. */
static void write_pins(void)
{
    if (is_allowed)
        port_write_outputs(on, !(on[LINE_STOP_BYTE] & LINE_STOP_BIT));
    else
        port_write_outputs(nothing, false);
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
    write_pins();
    port_irq_restore(before);
}

uint32_t outputs_on(void)
{
    uint8_t before = port_irq_off();
    uint32_t mask = is_allowed ? on[0] | (uint32_t)on[1] << 8 | (uint32_t)on[2] << 16 : 0;
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
    if (has_cut && from_to(next_cut, tick) >= 0)
        return;
    next_cut = tick;
    has_cut = true;
}

void outputs_hold(const uint8_t *mask, uint32_t tick)
{
    for (uint8_t byte = 0; byte < MASK_BYTES; byte++) {
        uint8_t output = 8 * byte, bit = 1;
        for (uint8_t left = mask[byte]; left; left >>= 1, bit <<= 1, output++) {
            if (!(left & 1))
                continue;
            holders[output]++;
            if (on[byte] & bit)
                continue;
            on[byte] |= bit;
            since[output] = tick;
            note_cut(tick + max_on_ticks[output]);
        }
    }
}

void outputs_release(const uint8_t *mask)
{
    for (uint8_t byte = 0; byte < MASK_BYTES; byte++) {
        uint8_t output = 8 * byte;
        let_go[byte] |= mask[byte];
        for (uint8_t left = mask[byte]; left; left >>= 1, output++)
            if (left & 1)
                holders[output]--;
    }
}

void outputs_forget(void)
{
    memset(holders, 0, sizeof holders);
    memset(on, 0, sizeof on);
    memset(let_go, 0, sizeof let_go);
}

/* Bits of the released outputs that no shot holds any more. */
static uint8_t take_let_go(uint8_t byte)
{
    uint8_t off = 0, output = 8 * byte, bit = 1;
    for (uint8_t left = let_go[byte]; left; left >>= 1, bit <<= 1, output++)
        if ((left & 1) && !holders[output])
            off |= bit;
    let_go[byte] = 0;
    return off;
}

void outputs_write(void)
{
    for (uint8_t byte = 0; byte < MASK_BYTES; byte++)
        if (let_go[byte])
            on[byte] &= ~take_let_go(byte);
    uint8_t before = port_irq_off();
    write_pins();
    port_irq_restore(before);
}

bool outputs_next_cut(uint32_t *tick)
{
    *tick = next_cut;
    return has_cut;
}

static bool cut_where_due(uint8_t output, uint32_t now_tick)
{
    uint32_t end = since[output] + max_on_ticks[output];
    if (!is_reached(now_tick, end)) {
        note_cut(end);
        return false;
    }
    holders[output] = 0;
    cuts++;
    return true;
}

bool outputs_cut(uint32_t now_tick, uint8_t *mask)
{
    bool has_any = has_cut = false;
    for (uint8_t byte = 0; byte < MASK_BYTES; byte++) {
        uint8_t cut = 0, output = 8 * byte, bit = 1;
        for (uint8_t left = on[byte]; left; left >>= 1, bit <<= 1, output++)
            if ((left & 1) && cut_where_due(output, now_tick))
                cut |= bit;
        mask[byte] = cut;
        on[byte] &= ~cut;
        has_any |= cut;
    }
    return has_any;
}

uint32_t outputs_cuts(void)
{
    uint8_t before = port_irq_off();
    uint32_t counted = cuts;
    port_irq_restore(before);
    return counted;
}
