#include "safety.h"

#include "bytes.h"
#include "config.h"
#include "outputs.h"
#include "schedule.h"

#define RELEASE_TICKS (50 * TICKS_PER_MS) /* a contact that bounces is still pressed */

static enum state state;
static enum safe_reason last_reason;
static uint32_t heard_tick;
static volatile bool is_stop_seen; /* by the interrupt */
static bool is_pressed;
static uint32_t pressed_tick;
static struct fault fault;
static bool is_fault_untold;
static struct safety_counters counters;

static void go_safe(enum safe_reason reason, struct instant now)
{
    outputs_stop();
    state = SAFE;
    last_reason = reason;
    uint16_t dropped = schedule_drop_all();
    fault = (struct fault){.reason = reason, .at = now, .dropped = dropped};
    is_fault_untold = true;
}

void safety_start(bool was_watchdog, struct instant now)
{
    state = BOOTED;
    last_reason = NEVER_SAFE;
    is_stop_seen = is_pressed = is_fault_untold = false;
    counters = (struct safety_counters){0, 0};
    outputs_stop();
    if (was_watchdog)
        go_safe(WATCHDOG, now);
}

void sorter_emergency(void)
{
    outputs_stop();
    is_stop_seen = true;
}

static void watch_stop(struct instant now)
{
    bool is_down = port_is_stop_pressed();
    if (is_down || is_stop_seen) {
        is_stop_seen = false;
        pressed_tick = now.tick;
        if (is_pressed)
            return;
        is_pressed = true;
        counters.emergency_stops++;
        go_safe(EMERGENCY_STOP, now);
    } else if (is_pressed && now.tick - pressed_tick >= RELEASE_TICKS) {
        is_pressed = false;
    }
}

void safety_watch(struct instant now)
{
    watch_stop(now);
    if (state != ARMED || from_to(heard_tick, now.tick) < (int32_t)(config.heartbeat_ms * TICKS_PER_MS))
        return;
    counters.heartbeats_lost++;
    go_safe(HEARTBEAT_LOST, now);
}

void safety_heard(uint32_t tick)
{
    heard_tick = tick;
}

enum state safety_state(void)
{
    return state;
}

enum safe_reason safety_reason(void)
{
    return last_reason;
}

enum result safety_arm(bool is_right_boot)
{
    if (is_pressed)
        return STILL_PRESSED;
    if (state != READY && state != ARMED)
        return HELLO_NEEDED;
    if (!is_right_boot)
        return WRONG_BOOT;
    if (config_source() == DAMAGED)
        return CONFIG_DAMAGED;
    if (!outputs_allow())
        return STILL_PRESSED;
    state = ARMED;
    return OK;
}

void safety_disarm(void)
{
    outputs_stop();
    schedule_drop_all();
    if (state == ARMED)
        state = READY;
}

void safety_greet(void)
{
    safety_disarm();
    state = is_pressed ? SAFE : READY;
}

bool safety_next_fault(struct fault *untold)
{
    *untold = fault;
    bool has_one = is_fault_untold;
    is_fault_untold = false;
    return has_one;
}

struct safety_counters safety_counters(void)
{
    return counters;
}
