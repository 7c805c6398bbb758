/* Null pointers, sizes that are too small or just enough, numbers out of range, handles that are closing or of another kind: each
 * in a process of its own, as some end it. */
#include "../programs/program.h"
#include <dlfcn.h>
#include <limits.h>

static uv_loop_t loop;
static uv_tcp_t tcp;
static uv_pipe_t pipes[2];
static uv_udp_t udp;
static uv_timer_t timer;
static char text[8192];

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(text, sizeof(text)); }
static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) { say("read %s", result(count)); }
static void write_cb(uv_write_t* request, int status) { say("write %s", result(status)); }
static void send_cb(uv_udp_send_t* request, int status) { say("send %s", result(status)); }
static void fs_cb(uv_fs_t* request) { say("fs %s", result(request->result)); }
static void signal_cb(uv_signal_t* handle, int signum) { say("signal"); }

static struct sockaddr* address(void) {
  static struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  return (struct sockaddr*) &address;
}

static void two_pipes(void) {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  for (int i = 0; i < 2; i++) MUST(uv_pipe_init(&loop, &pipes[i], 0) == 0 && uv_pipe_open(&pipes[i], ends[i]) == 0);
}

/* Functions that write a text, and say how long it is. */

static uv_fs_event_t watcher;
static uv_fs_poll_t poller;
static uv_pipe_t bound;

static int getenv_(char* buffer, size_t* size) { return uv_os_getenv("NAME", buffer, size); }
static int interface(char* buffer, size_t* size) { return uv_if_indextoname(1, buffer, size); }
static int watched(char* buffer, size_t* size) { return uv_fs_event_getpath(&watcher, buffer, size); }
static int polled(char* buffer, size_t* size) { return uv_fs_poll_getpath(&poller, buffer, size); }
static int pipe_name(char* buffer, size_t* size) { return uv_pipe_getsockname(&bound, buffer, size); }
static int title(char* buffer, size_t* size) { return uv_get_process_title(buffer, size == NULL ? 0 : *size); }
static int ip4_name(char* buffer, size_t* size) {
  return uv_ip4_name((struct sockaddr_in*) address(), buffer, size == NULL ? 0 : *size);
}

static void sized(const char* name, int (*function)(char*, size_t*)) {
  size_t need, size = sizeof(text);
  memset(text, 'x', sizeof(text));
  int whole = function(text, &size);
  need = whole == 0 ? strlen(text) + 1 : 5;
  say("%s: %s, size as long as the text %d", name, result(whole), size + 1 == need);
  if (function != ip4_name) say("no buffer %s", result(function(NULL, &(size_t){10})));
  if (function != ip4_name) say("no size %s", result(function(text, NULL)));
  const long sizes[] = {0, 1, 2, need - 1, need, need + 1};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size = sizes[i];
    memset(text, 'x', sizeof(text));
    int code = function(text, &size);
    size_t end = sizeof(text);
    while (end > 0 && text[end - 1] == 'x') end--;
    say("  of %d: %s, written within it %d, size %s", (int) i, result(code), end <= (size_t) sizes[i],
        (long) size == sizes[i] ? "as it was" : size == need ? "needed" : size == need - 1 ? "the text's" : "other");
  }
}

static void fs_event_cb(uv_fs_event_t* handle, const char* name, int events, int status) {}
static void fs_poll_cb(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {}

static void sizes(void) {
  setenv("NAME", "value", 1);
  setenv("HOME", "/home/somebody", 1);
  setenv("TMPDIR", "/var/tmp", 1);
  uv_fs_event_init(&loop, &watcher);
  uv_fs_poll_init(&loop, &poller);
  uv_pipe_init(&loop, &bound, 0);
  sized("watcher at rest", watched);
  sized("poller at rest", polled);
  sized("pipe without a socket", pipe_name);
  MUST(uv_fs_event_start(&watcher, fs_event_cb, ".", 0) == 0);
  MUST(uv_fs_poll_start(&poller, fs_poll_cb, ".", 100000) == 0);
  MUST(uv_pipe_bind(&bound, "a name of some length") == 0);
  sized("watcher", watched);
  sized("poller", polled);
  sized("pipe", pipe_name);
  sized("cwd", uv_cwd);
  sized("home", uv_os_homedir);
  sized("tmp", uv_os_tmpdir);
  sized("host", uv_os_gethostname);
  sized("environment", getenv_);
  sized("interface", interface);
  sized("executable", uv_exepath);
  sized("title", title);
  sized("address", ip4_name);
  uv_close(HANDLE(&watcher), NULL);
  uv_close(HANDLE(&poller), NULL);
  uv_close(HANDLE(&bound), NULL);
  sized("watcher that closes", watched);
  sized("poller that closes", polled);
  sized("pipe that closes", pipe_name);
  finish(&loop);
}

static void unnamed(void) {
  size_t size = sizeof(text);
  two_pipes();
  memset(text, 'x', 4);
  CALL(uv_pipe_getsockname(&pipes[0], text, &size));
  say("size %d, empty %d", (int) size, text[0] == 0);
  finish(&loop);
}

static void addresses(void) {
  struct sockaddr_storage name;
  uv_udp_init(&loop, &udp);
  MUST(uv_udp_bind(&udp, address(), 0) == 0);
  const int lengths[] = {0, 1, 2, 8, 15, 16, 17, 128, -1};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    int length = lengths[i];
    memset(&name, 'x', sizeof(name));
    int code = uv_udp_getsockname(&udp, (struct sockaddr*) &name, &length);
    int end = sizeof(name);
    while (end > 0 && ((char*) &name)[end - 1] == 'x') end--;
    say("%d: %s, length %d, written %d", lengths[i], result(code), length, end);
  }
  int length = sizeof(name);
  CALL(uv_udp_getsockname(&udp, NULL, &length));
  const int families[] = {AF_INET, AF_INET6, AF_UNIX, -1};
  for (size_t i = 0; i < COUNT(families); i++) {
    say("family %d: %s %s %s", families[i], result(uv_inet_pton(families[i], "::1", text)),
        result(uv_inet_pton(families[i], "\xff", text)), result(uv_inet_ntop(families[i], address(), text, sizeof(text))));
  }
  struct sockaddr_in v4;
  CALL(uv_ip4_addr("1.2.3", 80, &v4));
  say("the port is there %d", v4.sin_port == htons(80));
  finish(&loop);
}

static void nulls(void) {
  uv_fs_t req;
  uv_fs_event_init(&loop, &watcher);
  uv_udp_init(&loop, &udp);
  uv_tcp_init(&loop, &tcp);
  CALL(uv_chdir(NULL));
  CALL(uv_fs_event_start(&watcher, fs_event_cb, NULL, 0));
  CALL(uv_fs_rename(&loop, &req, NULL, "new", NULL));
  CALL(uv_fs_rename(&loop, &req, "old", NULL, NULL));
  CALL(uv_fs_link(&loop, &req, NULL, "new", NULL));
  CALL(uv_fs_symlink(&loop, &req, "old", NULL, 0, NULL));
  CALL(uv_fs_read(&loop, &req, 0, NULL, 1, 0, NULL));
  CALL(uv_udp_connect(&udp, NULL));
  CALL(uv_random(&loop, NULL, NULL, 16, 0, NULL));
  CALL(uv_random(&loop, NULL, NULL, 0, 0, NULL));
  CALL(uv_random(&loop, NULL, text, (size_t) INT32_MAX + 1, 0, NULL));
  uv_freeaddrinfo(NULL);
  uv_fs_req_cleanup(NULL);
  uv_os_free_passwd(NULL);
  uv_os_free_environ(NULL, 0);
  uv_free_interface_addresses(NULL, 0);
  uv_free_cpu_info(NULL, 0);
  finish(&loop);
}

/* Of which the system says that it cannot read them, or write to them. */
static void no_memory(void) {
  static uv_write_t write_req;
  static uv_udp_send_t send_req;
  uv_fs_t req;
  uv_buf_t buf = uv_buf_init(NULL, 4);
  int file = open("file", O_RDWR | O_CREAT, 0600);
  struct sockaddr_in to;
  MUST(write(file, "0123456789", 10) == 10);
  two_pipes();
  uv_ip4_addr("127.0.0.1", 9, &to);
  uv_udp_init(&loop, &udp);
  CALL(uv_try_write(STREAM(&pipes[0]), &buf, 1));
  CALL(uv_udp_try_send(&udp, &buf, 1, (struct sockaddr*) &to));
  CALL(uv_fs_write(&loop, &req, file, &buf, 1, 0, NULL));
  CALL(uv_fs_read(&loop, &req, file, &buf, 1, 0, NULL));
  CALL(uv_fs_read(&loop, &req, file, &buf, 1, 0, fs_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_write(&write_req, STREAM(&pipes[0]), &buf, 1, write_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_udp_send(&send_req, &udp, &buf, 1, (struct sockaddr*) &to, send_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  /* As long as it is, there are only so many. */
  buf = uv_buf_init(text, 4);
  buf.len = sizeof(text);
  CALL(uv_fs_read(&loop, &req, file, &buf, 1, 0, NULL));
  finish(&loop);
}

static void numbers(void) {
  const int values[] = {-1, 0, 1, 255, 256, INT32_MAX, INT32_MIN};
  uv_udp_init(&loop, &udp);
  uv_timer_init(&loop, &timer);
  two_pipes();
  MUST(uv_udp_bind(&udp, address(), 0) == 0);
  for (size_t i = 0; i < COUNT(values); i++) {
    int value = values[i], size = value;
    say("%d: ttl %s, multicast ttl %s, loop %s", value, result(uv_udp_set_ttl(&udp, value)),
        result(uv_udp_set_multicast_ttl(&udp, value)), result(uv_udp_set_multicast_loop(&udp, value)));
    say("  size %s %s", result(uv_recv_buffer_size(HANDLE(&udp), &size)), result(uv_send_buffer_size(HANDLE(&timer), &size)));
    say("  chmod without a name %s", result(uv_pipe_chmod(&pipes[0], value)));
  }
  CALL(uv_udp_set_multicast_interface(&udp, "::1"));
  CALL(uv_udp_set_multicast_interface(&udp, "nothing"));
  char name[40] = "";
  say("%s", uv_err_name_r(-12345, name, sizeof(name)));
  say("%s", uv_err_name(INT32_MIN));
  finish(&loop);
}

static void closing(void) {
  struct sockaddr_storage name;
  int length = sizeof(name), value = 0;
  uv_buf_t buf = uv_buf_init(text, 4);
  static uv_idle_t idle;
  uv_udp_init(&loop, &udp);
  MUST(uv_udp_bind(&udp, address(), 0) == 0);
  uv_tcp_init(&loop, &tcp);
  MUST(uv_tcp_bind(&tcp, address(), 0) == 0);
  uv_timer_init(&loop, &timer);
  uv_idle_init(&loop, &idle);
  two_pipes();
  uv_walk(&loop, close_any, NULL);
  CALL(uv_udp_getsockname(&udp, (struct sockaddr*) &name, &length));
  CALL(uv_udp_getpeername(&udp, (struct sockaddr*) &name, &length));
  CALL(uv_tcp_getsockname(&tcp, (struct sockaddr*) &name, &length));
  CALL(uv_tcp_getpeername(&tcp, (struct sockaddr*) &name, &length));
  CALL(uv_send_buffer_size(HANDLE(&udp), &value));
  CALL(uv_recv_buffer_size(HANDLE(&tcp), &value));
  CALL(uv_udp_set_ttl(&udp, 5));
  CALL(uv_udp_set_broadcast(&udp, 1));
  CALL(uv_udp_set_multicast_ttl(&udp, 5));
  CALL(uv_tcp_nodelay(&tcp, 1));
  CALL(uv_tcp_keepalive(&tcp, 1, 60));
  CALL(uv_stream_set_blocking(STREAM(&pipes[0]), 1));
  CALL(uv_pipe_chmod(&pipes[0], UV_READABLE));
  CALL(uv_accept(STREAM(&tcp), STREAM(&pipes[1])));
  CALL(uv_try_write(STREAM(&pipes[0]), &buf, 1));
  CALL(uv_read_start(STREAM(&pipes[0]), alloc_cb, read_cb));
  CALL(uv_read_stop(STREAM(&pipes[0])));
  CALL(uv_idle_stop(&idle));
  say("readable %d, writable %d, active %d", uv_is_readable(STREAM(&pipes[0])), uv_is_writable(STREAM(&pipes[0])),
      uv_is_active(HANDLE(&pipes[0])));
  finish(&loop);
}

static void other_kinds(void) {
  uv_timer_init(&loop, &timer);
  uv_udp_init(&loop, &udp);
  say("a timer: readable %d, writable %d", uv_is_readable(STREAM(&timer)), uv_is_writable(STREAM(&timer)));
  CALL(uv_listen(STREAM(&udp), 5, NULL));
  finish(&loop);
}

/* Of files. */

static void say_fs(const char* what, int code, uv_fs_t* req) {
  say("%s: %s", what, result(code));
  uv_fs_req_cleanup(req);
}

static void files(void) {
  static uv_buf_t bufs[1024];
  uv_fs_t req;
  uv_dirent_t entry;
  int ends[2], sockets[2];
  int dir = open(".", O_RDONLY), file = open("input", O_RDWR | O_CREAT | O_TRUNC, 0600);
  int out = open("output", O_RDWR | O_CREAT | O_TRUNC, 0600);
  MUST(dir >= 0 && out >= 0 && write(file, "0123456789", 10) == 10);
  MUST(pipe(ends) == 0 && write(ends[1], "pipe", 4) == 4);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 && write(sockets[1], "socket", 6) == 6);
  int unconnected = socket(AF_INET, SOCK_STREAM, 0);
  const struct {
    const char* name;
    int out, in;
    int64_t offset;
  } copies[] = {{"to a directory", dir, file, 0},     {"from a directory", out, dir, 0},
                {"from a pipe", out, ends[0], 0},     {"from a socket", out, sockets[0], 0},
                {"from no socket's peer", out, unconnected, 0}, {"from before the beginning", out, file, -1},
                {"from behind all ends", out, file, INT64_MAX}, {"from behind the end", out, file, 100},
                {"to a pipe", ends[1], file, 0},      {"to a socket", sockets[0], file, 8},
                {"to nothing", -1, file, 0},          {"from nothing", out, -1, 0}};
  for (size_t i = 0; i < COUNT(copies); i++) {
    say_fs(copies[i].name, uv_fs_sendfile(&loop, &req, copies[i].out, copies[i].in, copies[i].offset, 4, NULL), &req);
  }
  CALL(uv_fs_sendfile(&loop, &req, out, file, 0, 0x7ffff001, NULL));

  const double times[] = {1e300, -1e300, 1e19, 9.3e18, 1e10, -1.5};
  for (size_t i = 0; i < COUNT(times); i++) {
    say_fs("utime", uv_fs_utime(&loop, &req, "input", times[i], 1, NULL), &req);
    say_fs("lutime", uv_fs_lutime(&loop, &req, "input", 1, times[i], NULL), &req);
    say_fs("futime", uv_fs_futime(&loop, &req, file, times[i], times[i], NULL), &req);
  }

  MUST(uv_fs_opendir(&loop, &req, ".", NULL) == 0);
  uv_dir_t* listed = req.ptr;
  uv_fs_req_cleanup(&req);
  say_fs("no room for entries", uv_fs_readdir(&loop, &req, listed, NULL), &req);
  listed->dirents = &entry;
  listed->nentries = 0;
  say_fs("room for none", uv_fs_readdir(&loop, &req, listed, NULL), &req);
  say_fs("closedir", uv_fs_closedir(&loop, &req, listed, NULL), &req);

  /* As many as the system takes. */
  for (size_t i = 0; i < COUNT(bufs); i++) bufs[i] = uv_buf_init(text + 4 * i, 4);
  say_fs("so many buffers", uv_fs_read(&loop, &req, file, bufs, UINT_MAX, 0, NULL), &req);
  say_fs("one more than there are numbers", uv_fs_read(&loop, &req, file, bufs, (unsigned) INT_MAX + 1, 0, NULL), &req);
  finish(&loop);
}

/* Of processes. */

static void exit_cb(uv_process_t* process, int64_t status, int signal) { say("exit %d %d", (int) status, signal); }

static void spawn(const char* what, uv_process_options_t options) {
  static uv_process_t processes[8];
  static size_t next;
  char* args[] = {(char*) options.file, "-c", "exit 3", NULL};
  options.args = args;
  options.exit_cb = exit_cb;
  say("%s: %s", what, result(uv_spawn(&loop, &processes[next++], &options)));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
}

static void processes(void) {
  spawn("no name", (uv_process_options_t){.file = ""});
  spawn("a directory", (uv_process_options_t){.file = "/"});
  spawn("in no place", (uv_process_options_t){.file = "sh", .cwd = ""});
  uv_stdio_container_t stdio = {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = STREAM(&pipes[0])};
  uv_pipe_init(&loop, &pipes[0], 0);
  uv_close(HANDLE(&pipes[0]), NULL);
  spawn("a pipe that closes", (uv_process_options_t){.file = "sh", .stdio = &stdio, .stdio_count = 1});
  uv_pipe_init(&loop, &pipes[1], 0);
  uv_close(HANDLE(&pipes[1]), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  stdio.data.stream = STREAM(&pipes[1]);
  spawn("a pipe that is closed", (uv_process_options_t){.file = "sh", .stdio = &stdio, .stdio_count = 1});
  stdio.flags = UV_INHERIT_STREAM;
  uv_tcp_init(&loop, &tcp);
  stdio.data.stream = STREAM(&tcp);
  spawn("a stream without a socket", (uv_process_options_t){.file = "sh", .stdio = &stdio, .stdio_count = 1});
  finish(&loop);
}

/* Of sockets. */

static void sockets(void) {
  /* Debian's libuv has not got these yet, nor has its header. */
  int (*open_ex)(uv_udp_t*, uv_os_sock_t, unsigned);
  int (*try_send2)(uv_udp_t*, unsigned, uv_buf_t**, unsigned*, struct sockaddr**, unsigned);
  *(void**) &try_send2 = dlsym(RTLD_DEFAULT, "uv_udp_try_send2");
  *(void**) &open_ex = dlsym(RTLD_DEFAULT, "uv_udp_open_ex");
  MUST(try_send2 != NULL && open_ex != NULL);
  static uv_udp_send_t send_reqs[4];
  uv_buf_t buf = uv_buf_init("data", 4), *bufs[] = {&buf, &buf};
  unsigned nbufs[] = {1, 1};
  struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "nowhere"};
  struct sockaddr* both[] = {(struct sockaddr*) &nowhere, (struct sockaddr*) &nowhere};
  uv_udp_t v6, unix_, other;
  struct sockaddr_in6 any;

  uv_udp_init(&loop, &udp);
  CALL(try_send2(&udp, 1, bufs, nbufs, both, 0));
  MUST(uv_udp_bind(&udp, address(), 0) == 0);
  CALL(uv_udp_try_send(&udp, &buf, 1, both[0]));
  CALL(try_send2(&udp, 1, bufs, nbufs, both, 0));
  CALL(try_send2(&udp, 2, bufs, nbufs, both, 0));
  CALL(uv_udp_send(&send_reqs[0], &udp, &buf, 1, both[0], send_cb));
  uv_udp_init(&loop, &v6);
  uv_ip6_addr("::1", 0, &any);
  MUST(uv_udp_bind(&v6, (struct sockaddr*) &any, 0) == 0);
  CALL(uv_udp_try_send(&v6, &buf, 1, both[0]));
  CALL(try_send2(&v6, 2, bufs, nbufs, both, 0));
  CALL(uv_udp_send(&send_reqs[1], &v6, &buf, 1, both[0], send_cb));
  uv_udp_init(&loop, &unix_);
  MUST(uv_udp_open(&unix_, socket(AF_UNIX, SOCK_DGRAM, 0)) == 0);
  CALL(uv_udp_try_send(&unix_, &buf, 1, both[0]));
  CALL(try_send2(&unix_, 2, bufs, nbufs, both, 0));
  CALL(uv_udp_send(&send_reqs[2], &unix_, &buf, 1, both[0], send_cb));
  CALL(uv_udp_try_send(&unix_, &buf, 1, address()));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  int file = open("file", O_RDWR | O_CREAT, 0600);
  uv_udp_init(&loop, &other);
  CALL(open_ex(&other, file, UV_UDP_REUSEADDR));
  say("it is open %d", fcntl(file, F_GETFD) != -1);
  CALL(open_ex(&other, file, 0));
  CALL(uv_udp_try_send(&other, &buf, 1, address()));

  /* Bytes that are nowhere. */
  uv_buf_t nothing = {NULL, 4}, *first[] = {&nothing, &buf}, *second[] = {&buf, &nothing};
  struct sockaddr_in own;
  int length = sizeof(own);
  MUST(uv_udp_getsockname(&udp, (struct sockaddr*) &own, &length) == 0);
  struct sockaddr *there[] = {(struct sockaddr*) &own, (struct sockaddr*) &own}, *nobody[] = {NULL, NULL};
  uv_udp_t faulty;
  uv_udp_init(&loop, &faulty);
  CALL(uv_udp_send(&send_reqs[3], &faulty, &nothing, 1, NULL, send_cb));
  CALL(uv_udp_try_send(&faulty, &nothing, 1, NULL));
  CALL(uv_udp_try_send(&faulty, &buf, 0, NULL));
  CALL(try_send2(&faulty, 2, first, nbufs, nobody, 0));
  CALL(try_send2(&faulty, 2, first, nbufs, there, 0));
  MUST(uv_udp_bind(&faulty, address(), 0) == 0);
  CALL(uv_udp_try_send(&faulty, &nothing, 1, there[0]));
  CALL(try_send2(&faulty, 2, first, nbufs, there, 0));
  CALL(try_send2(&faulty, 2, second, nbufs, there, 0));
  MUST(uv_udp_connect(&faulty, there[0]) == 0);
  CALL(uv_udp_try_send(&faulty, &nothing, 1, there[0]));
  CALL(try_send2(&faulty, 1, first, nbufs, there, 0));
  CALL(try_send2(&faulty, 1, first, nbufs, nobody, 0));
  CALL(uv_udp_send(&send_reqs[3], &faulty, &nothing, 1, NULL, send_cb));
  CALL(try_send2(&faulty, 1, first, nbufs, nobody, 0));
  say("%d bytes wait, of %d", (int) uv_udp_get_send_queue_size(&faulty), (int) uv_udp_get_send_queue_count(&faulty));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("%d bytes wait, of %d", (int) uv_udp_get_send_queue_size(&faulty), (int) uv_udp_get_send_queue_count(&faulty));

  uv_tcp_init(&loop, &tcp);
  MUST(uv_tcp_bind(&tcp, address(), 0) == 0 && uv_listen(STREAM(&tcp), 1, NULL) == 0);
  CALL(uv_tcp_connect(NULL, &tcp, address(), NULL));
  finish(&loop);
}

static void recv_cb(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (flags & UV_UDP_MMSG_FREE) return;
  say("%d bytes, from a Unix socket %d", (int) count, from != NULL && from->sa_family == AF_UNIX);
  if (from != NULL) say("its name %s", ((struct sockaddr_un*) from)->sun_path);
}

static char large[4 * 65536];
static void alloc_large(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(large, sizeof(large)); }

/* Many at once. */
static void datagrams(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "to"}, from = {.sun_family = AF_UNIX, .sun_path = "from"};
  int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  MUST(bind(receiver, (struct sockaddr*) &to, sizeof(to)) == 0 && bind(sender, (struct sockaddr*) &from, sizeof(from)) == 0);
  for (int i = 1; i <= 6; i++) MUST(sendto(sender, "123456", i, 0, (struct sockaddr*) &to, sizeof(to)) == i);
  MUST(uv_udp_init_ex(&loop, &udp, AF_UNSPEC | UV_UDP_RECVMMSG) == 0);
  MUST(uv_udp_open(&udp, receiver) == 0 && uv_udp_recv_start(&udp, alloc_large, recv_cb) == 0);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  finish(&loop);
}

/* Texts that are cut, or not read. */

static void slash(void) {
  setenv("TMPDIR", "/var/tmp/", 1);
  for (size_t room = 8; room <= 11; room++) {
    size_t size = room;
    int code = uv_os_tmpdir(text, &size);
    say("room for %d: %s, size %d", (int) room, result(code), (int) size);
  }
  setenv("TMPDIR", "/", 1);
  size_t size = 2;
  CALL(uv_os_tmpdir(text, &size));
  say("%s, size %d", text, (int) size);
}

static uv_mutex_t mutex;
static uv_cond_t changed;
static int running, most, expected;

static void work(uv_work_t* req) {
  uv_mutex_lock(&mutex);
  if (++running > most) most = running;
  uv_cond_broadcast(&changed);
  while (most < expected) uv_cond_wait(&changed, &mutex);
  uv_mutex_unlock(&mutex);
  /* Time for others to come, if there are more threads. */
  uv_sleep(20);
  uv_mutex_lock(&mutex);
  running--;
  uv_mutex_unlock(&mutex);
}

/* How many threads a value asks for: so many work at once, and not one more. */
static void pool(void) {
  static uv_work_t reqs[20];
  const struct {
    const char* value;
    int threads;
  } sizes[] = {{"3", 3},   {" 2 threads", 2},      {"", 1},           {"many", 1},
               {"0", 1},   {"000000000000007", 7}, {"0000000000000007", 4}, {"4294967298", 2}};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    int pid = fork(), status;
    if (pid == 0) {
      uv_loop_t own;
      MUST(uv_loop_init(&own) == 0 && uv_mutex_init(&mutex) == 0 && uv_cond_init(&changed) == 0);
      setenv("UV_THREADPOOL_SIZE", sizes[i].value, 1);
      expected = sizes[i].threads;
      for (size_t i = 0; i < COUNT(reqs); i++) MUST(uv_queue_work(&own, &reqs[i], work, NULL) == 0);
      uv_run(&own, UV_RUN_DEFAULT);
      say("\"%s\": %d threads", sizes[i].value, most);
      exit(0);
    }
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
  }
}

/* These end the process. */

static uv_signal_t signal_;
static void started_signal(void) {
  uv_signal_init(&loop, &signal_);
  uv_close(HANDLE(&signal_), NULL);
  uv_signal_start(&signal_, signal_cb, SIGUSR1);
}
static void stopped_signal(void) {
  uv_signal_init(&loop, &signal_);
  uv_close(HANDLE(&signal_), NULL);
  uv_signal_stop(&signal_);
}
static void written_timer(void) {
  static uv_write_t req;
  uv_buf_t buf = uv_buf_init(text, 4);
  uv_timer_init(&loop, &timer);
  uv_write(&req, STREAM(&timer), &buf, 1, write_cb);
}
static void shut_timer(void) {
  static uv_shutdown_t req;
  uv_timer_init(&loop, &timer);
  uv_shutdown(&req, STREAM(&timer), NULL);
}
static void no_path(void) {
  uv_fs_t req;
  uv_fs_stat(&loop, &req, NULL, NULL);
}
static void no_path_to_come(void) {
  static uv_fs_t req;
  uv_fs_open(&loop, &req, NULL, O_RDONLY, 0, fs_cb);
}
static void no_program(void) {
  static uv_process_t process;
  uv_spawn(&loop, &process, &(uv_process_options_t){.file = NULL});
}
static void no_such_flags(void) {
  static uv_process_t process;
  uv_spawn(&loop, &process, &(uv_process_options_t){.file = "true", .args = (char*[]){"true", NULL}, .flags = 0x10000});
}
static void unix_address(void) {
  static uv_udp_send_t req;
  uv_buf_t buf = uv_buf_init(text, 4);
  struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "nowhere"};
  uv_udp_init(&loop, &udp);
  uv_udp_send(&req, &udp, &buf, 1, (struct sockaddr*) &to, send_cb);
}

static const struct program_case cases[] = {
    CASE(sizes), CASE(unnamed), CASE(addresses), CASE(nulls), CASE(no_memory), CASE(numbers), CASE(closing), CASE(other_kinds), CASE(files), CASE(processes),
    CASE(sockets), CASE(datagrams), CASE(slash), CASE(pool),
    CASE(started_signal), CASE(stopped_signal), CASE(written_timer), CASE(shut_timer), CASE(no_path), CASE(no_path_to_come),
    CASE(no_program), CASE(no_such_flags), CASE(unix_address),
};

int main(void) {
  return run_apart(&loop, cases, COUNT(cases));
}
