/* What programs should not do, and what comes of it: each in a process of its own, as some end it. */
#include "program.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_tcp_t tcp, other;
static uv_pipe_t pipes[2];
static uv_udp_t udp;
static uv_write_t write_req;
static uv_shutdown_t shutdown_req;
static uv_connect_t connect_req;
static char buffer[1024];

static void close_cb(uv_handle_t* handle) { say("closed %s", uv_handle_type_name(handle->type)); }
static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }
static void on_timer(uv_timer_t* handle) { say("timer"); }
static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) { say("read %s", result(count)); }
static void write_cb(uv_write_t* request, int status) { say("write %s", result(status)); }
static void shutdown_cb(uv_shutdown_t* request, int status) { say("shutdown %s", result(status)); }
static void connect_cb(uv_connect_t* request, int status) { say("connect %s", result(status)); }
static void send_cb(uv_udp_send_t* request, int status) { say("send %s", result(status)); }
static void run(void) { CALL(uv_run(&loop, UV_RUN_DEFAULT)); }

static void two_pipes(void) {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  for (int i = 0; i < 2; i++) MUST(uv_pipe_init(&loop, &pipes[i], 0) == 0 && uv_pipe_open(&pipes[i], ends[i]) == 0);
}

static void close_twice(void) {
  uv_timer_init(&loop, &timer);
  uv_close(HANDLE(&timer), close_cb);
  uv_close(HANDLE(&timer), close_cb);
}

static void started_while_closing(void) {
  static uv_idle_t idle;
  static uv_signal_t signal_;
  uv_timer_init(&loop, &timer);
  uv_tcp_init(&loop, &tcp);
  uv_udp_init(&loop, &udp);
  uv_idle_init(&loop, &idle);
  uv_signal_init(&loop, &signal_);
  two_pipes();
  uv_close(HANDLE(&timer), close_cb);
  uv_close(HANDLE(&tcp), close_cb);
  uv_close(HANDLE(&udp), close_cb);
  uv_close(HANDLE(&pipes[0]), close_cb);
  CALL(uv_timer_start(&timer, on_timer, 0, 0));
  CALL(uv_timer_again(&timer));
  CALL(uv_timer_stop(&timer));
  CALL(uv_read_start(STREAM(&pipes[0]), alloc_cb, read_cb));
  CALL(uv_read_stop(STREAM(&pipes[0])));
  uv_buf_t buf = uv_buf_init("text", 4);
  CALL(uv_shutdown(&shutdown_req, STREAM(&pipes[0]), shutdown_cb));
  say("readable %d writable %d active %d closing %d", uv_is_readable(STREAM(&pipes[0])), uv_is_writable(STREAM(&pipes[0])),
      uv_is_active(HANDLE(&pipes[0])), uv_is_closing(HANDLE(&pipes[0])));
  CALL(uv_try_write(STREAM(&pipes[0]), &buf, 1));
  CALL(uv_udp_recv_stop(&udp));
  uv_os_fd_t fd;
  CALL(uv_fileno(HANDLE(&pipes[0]), &fd));
  uv_ref(HANDLE(&timer));
  uv_unref(HANDLE(&timer));
  say("has ref %d", uv_has_ref(HANDLE(&timer)));
  run();
  say("active %d closing %d", uv_is_active(HANDLE(&timer)), uv_is_closing(HANDLE(&timer)));
}

static void nulls(void) {
  uv_timer_init(&loop, &timer);
  uv_tcp_init(&loop, &tcp);
  two_pipes();
  CALL(uv_timer_start(&timer, NULL, 0, 0));
  CALL(uv_timer_again(&timer));
  CALL(uv_read_start(STREAM(&pipes[0]), NULL, read_cb));
  CALL(uv_read_start(STREAM(&pipes[0]), alloc_cb, NULL));
  CALL(uv_udp_init_ex(&loop, &udp, 0xff));
  CALL(uv_udp_init_ex(&loop, &udp, 0x10000));
  CALL(uv_tcp_init_ex(&loop, &other, 0xff));
  CALL(uv_fileno(HANDLE(&timer), (uv_os_fd_t*) buffer));
  CALL(uv_send_buffer_size(HANDLE(&tcp), NULL));
  int value = 0;
  CALL(uv_send_buffer_size(HANDLE(&tcp), &value));
  CALL(uv_recv_buffer_size(HANDLE(&timer), &value));
  CALL(uv_fs_stat(&loop, NULL, "file", NULL));
  CALL(uv_getaddrinfo(&loop, NULL, NULL, "x", NULL, NULL));
  CALL(uv_queue_work(&loop, (uv_work_t*) buffer, NULL, NULL));
  say("%s %s", uv_handle_type_name((uv_handle_type) 99) ? "a name" : "none", uv_req_type_name((uv_req_type) 99) ? "a name" : "none");
  say("%d %d", uv_handle_size((uv_handle_type) 99) == (size_t) -1, uv_req_size((uv_req_type) 99) == (size_t) -1);
  CALL(uv_cancel((uv_req_t*) &(uv_connect_t){.type = UV_CONNECT}));
}

static void unopened(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  uv_tcp_init(&loop, &tcp);
  uv_pipe_init(&loop, &pipes[0], 0);
  uv_udp_init(&loop, &udp);
  struct sockaddr_storage name;
  int length = sizeof(name);
  CALL(uv_tcp_getsockname(&tcp, (struct sockaddr*) &name, &length));
  CALL(uv_tcp_getpeername(&tcp, (struct sockaddr*) &name, &length));
  CALL(uv_udp_getsockname(&udp, (struct sockaddr*) &name, &length));
  CALL(uv_read_start(STREAM(&tcp), alloc_cb, read_cb));
  CALL(uv_read_stop(STREAM(&tcp)));
  CALL(uv_write(&write_req, STREAM(&tcp), &buf, 1, write_cb));
  CALL(uv_try_write(STREAM(&tcp), &buf, 1));
  CALL(uv_shutdown(&shutdown_req, STREAM(&tcp), shutdown_cb));
  CALL(uv_accept(STREAM(&tcp), STREAM(&pipes[0])));
  CALL(uv_tcp_nodelay(&tcp, 1));
  CALL(uv_tcp_keepalive(&tcp, 1, 60));
  CALL(uv_tcp_open(&tcp, -1));
  CALL(uv_pipe_open(&pipes[0], 999));
  CALL(uv_udp_open(&udp, 999));
  CALL(uv_udp_set_ttl(&udp, 5));
  CALL(uv_udp_set_ttl(&udp, 256));
  CALL(uv_udp_connect(&udp, NULL));
  CALL(uv_udp_try_send(&udp, &buf, 1, NULL));
  CALL(uv_listen(STREAM(&pipes[0]), 5, NULL));
  CALL(uv_poll_init(&loop, (uv_poll_t*) buffer, -1));
  say("alive %d", uv_loop_alive(&loop));
}

static void connected_cb(uv_connect_t* request, int status) {
  say("connect %s", result(status));
  uv_close(HANDLE(request->handle), close_cb);
}

static void connects(void) {
  struct sockaddr_in address;
  uv_tcp_init(&loop, &tcp);
  uv_ip4_addr("127.0.0.1", 1, &address);
  static uv_connect_t second;
  CALL(uv_tcp_connect(&connect_req, &tcp, (struct sockaddr*) &address, connected_cb));
  CALL(uv_tcp_connect(&second, &tcp, (struct sockaddr*) &address, connect_cb));
  run();
  uv_tcp_init(&loop, &other);
  CALL(uv_tcp_bind(&other, (struct sockaddr*) &(struct sockaddr_in){.sin_family = 12345}, 0));
  CALL(uv_tcp_connect(&connect_req, &other, (struct sockaddr*) &(struct sockaddr_in){.sin_family = 12345}, connect_cb));
  finish(&loop);
}

static void shutdowns(void) {
  static uv_shutdown_t second;
  uv_buf_t buf = uv_buf_init("text", 4);
  two_pipes();
  CALL(uv_shutdown(&shutdown_req, STREAM(&pipes[0]), shutdown_cb));
  CALL(uv_shutdown(&second, STREAM(&pipes[0]), shutdown_cb));
  CALL(uv_write(&write_req, STREAM(&pipes[0]), &buf, 1, write_cb));
  run();
  CALL(uv_shutdown(&second, STREAM(&pipes[0]), shutdown_cb));
  uv_close(HANDLE(&pipes[1]), NULL);
  run();
  CALL(uv_read_start(STREAM(&pipes[0]), alloc_cb, read_cb));
  finish(&loop);
}

static void write_closes(uv_write_t* request, int status) {
  say("write %s, closing", result(status));
  if (!uv_is_closing(HANDLE(request->handle))) uv_close(HANDLE(request->handle), close_cb);
}

static void read_closes(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("read %s, closing", result(count));
  uv_close(HANDLE(stream), close_cb);
}

static void closed_in_callbacks(void) {
  static uv_write_t more[3];
  static uv_udp_send_t send;
  uv_buf_t buf = uv_buf_init("text", 4);
  two_pipes();
  for (int i = 0; i < 3; i++) CALL(uv_write(&more[i], STREAM(&pipes[0]), &buf, 1, write_closes));
  CALL(uv_read_start(STREAM(&pipes[1]), alloc_cb, read_closes));
  run();
  struct sockaddr_in address;
  uv_udp_init(&loop, &udp);
  uv_ip4_addr("127.0.0.1", 9, &address);
  CALL(uv_udp_send(&send, &udp, &buf, 1, (struct sockaddr*) &address, send_cb));
  uv_close(HANDLE(&udp), close_cb);
  finish(&loop);
}

static void walk_closes_all(uv_handle_t* handle, void* argument) {
  uv_handle_t** all = argument;
  for (int i = 0; i < 3; i++)
    if (!uv_is_closing(all[i])) uv_close(all[i], close_cb);
}

static void walks(void) {
  uv_timer_init(&loop, &timer);
  uv_tcp_init(&loop, &tcp);
  uv_udp_init(&loop, &udp);
  uv_handle_t* all[] = {HANDLE(&timer), HANDLE(&tcp), HANDLE(&udp)};
  uv_walk(&loop, walk_closes_all, all);
  CALL(uv_loop_close(&loop));
  run();
  CALL(uv_loop_close(&loop));
}

static void stop_before(void) {
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 0, 0);
  uv_stop(&loop);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_stop(&loop);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_loop_close(&loop));
}

static int fired;
static void on_fired(uv_timer_t* handle) { fired++; }

static uv_async_t async;
static void on_async(uv_async_t* handle) {
  say("async");
  uv_close(HANDLE(handle), close_cb);
}

static void forked(void) {
  uv_timer_init(&loop, &timer);
  uv_async_init(&loop, &async, on_async);
  two_pipes();
  uv_timer_start(&timer, on_fired, 1, 0);
  CALL(uv_read_start(STREAM(&pipes[1]), alloc_cb, read_closes));
  uv_run(&loop, UV_RUN_NOWAIT);
  int pid = fork();
  if (pid == 0) {
    uv_buf_t buf = uv_buf_init("text", 4);
    CALL(uv_loop_fork(&loop));
    CALL(uv_async_send(&async));
    uv_run(&loop, UV_RUN_NOWAIT);
    CALL(uv_try_write(STREAM(&pipes[0]), &buf, 1));
    uv_close(HANDLE(&pipes[0]), NULL);
    run();
    say("fired %d", fired);
    finish(&loop);
    _exit(7);
  }
  int status;
  MUST(waitpid(pid, &status, 0) == pid);
  say("child ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void closed_loop(void) {
  CALL(uv_loop_close(&loop));
  uv_loop_t* made = uv_loop_new();
  CALL(uv_loop_close(made));
  free(made);
  uv_loop_t* first = uv_default_loop();
  CALL(uv_loop_close(first));
  say("the same %d", uv_default_loop() == first);
}

static void busy_loop(void) {
  uv_timer_init(&loop, &timer);
  CALL(uv_loop_close(&loop));
  uv_loop_t* made = uv_loop_new();
  uv_timer_t inner;
  uv_timer_init(made, &inner);
  uv_loop_delete(made);
}

static void closed_by_hand(void) {
  two_pipes();
  uv_os_fd_t fd;
  CALL(uv_fileno(HANDLE(&pipes[0]), &fd));
  CALL(uv_read_start(STREAM(&pipes[0]), alloc_cb, read_cb));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close(HANDLE(&pipes[0]), close_cb);
  uv_close(HANDLE(&pipes[1]), close_cb);
  finish(&loop);
}

static void initialized_again(void) {
  uv_timer_init(&loop, &timer);
  uv_close(HANDLE(&timer), close_cb);
  run();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 0, 0);
  run();
  uv_close(HANDLE(&timer), close_cb);
  run();
  CALL(uv_loop_close(&loop));
  CALL(uv_loop_init(&loop));
  CALL(uv_loop_close(&loop));
}

static void no_buffers(void) {
  two_pipes();
  uv_buf_t none = uv_buf_init(NULL, 0);
  CALL(uv_write(&write_req, STREAM(&pipes[0]), &none, 1, write_cb));
  run();
  CALL(uv_try_write(STREAM(&pipes[0]), &none, 1));
  run();
}

static void null_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {}
static void stop_at_error(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("read %s, %d", result(count), (int) buf->len);
  uv_read_stop(stream);
}
static void no_memory(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  two_pipes();
  CALL(uv_try_write(STREAM(&pipes[0]), &buf, 1));
  CALL(uv_read_start(STREAM(&pipes[1]), null_alloc, stop_at_error));
  run();
}

static uv_timer_t timers[3];

static void timer_closes_all(uv_timer_t* handle) {
  say("timer %d closes all", (int) (handle - timers));
  for (int i = 0; i < 3; i++)
    if (!uv_is_closing(HANDLE(&timers[i]))) uv_close(HANDLE(&timers[i]), close_cb);
  CALL(uv_timer_start(handle, on_timer, 0, 0));
  CALL(uv_timer_again(handle));
  CALL(uv_timer_stop(&timers[1]));
}

static void timer_opens_again(uv_handle_t* handle) {
  close_cb(handle);
  uv_timer_init(&loop, (uv_timer_t*) handle);
  CALL(uv_timer_start((uv_timer_t*) handle, on_timer, 0, 0));
}

static void timer_closes(uv_timer_t* handle) {
  say("timer closes");
  uv_close(HANDLE(handle), timer_opens_again);
}

static void closed_in_timers(void) {
  for (int i = 0; i < 3; i++) {
    uv_timer_init(&loop, &timers[i]);
    CALL(uv_timer_start(&timers[i], timer_closes_all, 1, 1));
  }
  run();
  uv_timer_init(&loop, &timer);
  CALL(uv_timer_start(&timer, timer_closes, 0, 1));
  run();
  finish(&loop);
}

static uv_poll_t polls[2];

static void poll_closes_both(uv_poll_t* handle, int status, int events) {
  say("poll %d: %s %d, closes both", (int) (handle - polls), result(status), events);
  for (int i = 0; i < 2; i++) uv_close(HANDLE(&polls[i]), close_cb);
}

static void closed_in_polls(void) {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 2; i++) {
      CALL(uv_poll_init(&loop, &polls[i], ends[i]));
      CALL(uv_poll_start(&polls[i], UV_WRITABLE, poll_closes_both));
    }
    run();
  }
  finish(&loop);
}

static uv_signal_t signals[2];

static void signal_closes_both(uv_signal_t* handle, int signum) {
  say("signal %d, closes both", (int) (handle - signals));
  for (int i = 0; i < 2; i++) uv_close(HANDLE(&signals[i]), close_cb);
}

static void signal_closes(uv_signal_t* handle, int signum) {
  say("signal, closes");
  uv_close(HANDLE(handle), close_cb);
}

static void closed_in_signals(void) {
  for (int i = 0; i < 2; i++) {
    uv_signal_init(&loop, &signals[i]);
    CALL(uv_signal_start(&signals[i], signal_closes_both, SIGUSR1));
  }
  raise(SIGUSR1);
  run();
  uv_signal_init(&loop, &signals[0]);
  CALL(uv_signal_start_oneshot(&signals[0], signal_closes, SIGUSR1));
  raise(SIGUSR1);
  run();
  /* With one that has come and was not told yet. */
  uv_signal_init(&loop, &signals[0]);
  CALL(uv_signal_start(&signals[0], signal_closes, SIGUSR1));
  raise(SIGUSR1);
  uv_close(HANDLE(&signals[0]), close_cb);
  run();
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  say("the default again %d", action.sa_handler == SIG_DFL);
  finish(&loop);
}

static uv_process_t process;

static void exit_closes(uv_process_t* handle, int64_t status, int signum) {
  say("exit %d %d, closes", (int) status, signum);
  uv_close(HANDLE(handle), close_cb);
}

static void closed_in_exits(void) {
  char* args[] = {"sh", "-c", "exit 3", NULL};
  uv_process_options_t options = {.exit_cb = exit_closes, .file = "/bin/sh", .args = args};
  for (int i = 0; i < 2; i++) {
    CALL(uv_spawn(&loop, &process, &options));
    run();
  }
  /* Before it ends. */
  args[2] = "exec sleep 100";
  CALL(uv_spawn(&loop, &process, &options));
  int pid = uv_process_get_pid(&process);
  uv_close(HANDLE(&process), close_cb);
  run();
  CALL(uv_kill(pid, SIGKILL));
  options.file = "/no/such/program";
  CALL(uv_spawn(&loop, &process, &options));
  uv_close(HANDLE(&process), close_cb);
  run();
  finish(&loop);
}

static int left;

static void writes_again(uv_write_t* request, int status) {
  uv_buf_t buf = uv_buf_init("again", 5);
  say("write %s, %d left", result(status), --left);
  if (left > 0)
    CALL(uv_write(request, request->handle, &buf, 1, writes_again));
  else
    CALL(uv_shutdown(&shutdown_req, request->handle, shutdown_cb));
}

static void on_work(uv_work_t* request) {}

static void works_again(uv_work_t* request, int status) {
  say("work %s, %d left", result(status), --left);
  if (left > 0) CALL(uv_queue_work(&loop, request, on_work, works_again));
}

static void stats_again(uv_fs_t* request) {
  say("stat %s, %d left", result(request->result), --left);
  uv_fs_req_cleanup(request);
  if (left > 0) CALL(uv_fs_stat(&loop, request, left % 2 ? "/" : "/none", stats_again));
}

static void looks_up_again(uv_getaddrinfo_t* request, int status, struct addrinfo* found) {
  say("lookup %s %d, %d left", result(status), found != NULL, --left);
  uv_freeaddrinfo(found);
  if (left > 0) CALL(uv_getaddrinfo(&loop, request, looks_up_again, "127.0.0.1", NULL, NULL));
}

static void sends_again(uv_udp_send_t* request, int status) {
  uv_buf_t buf = uv_buf_init("again", 5);
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 9, &address);
  say("send %s, %d left", result(status), --left);
  if (left > 0) CALL(uv_udp_send(request, request->handle, &buf, 1, (struct sockaddr*) &address, sends_again));
}

static void connects_again(uv_connect_t* request, int status) {
  say("connect %s, %d left", result(status), --left);
  if (left > 0) uv_pipe_connect(request, &pipes[0], "/no/such/socket", connects_again);
}

static void used_again(void) {
  static uv_work_t work;
  static uv_fs_t fs;
  static uv_getaddrinfo_t lookup;
  static uv_udp_send_t send;
  uv_buf_t buf = uv_buf_init("text", 4);
  two_pipes();
  left = 4;
  CALL(uv_write(&write_req, STREAM(&pipes[0]), &buf, 1, writes_again));
  run();
  left = 3;
  CALL(uv_queue_work(&loop, &work, on_work, works_again));
  run();
  left = 4;
  CALL(uv_fs_stat(&loop, &fs, "/", stats_again));
  run();
  left = 3;
  CALL(uv_getaddrinfo(&loop, &lookup, looks_up_again, "127.0.0.1", NULL, NULL));
  run();
  left = 3;
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 9, &address);
  uv_udp_init(&loop, &udp);
  CALL(uv_udp_send(&send, &udp, &buf, 1, (struct sockaddr*) &address, sends_again));
  run();
  finish(&loop);
  MUST(uv_loop_init(&loop) == 0);
  uv_pipe_init(&loop, &pipes[0], 0);
  left = 3;
  uv_pipe_connect(&connect_req, &pipes[0], "/no/such/socket", connects_again);
  run();
  finish(&loop);
}

static uv_poll_t poll_;
static void poll_cb(uv_poll_t* handle, int status, int events) { say("poll %s", result(status)); }
static void polls_for_the_unknown(void) {
  MUST(uv_poll_init(&loop, &poll_, 0) == 0);
  CALL(uv_poll_start(&poll_, 99, poll_cb));
}

static void polls_while_closing(void) {
  MUST(uv_poll_init(&loop, &poll_, 0) == 0);
  uv_close(HANDLE(&poll_), close_cb);
  CALL(uv_poll_start(&poll_, UV_READABLE, poll_cb));
}

static void wrong_arguments(void) {
  static uv_fs_event_t watcher;
  static uv_signal_t signal_;
  static uv_process_t process;
  static uv_barrier_t barrier;
  uv_fs_t req;
  size_t size = 0;
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_init(&loop, &udp);
  uv_tcp_init(&loop, &tcp);
  uv_signal_init(&loop, &signal_);
  uv_fs_event_init(&loop, &watcher);
  CALL(uv_loop_configure(&loop, (uv_loop_option) 99));
  CALL(uv_udp_bind(&udp, (struct sockaddr*) &address, 0xff00));
  CALL(uv_udp_set_membership(&udp, "239.255.0.1", NULL, (uv_membership) 99));
  CALL(uv_udp_set_multicast_ttl(&udp, 300));
  CALL(uv_tcp_bind(&tcp, (struct sockaddr*) &address, 0xff));
  CALL(uv_signal_start(&signal_, NULL, 99));
  CALL(uv_fs_event_start(&watcher, NULL, "nowhere", 0));
  CALL(uv_fs_event_stop(&watcher));
  CALL(uv_fs_event_getpath(&watcher, buffer, &size));
  CALL(uv_kill(getpid(), 999));
  CALL(uv_cwd(buffer, &size));
  CALL(uv_cwd(NULL, &size));
  CALL(uv_exepath(NULL, &size));
  CALL(uv_os_getenv(NULL, buffer, &size));
  CALL(uv_os_setenv(NULL, "value"));
  CALL(uv_os_unsetenv(NULL));
  CALL(uv_os_gethostname(NULL, &size));
  CALL(uv_os_homedir(NULL, NULL));
  CALL(uv_os_tmpdir(NULL, NULL));
  CALL(uv_os_uname(NULL));
  CALL(uv_os_getpriority(0, NULL));
  CALL(uv_os_setpriority(0, 99));
  CALL(uv_os_get_passwd(NULL));
  CALL(uv_if_indextoname(99, buffer, NULL));
  CALL(uv_gettimeofday(NULL));
  CALL(uv_get_process_title(NULL, 0));
  CALL(uv_random(NULL, NULL, buffer, 10, 1, NULL));
  CALL(uv_barrier_init(&barrier, 0));
  CALL(uv_inet_ntop(99, &address, buffer, 99));
  CALL(uv_inet_pton(99, "1", buffer));
  CALL(uv_getnameinfo(&loop, NULL, NULL, NULL, 0));
  CALL(uv_fs_open(NULL, NULL, NULL, 0, 0, NULL));
  CALL(uv_fs_copyfile(&loop, &req, "a", "b", 0xff, NULL));
  CALL(uv_fs_mkdtemp(&loop, &req, "no", NULL));
  CALL(uv_replace_allocator(NULL, realloc, calloc, free));
  CALL(uv_spawn(&loop, &process, &(uv_process_options_t){.file = "nowhere", .args = (char*[]){"nowhere", NULL}}));
  finish(&loop);
}

/* More buffers than one call of the system takes. */
static void many_buffers(void) {
  static uv_buf_t bufs[5000];
  static char text[20000];
  size_t size = 0;
  for (size_t i = 0; i < COUNT(bufs); i++) size += (bufs[i] = uv_buf_init("text", i % 5)).len;
  two_pipes();
  CALL(uv_write(&write_req, STREAM(&pipes[0]), bufs, COUNT(bufs), write_cb));
  run();
  uv_os_fd_t fd;
  MUST(uv_fileno(HANDLE(&pipes[1]), &fd) == 0);
  say("all %d", recv(fd, text, sizeof(text), MSG_WAITALL | MSG_DONTWAIT) == (ssize_t) size);
  finish(&loop);
}

static void wait_for_it(uv_work_t* request) { uv_sem_wait(request->data); }
static void worked(uv_work_t* request, int status) { say("work %s", result(status)); }
static void canceled_twice(void) {
  static uv_work_t works[64], last;
  uv_sem_t semaphore;
  MUST(uv_sem_init(&semaphore, 0) == 0);
  for (size_t i = 0; i < COUNT(works); i++) {
    works[i].data = &semaphore;
    MUST(uv_queue_work(&loop, &works[i], wait_for_it, NULL) == 0);
  }
  MUST(uv_queue_work(&loop, &last, wait_for_it, worked) == 0);
  CALL(uv_cancel((uv_req_t*) &last));
  CALL(uv_cancel((uv_req_t*) &last));
  for (size_t i = 0; i < COUNT(works); i++) uv_sem_post(&semaphore);
  run();
  finish(&loop);
}

static const struct program_case cases[] = {
    CASE(close_twice), CASE(started_while_closing), CASE(nulls),          CASE(unopened),    CASE(connects),
    CASE(shutdowns),   CASE(closed_in_callbacks),   CASE(walks),          CASE(stop_before), CASE(forked),
    CASE(closed_loop), CASE(busy_loop),             CASE(closed_by_hand), CASE(initialized_again),
    CASE(no_buffers),  CASE(no_memory),             CASE(closed_in_timers), CASE(closed_in_polls),
    CASE(closed_in_signals), CASE(closed_in_exits), CASE(used_again),
    CASE(polls_for_the_unknown), CASE(polls_while_closing), CASE(wrong_arguments), CASE(many_buffers), CASE(canceled_twice),
};

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  return run_apart(&loop, cases, COUNT(cases));
}
