/* Board: ATmega2560 at 16 MHz (Arduino Mega 2560). The pin map is drawn in docs/firmware.md.
 *
 *   port A      valves 0 to 7            D22 to D29
 *   port C      valves 8 to 15           D37 to D30
 *   PL0         gate                     D49
 *   PL1         marker                   D48
 *   PL2         line stop, high: run     D47
 *   PL3         camera trigger           D46
 *   PE4 PE5     encoder A and B          D2 D3, pulled up
 *   PD3         emergency stop, low: ok  D18, pulled up, so a broken wire is a stop
 *   PB7         lamp                     D13
 *   PE0 PE1     serial line              D0 D1, USB
 *
 * Timer 1 is the clock and runs free; timer 3 is the alarm, timer 4 ends the trigger pulse, timer 0 wakes the
 * main loop. Never write a compare register of timer 1: simulators then make its count jump. */
#include "port.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "protocol.h"

#ifndef BAUD
#define BAUD 500000UL
#endif
#define BAUD_DIVISOR ((F_CPU / 4 / BAUD + 1) / 2 - 1) /* double speed: F_CPU / 8 / BAUD, rounded, less 1 */

#define GATE_PIN _BV(PL0)
#define MARKER_PIN _BV(PL1)
#define RUN_PIN _BV(PL2)
#define TRIGGER_PIN _BV(PL3)
#define ENCODER_PINS (_BV(PE4) | _BV(PE5))
#define STOP_PIN _BV(PD3)
#define LAMP_PIN _BV(PB7)
#define CLOCK_64 (_BV(CS11) | _BV(CS10)) /* 4 us, the same bits in timers 1, 3 and 4 */

#define LOST_PULSE 2
static int8_t encoder_step[16]; /* by lines before and after: +1, -1, 0 or LOST_PULSE */
static uint8_t encoder_lines;
static volatile uint32_t count;
static uint32_t count_goal;
static volatile bool has_count_goal;

static uint32_t tick;
static uint16_t last_timer;

static volatile uint8_t rx_ring[256], rx_head, rx_tail; /* the index wraps by itself */
static volatile uint8_t tx_ring[256], tx_head, tx_tail;
static struct port_errors errors;

static uint16_t pulse_ticks;
static uint8_t trigger_idle; /* level of the trigger pin between pulses */

static uint8_t reset_cause __attribute__((section(".noinit")));

/* Before main: after a watchdog reset the watchdog still runs, and short. */
void save_reset_cause(void) __attribute__((naked, used, section(".init3")));
void save_reset_cause(void)
{
    reset_cause = MCUSR;
    MCUSR = 0;
    wdt_disable();
}

static void start_pins(void)
{
    PORTA = PORTC = 0;
    PORTL = 0;
    DDRA = DDRC = 0xff;
    DDRL = GATE_PIN | MARKER_PIN | RUN_PIN | TRIGGER_PIN;
    DDRB = LAMP_PIN;
    EICRA = _BV(ISC30);
    EICRB = _BV(ISC40) | _BV(ISC50); /* any edge; before the pins are pulled up, else simavr polls their level */
    PORTE = ENCODER_PINS;
    PORTD = STOP_PIN;
}

static void start_timers(void)
{
    TCCR1B = CLOCK_64;
    TCCR0A = _BV(WGM01);
    OCR0A = F_CPU / 64 / 1000 - 1;
    TIMSK0 = _BV(OCIE0A);
    TCCR0B = _BV(CS01) | _BV(CS00);
}

static void start_inputs(void)
{
    EIFR = _BV(INTF3) | _BV(INTF4) | _BV(INTF5);
    EIMSK = _BV(INT3) | _BV(INT4) | _BV(INT5);
    encoder_lines = PINE >> PE4 & 3;
}

static void start_serial(void)
{
    UCSR0A = _BV(U2X0); /* before the divisor: simavr takes the rate when that is written */
    UBRR0 = BAUD_DIVISOR;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

bool port_start(void)
{
    cli();
    start_pins();
    start_timers();
    port_set_wiring(false, false, 100);
    start_inputs();
    start_serial();
    set_sleep_mode(SLEEP_MODE_IDLE);
    wdt_enable(WDTO_120MS);
    return reset_cause & _BV(WDRF);
}

void port_irq_on(void)
{
    sei();
}

uint8_t port_irq_off(void)
{
    uint8_t before = SREG;
    cli();
    return before;
}

void port_irq_restore(uint8_t before)
{
    SREG = before;
}

/* The timer's 16 bits are added up to 32; every turn of the main loop comes here, the watchdog sees to it. */
struct instant port_now(void)
{
    uint8_t before = port_irq_off();
    uint16_t timer = TCNT1, step = timer - last_timer;
    if (step < 0x8000) {
        tick += step;
        last_timer = timer;
    }
    struct instant now = {.tick = tick, .count = count};
    port_irq_restore(before);
    return now;
}

/* Encoder: about 70 cycles an edge where no goal is reached. */

/* An interrupt routine of its own, called out of another one: it saves what it uses, so the other need not. */
void __vector_count_reached(void) __attribute__((signal, used));
void __vector_count_reached(void)
{
    sorter_count_reached();
}

ISR(INT4_vect)
{
    uint8_t lines = PINE >> PE4 & 3;
    int8_t step = encoder_step[encoder_lines << 2 | lines];
    encoder_lines = lines;
    if (step == LOST_PULSE) {
        if (errors.encoder != UINT16_MAX)
            errors.encoder++;
        return;
    }
    uint32_t here = count + (int32_t)step;
    count = here;
    if (has_count_goal && (int32_t)(here - count_goal) >= 0)
        __asm__ volatile("call __vector_count_reached" ::: "memory");
}

ISR_ALIAS(INT5_vect, INT4_vect);

void port_set_count_goal(uint32_t goal)
{
    count_goal = goal;
    has_count_goal = true;
}

void port_clear_count_goal(void)
{
    has_count_goal = false;
}

/* Alarm. */

#define STOP_ALARM() (TCCR3B = 0, TIMSK3 = 0)

void port_set_alarm(uint32_t goal)
{
    uint32_t here = tick + (uint16_t)(TCNT1 - last_timer);
    int32_t ahead = (int32_t)(goal - here);
    STOP_ALARM();
    TCNT3 = 0;
    OCR3A = ahead > 0x8000 ? 0x8000 : ahead > 2 ? (uint16_t)ahead - 1 : 1;
    TIFR3 = _BV(OCF3A);
    TIMSK3 = _BV(OCIE3A);
    TCCR3B = _BV(WGM32) | CLOCK_64;
}

void port_clear_alarm(void)
{
    STOP_ALARM();
}

ISR(TIMER3_COMPA_vect)
{
    STOP_ALARM();
    sorter_alarm();
}

EMPTY_INTERRUPT(TIMER0_COMPA_vect) /* wakes the main loop every millisecond */

/* Outputs. */

void port_write_outputs(const uint8_t *on, bool line_may_run)
{
    PORTA = on[0];
    PORTC = on[1];
    PORTL = (PORTL & TRIGGER_PIN) | (on[2] & (GATE_PIN | MARKER_PIN)) | /* bits 0 and 1 of both */
            (line_may_run ? RUN_PIN : 0);
}

void port_pulse_trigger(void)
{
    TCCR4B = 0;
    PORTL = (PORTL & ~TRIGGER_PIN) | (trigger_idle ^ TRIGGER_PIN);
    TCNT4 = 0;
    OCR4A = pulse_ticks;
    TIFR4 = _BV(OCF4A);
    TIMSK4 = _BV(OCIE4A);
    TCCR4B = _BV(WGM42) | CLOCK_64;
}

ISR(TIMER4_COMPA_vect)
{
    TCCR4B = 0;
    PORTL = (PORTL & ~TRIGGER_PIN) | trigger_idle;
}

void port_set_wiring(bool encoder_reversed, bool trigger_active_low, uint16_t trigger_pulse_us)
{
    static const FLASH int8_t steps[16] = {
        0, 1, -1, LOST_PULSE, -1, 0, LOST_PULSE, 1, 1, LOST_PULSE, 0, -1, LOST_PULSE, -1, 1, 0,
    };
    uint8_t before = port_irq_off();
    for (uint8_t n = 0; n < 16; n++)
        encoder_step[n] = encoder_reversed && steps[n] != LOST_PULSE ? -steps[n] : steps[n];
    pulse_ticks = trigger_pulse_us / (1000000 / TICK_HZ) - 1;
    trigger_idle = trigger_active_low ? TRIGGER_PIN : 0;
    PORTL = (PORTL & ~TRIGGER_PIN) | trigger_idle;
    port_irq_restore(before);
}

void port_write_lamp(bool on)
{
    if (on)
        PORTB |= LAMP_PIN;
    else
        PORTB &= ~LAMP_PIN;
}

/* Emergency stop. */

bool port_is_stop_pressed(void)
{
    return PIND & STOP_PIN;
}

ISR(INT3_vect)
{
    if (PIND & STOP_PIN)
        sorter_emergency();
}

/* Serial line. */

ISR(USART0_RX_vect)
{
    uint8_t status = UCSR0A, byte = UDR0, head = rx_head, next = head + 1;
    if (next != rx_tail) {
        rx_ring[head] = byte;
        rx_head = next;
    }
    if ((status & (_BV(FE0) | _BV(DOR0)) || next == rx_tail) && errors.serial != UINT16_MAX)
        errors.serial++;
}

ISR(USART0_UDRE_vect)
{
    uint8_t tail = tx_tail;
    if (tail == tx_head) {
        UCSR0B &= ~_BV(UDRIE0);
        return;
    }
    UDR0 = tx_ring[tail];
    tx_tail = tail + 1;
}

int16_t port_read_byte(void)
{
    uint8_t tail = rx_tail;
    if (tail == rx_head)
        return -1;
    uint8_t byte = rx_ring[tail];
    rx_tail = tail + 1;
    return byte;
}

uint8_t port_tx_room(void)
{
    return tx_tail - tx_head - 1;
}

void port_write_byte(uint8_t byte)
{
    uint8_t head = tx_head;
    tx_ring[head] = byte;
    tx_head = head + 1;
    uint8_t before = port_irq_off();
    UCSR0B |= _BV(UDRIE0);
    port_irq_restore(before);
}

/* The rest. */

bool port_eeprom_is_ready(void)
{
    return eeprom_is_ready();
}

uint8_t port_eeprom_read(uint16_t address)
{
    return eeprom_read_byte((const uint8_t *)address);
}

void port_eeprom_write(uint16_t address, uint8_t byte)
{
    eeprom_update_byte((uint8_t *)address, byte);
}

struct port_errors port_errors(void)
{
    uint8_t before = port_irq_off();
    struct port_errors copy = errors;
    port_irq_restore(before);
    return copy;
}

void port_feed_watchdog(void)
{
    wdt_reset();
}

void port_idle(void)
{
    cli();
    if (rx_tail == rx_head) {
        sleep_enable();
        sei(); /* takes effect after the next instruction: no interrupt fits in between */
        sleep_cpu();
        sleep_disable();
    }
    sei();
}
