/* Handles: what all have in common. */
#include "program.h"

static uv_loop_t loop;

static union uv_any_handle any[16];

static void on_close(uv_handle_t* handle) {
  say("closed %s: active %d, closing %d, ref %d, data %d", uv_handle_type_name(uv_handle_get_type(handle)), uv_is_active(handle),
      uv_is_closing(handle), uv_has_ref(handle), *(int*) handle->data);
}

static void state(const char* when, uv_handle_t* handle) {
  say("%s: active %d, closing %d, ref %d", when, uv_is_active(handle), uv_is_closing(handle), uv_has_ref(handle));
}

static void async_cb(uv_async_t* handle) {}
static void timer_cb(uv_timer_t* handle) { say("timer"); }

static void print_handles(int only_active) {
  char* text = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  if (only_active)
    uv_print_active_handles(&loop, stream);
  else
    uv_print_all_handles(&loop, stream);
  fclose(stream);
  /* Without the addresses, and without the loop's own handles. */
  for (char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    if (line[3] != 'I') say("%.14s", line);
  free(text);
}

int main(void) {
  static int data[16];
  for (int type = UV_UNKNOWN_HANDLE; type <= UV_HANDLE_TYPE_MAX; type++) {
    const char* name = uv_handle_type_name(type);
    say("type %d: %s, size %d", type, name == NULL ? "-" : name, (int) uv_handle_size(type));
  }
  MUST(uv_handle_size(UV_TCP) == sizeof(uv_tcp_t));
  MUST(uv_handle_size(UV_NAMED_PIPE) == sizeof(uv_pipe_t));
  MUST(uv_handle_size(UV_PROCESS) == sizeof(uv_process_t));

  CALL(uv_loop_init(&loop));
  int count = 0;
  CALL(uv_async_init(&loop, &any[count++].async, async_cb));
  CALL(uv_check_init(&loop, &any[count++].check));
  CALL(uv_fs_event_init(&loop, &any[count++].fs_event));
  CALL(uv_fs_poll_init(&loop, &any[count++].fs_poll));
  CALL(uv_idle_init(&loop, &any[count++].idle));
  CALL(uv_pipe_init(&loop, &any[count++].pipe, 0));
  CALL(uv_prepare_init(&loop, &any[count++].prepare));
  CALL(uv_tcp_init(&loop, &any[count++].tcp));
  CALL(uv_timer_init(&loop, &any[count++].timer));
  CALL(uv_udp_init(&loop, &any[count++].udp));
  CALL(uv_signal_init(&loop, &any[count++].signal));
  int fds[2];
  MUST(pipe(fds) == 0);
  CALL(uv_poll_init(&loop, &any[count++].poll, fds[0]));

  for (int i = 0; i < count; i++) {
    uv_handle_t* handle = &any[i].handle;
    data[i] = i;
    uv_handle_set_data(handle, &data[i]);
    MUST(handle->data == &data[i] && uv_handle_get_data(handle) == &data[i]);
    MUST(uv_handle_get_loop(handle) == &loop && handle->loop == &loop);
    state(uv_handle_type_name(handle->type), handle);
    uv_unref(handle);
    uv_unref(handle);
    MUST(!uv_has_ref(handle));
    uv_ref(handle);
    uv_ref(handle);
    MUST(uv_has_ref(handle));
    uv_os_fd_t fd = -1;
    say("  fileno %s", result(uv_fileno(handle, &fd)));
  }
  say("active handles %u", loop.active_handles);
  print_handles(0);
  print_handles(1);

  say("-- buffer sizes");
  int value = 0;
  for (int i = 0; i < count; i++) {
    uv_handle_type type = any[i].handle.type;
    if (type != UV_TCP && type != UV_UDP && type != UV_NAMED_PIPE) continue;
    say("%s without a socket: %s %s", uv_handle_type_name(type), result(uv_send_buffer_size(&any[i].handle, &value)),
        result(uv_recv_buffer_size(&any[i].handle, &value)));
  }
  CALL(uv_send_buffer_size(NULL, &value));
  CALL(uv_recv_buffer_size(&any[0].handle, NULL));
  CALL(uv_send_buffer_size(&any[0].handle, &value));
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_bind(&any[9].udp, (struct sockaddr*) &address, 0);
  value = 0;
  CALL(uv_send_buffer_size(&any[9].handle, &value));
  MUST(value > 0);
  value = 4000;
  CALL(uv_recv_buffer_size(&any[9].handle, &value));
  value = 0;
  CALL(uv_recv_buffer_size(&any[9].handle, &value));
  say("Linux doubles it: %d", value);
  uv_os_fd_t fd = -1;
  CALL(uv_fileno(&any[9].handle, &fd));
  say("a descriptor %d", fd > 2);

  say("-- ref and active");
  uv_timer_t* timer = &any[8].timer;
  uv_timer_start(timer, timer_cb, 60000, 0);
  state("started", HANDLE(timer));
  uv_unref(HANDLE(timer));
  say("alive %d", uv_loop_alive(&loop));
  uv_close(&any[0].handle, NULL);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("alive %d", uv_loop_alive(&loop));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_ref(HANDLE(timer));
  uv_timer_start(timer, timer_cb, 1, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- close");
  for (int i = 1; i < count; i++) {
    uv_close(&any[i].handle, on_close);
    uv_os_fd_t closed_fd;
    say("%s active %d closing %d fileno %s", uv_handle_type_name(any[i].handle.type), uv_is_active(&any[i].handle),
        uv_is_closing(&any[i].handle), result(uv_fileno(&any[i].handle, &closed_fd)));
  }
  uv_unref(&any[1].handle);
  CALL(uv_loop_close(&loop));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_loop_close(&loop));
  return 0;
}
