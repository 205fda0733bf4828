#include "fake_port.h"

#include <string.h>

#include "bytes.h"
#include "check.h"
#include "sorter.h"

uint8_t fake_eeprom[FAKE_EEPROM_BYTES];
int fake_writes_left = -1;
uint32_t fake_outputs;
bool fake_line_may_run;
bool fake_stop;
unsigned fake_rises[32];
unsigned fake_pulses;
uint8_t fake_sent[1 << 16];
unsigned fake_sent_bytes;
bool fake_was_watchdog;

static struct instant now;
static bool has_goal, has_alarm, is_irq_on;
static uint32_t goal, alarm_tick;
static uint8_t received[1 << 16];
static unsigned received_bytes, read_bytes;

bool port_start(void)
{
    has_goal = has_alarm = is_irq_on = false;
    received_bytes = read_bytes = fake_sent_bytes = 0;
    fake_outputs = 0;
    fake_line_may_run = false;
    return fake_was_watchdog;
}

void fake_power_up(uint32_t tick, uint32_t count)
{
    now = (struct instant){.tick = tick, .count = count};
    memset(fake_rises, 0, sizeof fake_rises);
    fake_pulses = 0;
    sorter_start();
}

/* An interrupt is served where interrupts are on; its routine may switch them on again by itself. */
static void interrupt(void (*routine)(void))
{
    CHECK(is_irq_on);
    is_irq_on = false;
    routine();
    is_irq_on = true;
}

static void serve(void)
{
    for (;;) {
        if (has_goal && is_reached(now.count, goal)) {
            interrupt(sorter_count_reached);
        } else if (has_alarm && is_reached(now.tick, alarm_tick)) {
            has_alarm = false;
            interrupt(sorter_alarm);
        } else {
            return;
        }
    }
}

void fake_turns(void)
{
    do
        serve();
    while (sorter_turn());
}

void fake_advance(uint32_t ticks, int32_t counts)
{
    struct instant from = now;
    uint32_t step = counts ? 1 : TICKS_PER_MS;
    for (uint32_t gone = 0; gone < ticks;) {
        uint32_t next = step;
        if (has_alarm && !is_reached(now.tick, alarm_tick) && alarm_tick - now.tick < next)
            next = alarm_tick - now.tick;
        gone = gone + next < ticks ? gone + next : ticks;
        now.tick = from.tick + gone;
        now.count = from.count + (uint32_t)((int64_t)counts * gone / ticks);
        serve();
        if (gone % TICKS_PER_MS == 0 || step > 1)
            fake_turns();
    }
    fake_turns();
}

void fake_receive(const uint8_t *bytes, unsigned length)
{
    if (read_bytes == received_bytes)
        read_bytes = received_bytes = 0;
    CHECK(received_bytes + length <= sizeof received);
    memcpy(received + received_bytes, bytes, length);
    received_bytes += length;
}

void port_irq_on(void)
{
    is_irq_on = true;
}

uint8_t port_irq_off(void)
{
    uint8_t before = is_irq_on;
    is_irq_on = false;
    return before;
}

void port_irq_restore(uint8_t before)
{
    is_irq_on = before;
}

struct instant port_now(void)
{
    return now;
}

void port_set_count_goal(uint32_t count)
{
    CHECK(!is_irq_on);
    has_goal = true;
    goal = count;
}

void port_clear_count_goal(void)
{
    CHECK(!is_irq_on);
    has_goal = false;
}

void port_set_alarm(uint32_t tick)
{
    CHECK(!is_irq_on);
    has_alarm = true;
    alarm_tick = tick;
}

void port_clear_alarm(void)
{
    CHECK(!is_irq_on);
    has_alarm = false;
}

void port_write_outputs(const uint8_t *mask, bool line_may_run)
{
    CHECK(!is_irq_on);
    uint32_t on = mask[0] | (uint32_t)mask[1] << 8 | (uint32_t)mask[2] << 16;
    for (int output = 0; output < 32; output++)
        fake_rises[output] += (on & ~fake_outputs) >> output & 1;
    fake_outputs = on;
    fake_line_may_run = line_may_run;
}

void port_pulse_trigger(void)
{
    CHECK(!is_irq_on);
    fake_pulses++;
}

void port_set_wiring(bool encoder_reversed, bool trigger_active_low, uint16_t trigger_pulse_us)
{
    (void)encoder_reversed, (void)trigger_active_low, (void)trigger_pulse_us;
}

bool port_is_stop_pressed(void)
{
    return fake_stop;
}

void port_write_lamp(bool on)
{
    (void)on;
}

int16_t port_read_byte(void)
{
    return read_bytes < received_bytes ? received[read_bytes++] : -1;
}

uint8_t port_tx_room(void)
{
    return 255;
}

void port_write_byte(uint8_t byte)
{
    if (fake_sent_bytes == sizeof fake_sent)
        fake_sent_bytes = 0;
    fake_sent[fake_sent_bytes++] = byte;
}

bool port_eeprom_is_ready(void)
{
    return true;
}

uint8_t port_eeprom_read(uint16_t address)
{
    CHECK(address < FAKE_EEPROM_BYTES);
    return fake_eeprom[address];
}

void port_eeprom_write(uint16_t address, uint8_t byte)
{
    CHECK(address < FAKE_EEPROM_BYTES);
    if (fake_writes_left == 0)
        return;
    fake_eeprom[address] = byte;
    if (fake_writes_left > 0)
        fake_writes_left--;
}

struct port_errors port_errors(void)
{
    return (struct port_errors){0, 0};
}

void port_feed_watchdog(void) {}

void port_idle(void) {}
