#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <simavr/avr_uart.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "board.h"

uint64_t bytes_to_host;

static int master = -1, slave = -1;
static const char *link_path;
static avr_irq_t *input;
static uint64_t cycles_per_byte;
static bool is_full, is_feeding, is_silent;
static long noise;
static uint64_t last_fed_cycle;
static uint8_t from_host[1 << 16], to_host[1 << 16];
static unsigned fed, taken, waiting; /* fed <= taken; to_host holds `waiting` */

static uint8_t damage(uint8_t byte)
{
    return noise && random() % 1000000 < noise ? byte ^ (1 + random() % 255) : byte;
}

static avr_cycle_count_t feed(avr_t *one, avr_cycle_count_t when, void *param)
{
    if (fed == taken) {
        fed = taken = 0;
        is_feeding = false;
        return 0;
    }
    if (!is_full) {
        avr_raise_irq(input, damage(from_host[fed++]));
        last_fed_cycle = one->cycle;
    }
    return when + cycles_per_byte;
}

static void note_sent(avr_irq_t *irq, uint32_t value, void *param)
{
    if (!is_silent && waiting < sizeof to_host)
        to_host[waiting++] = damage((uint8_t)value);
}

static void note_room(avr_irq_t *irq, uint32_t value, void *param)
{
    is_full = false;
}

static void note_full(avr_irq_t *irq, uint32_t value, void *param)
{
    is_full = value;
}

void wire_start(long baud, const char *link, unsigned seed)
{
    uint32_t flags = 0;
    srandom(seed);
    link_path = link;
    cycles_per_byte = 10 * CLOCK_HZ / baud;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), note_sent, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), note_room, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), note_full, NULL);
    wire_plug();
}

void wire_plug(void)
{
    struct termios raw;
    if (master >= 0)
        return;
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        perror("emulator: no pty");
        exit(3);
    }
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC); /* held open: the host may come and go */
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    unlink(link_path);
    if (symlink(ptsname(master), link_path)) {
        perror("emulator: no link to the pty");
        exit(3);
    }
}

void wire_unplug(void)
{
    if (master < 0)
        return;
    unlink(link_path);
    close(slave);
    close(master);
    master = slave = -1;
    fed = taken = waiting = 0;
}

void wire_set_noise(long per_million)
{
    noise = per_million;
}

void wire_set_silent(bool silent)
{
    is_silent = silent;
    fprintf(trace, "silent %llu %d\n", (unsigned long long)last_fed_cycle, silent);
}

void wire_take(long least_bytes)
{
    while (master >= 0) {
        if (taken == sizeof from_host)
            return;
        ssize_t got = read(master, from_host + taken, sizeof from_host - taken);
        if (got > 0) {
            least_bytes -= got;
            if (!is_silent)
                taken += got;
        }
        if (got <= 0 && least_bytes <= 0)
            break;
        if (got < 0 && errno != EAGAIN)
            break;
        if (got < 0) {
            struct pollfd one = {.fd = master, .events = POLLIN};
            poll(&one, 1, 1000);
        }
    }
    if (taken > fed && !is_feeding) {
        is_feeding = true;
        avr_cycle_timer_register(avr, 1, feed, NULL);
    }
}

void wire_flush(void)
{
    unsigned done = 0;
    while (master >= 0 && done < waiting) {
        ssize_t sent = write(master, to_host + done, waiting - done);
        if (sent <= 0)
            break; /* nobody reads: lost, as on a wire */
        done += sent;
    }
    bytes_to_host += done;
    waiting = 0;
}
