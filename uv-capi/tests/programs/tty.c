/* Terminals: modes, the window's size, reading and writing. */
#include "program.h"
#include <sys/ioctl.h>
#include <termios.h>

static uv_loop_t loop;
static char buffer[256];
static int master, slave;

static void close_cb(uv_handle_t* handle) { say("closed"); }

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }

static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("read %s <%.*s>", result(count), count > 0 ? (int) count : 0, buf->base);
  uv_read_stop(stream);
}

static void write_cb(uv_write_t* request, int status) { say("write %s", result(status)); }

static void modes(const char* what) {
  struct termios mode;
  MUST(tcgetattr(slave, &mode) == 0);
  say("%s: icanon %d echo %d isig %d icrnl %d ixon %d opost %d onlcr %d", what, !!(mode.c_lflag & ICANON), !!(mode.c_lflag & ECHO),
      !!(mode.c_lflag & ISIG), !!(mode.c_iflag & ICRNL), !!(mode.c_iflag & IXON), !!(mode.c_oflag & OPOST),
      !!(mode.c_oflag & ONLCR));
}

static void types(const char* what) {
  uv_file fds[2], file = open("/dev/null", O_RDONLY), regular = open("file", O_RDWR | O_CREAT, 0600);
  MUST(uv_pipe(fds, 0, 0) == 0);
  int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0), raw = socket(AF_UNIX, SOCK_DGRAM, 0);
  say("%s: master %d slave %d null %d file %d pipe %d udp %d tcp %d unix datagrams %d none %d", what, uv_guess_handle(master),
      uv_guess_handle(slave), uv_guess_handle(file), uv_guess_handle(regular), uv_guess_handle(fds[0]), uv_guess_handle(udp),
      uv_guess_handle(tcp), uv_guess_handle(raw), uv_guess_handle(-1));
  uv_tty_t tty;
  CALL(uv_tty_init(&loop, &tty, regular, 1));
  CALL(uv_tty_init(&loop, &tty, -1, 1));
  close(fds[0]);
  close(fds[1]);
  close(file);
  close(regular);
  close(udp);
  close(tcp);
  close(raw);
}

/* Waits for so many bytes, which come in pieces. */
static int from_master(size_t wanted) {
  char text[64];
  size_t count = 0;
  while (count < wanted) {
    ssize_t got = read(master, text, wanted - count);
    MUST(got > 0);
    count += got;
  }
  return count;
}

int main(void) {
  uv_loop_init(&loop);
  master = posix_openpt(O_RDWR | O_NOCTTY);
  MUST(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  MUST(slave >= 0);
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  MUST(ioctl(slave, TIOCSWINSZ, &size) == 0);
  types("types");

  say("-- a terminal");
  uv_tty_t tty;
  CALL(uv_tty_init(&loop, &tty, slave, 1));
  say("type %s readable %d writable %d active %d", uv_handle_type_name(tty.type), uv_is_readable(STREAM(&tty)),
      uv_is_writable(STREAM(&tty)), uv_is_active(HANDLE(&tty)));
  int width = 0, height = 0;
  CALL(uv_tty_get_winsize(&tty, &width, &height));
  say("%d x %d", width, height);
  size.ws_col = 132;
  MUST(ioctl(slave, TIOCSWINSZ, &size) == 0);
  CALL(uv_tty_get_winsize(&tty, &width, &height));
  say("%d x %d", width, height);
  uv_os_fd_t fd;
  CALL(uv_fileno(HANDLE(&tty), &fd));
  say("a descriptor of its own: %d", fd != slave);

  say("-- modes");
  modes("at first");
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  modes("raw");
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_IO));
  modes("io");
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_NORMAL));
  modes("normal");
  CALL(uv_tty_set_mode(&tty, (uv_tty_mode_t) UV_TTY_MODE_RAW));
  CALL(uv_tty_reset_mode());
  modes("reset");
  CALL(uv_tty_reset_mode());
  uv_tty_vtermstate_t state;
  uv_tty_set_vterm_state(UV_TTY_SUPPORTED);
  CALL(uv_tty_get_vterm_state(&state));

  say("-- to and fro");
  MUST(write(master, "line\n", 5) == 5);
  CALL(uv_read_start(STREAM(&tty), alloc_cb, read_cb));
  uv_run(&loop, UV_RUN_DEFAULT);
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_NORMAL));
  CALL(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  MUST(write(master, "k", 1) == 1);
  CALL(uv_read_start(STREAM(&tty), alloc_cb, read_cb));
  uv_run(&loop, UV_RUN_DEFAULT);
  say("echoed %d bytes", from_master(strlen("line\r\n")));
  uv_write_t req;
  uv_buf_t buf = uv_buf_init("out\n", 4);
  CALL(uv_write(&req, STREAM(&tty), &buf, 1, write_cb));
  uv_run(&loop, UV_RUN_DEFAULT);
  say("master has %d bytes", from_master(strlen("out\r\n")));
  CALL(uv_try_write(STREAM(&tty), &buf, 1));
  CALL(uv_stream_set_blocking(STREAM(&tty), 1));
  CALL(uv_stream_set_blocking(STREAM(&tty), 0));
  CALL(uv_shutdown((uv_shutdown_t*) &req, STREAM(&tty), NULL));
  uv_run(&loop, UV_RUN_DEFAULT);

  say("-- the end");
  CALL(uv_read_start(STREAM(&tty), alloc_cb, read_cb));
  close(master);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close(HANDLE(&tty), close_cb);
  uv_run(&loop, UV_RUN_DEFAULT);
  finish(&loop);
  return 0;
}
