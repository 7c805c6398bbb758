/* Null pointers, sizes that are too small or just enough, numbers out of range, handles that are closing or of another kind: each
 * in a process of its own, as some end it. */
#include "../programs/program.h"
#include <sys/wait.h>

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

#define CASE(name) {#name, name}
static const struct {
  const char* name;
  void (*act)(void);
} cases[] = {
    CASE(sizes), CASE(unnamed), CASE(addresses), CASE(nulls), CASE(no_memory), CASE(numbers), CASE(closing), CASE(other_kinds),
    CASE(started_signal), CASE(stopped_signal), CASE(written_timer), CASE(shut_timer), CASE(no_path), CASE(no_path_to_come),
    CASE(no_program), CASE(no_such_flags), CASE(unix_address),
};

int main(void) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    say("-- %s", cases[i].name);
    int pid = fork();
    if (pid == 0) {
      /* What an assertion says is each library's own. */
      MUST(freopen("/dev/null", "w", stderr) != NULL);
      alarm(60);
      MUST(uv_loop_init(&loop) == 0);
      cases[i].act();
      exit(0);
    }
    int status;
    MUST(waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status))
      say("ended by %s", strsignal(WTERMSIG(status)));
    else
      say("ended with %d", WEXITSTATUS(status));
  }
  return 0;
}
