/* The machine, the process, the environment, addresses, random numbers. */
#include "program.h"
#include <sys/resource.h>

static uv_loop_t loop;

/* Of a function that puts a text into a buffer: with room for it, for a part of it, and for nothing. */
#define TEXT(call)                                                                                  \
  do {                                                                                              \
    char text[1024];                                                                                \
    size_t size = sizeof(text);                                                                     \
    int code = call(text, &size);                                                                   \
    say("%s %s, length right %d", #call, result(code), code == 0 && size == strlen(text));          \
    size_t length = size;                                                                           \
    size = 2;                                                                                       \
    code = call(text, &size);                                                                       \
    say("   two bytes: %s, %d more than its length", result(code), code < 0 ? (int) (size - length) : 0); \
    size = 0;                                                                                       \
    say("   none: %s", result(call(text, &size)));                                                  \
    say("   null: %s", result(call(NULL, &size)));                                                  \
  } while (0)

static void texts(void) {
  char text[1024];
  size_t size = sizeof(text);
  say("-- texts");
  TEXT(uv_cwd);
  TEXT(uv_os_homedir);
  TEXT(uv_os_tmpdir);
  TEXT(uv_os_gethostname);
  CALL(uv_exepath(text, &size));
  say("this program %d", strcmp(strrchr(text, '/'), "/misc") == 0);
  size = 3;
  CALL(uv_exepath(text, &size));
  say("%d %s", (int) size, text);
  CALL(uv_exepath(NULL, &size));
  MUST(setenv("HOME", "/a/home", 1) == 0 && setenv("TMPDIR", "/a/place/", 1) == 0);
  size = sizeof(text);
  CALL(uv_os_homedir(text, &size));
  say("%d %s", (int) size, text);
  size = sizeof(text);
  CALL(uv_os_tmpdir(text, &size));
  say("%d %s", (int) size, text);
  MUST(unsetenv("TMPDIR") == 0 && setenv("TMP", "/another", 1) == 0);
  size = sizeof(text);
  CALL(uv_os_tmpdir(text, &size));
  say("%d %s", (int) size, text);
  MUST(unsetenv("TMP") == 0);
  size = sizeof(text);
  CALL(uv_os_tmpdir(text, &size));
  say("%d %s", (int) size, text);
  CALL(uv_chdir("/usr"));
  size = sizeof(text);
  CALL(uv_cwd(text, &size));
  say("%d %s", (int) size, text);
  CALL(uv_chdir("/no/such/directory"));
  size = 4;
  CALL(uv_cwd(text, &size));
  say("%d", (int) size);
}

static void environment(void) {
  char text[64];
  size_t size = sizeof(text);
  say("-- environment");
  CALL(uv_os_setenv("A_NAME", "a value"));
  CALL(uv_os_getenv("A_NAME", text, &size));
  say("%d %s", (int) size, text);
  size = 7;
  CALL(uv_os_getenv("A_NAME", text, &size));
  say("%d", (int) size);
  size = 0;
  CALL(uv_os_getenv("A_NAME", text, &size));
  CALL(uv_os_getenv(NULL, text, &size));
  CALL(uv_os_setenv(NULL, "value"));
  CALL(uv_os_setenv("A_NAME", NULL));
  CALL(uv_os_setenv("EMPTY", ""));
  size = sizeof(text);
  CALL(uv_os_getenv("EMPTY", text, &size));
  say("%d", (int) size);
  CALL(uv_os_unsetenv(NULL));
  uv_env_item_t* items;
  int count, found = 0;
  CALL(uv_os_environ(&items, &count));
  for (int i = 0; i < count; i++)
    if (strcmp(items[i].name, "A_NAME") == 0) found += strcmp(items[i].value, "a value") == 0;
  say("found %d", found);
  uv_os_free_environ(items, count);
  CALL(uv_os_unsetenv("A_NAME"));
  size = sizeof(text);
  CALL(uv_os_getenv("A_NAME", text, &size));
  CALL(uv_os_unsetenv("A_NAME"));
}

static void machine(void) {
  uv_utsname_t name;
  uv_rusage_t usage;
  uv_cpu_info_t* cpus;
  uv_interface_address_t* addresses;
  uv_passwd_t user;
  uv_timeval64_t time;
  double number, load[3];
  size_t bytes;
  int count, priority, loopback = 0;
  say("-- the machine");
  CALL(uv_os_uname(&name));
  say("%s %s", name.sysname, name.machine);
  CALL(uv_os_uname(NULL));
  CALL(uv_uptime(&number));
  say("%d", number > 0);
  uv_loadavg(load);
  say("%d", load[0] >= 0);
  CALL(uv_getrusage(&usage));
  say("%d", usage.ru_maxrss > 0);
  CALL(uv_resident_set_memory(&bytes));
  say("%d", bytes > 100000);
  say("%d %d", uv_get_free_memory() > 0 && uv_get_free_memory() < uv_get_total_memory(), uv_get_constrained_memory() != 1);
  CALL(uv_cpu_info(&cpus, &count));
  say("%d %d", count > 0, cpus[0].model != NULL && cpus[0].cpu_times.user > 0);
  uv_free_cpu_info(cpus, count);
  CALL(uv_interface_addresses(&addresses, &count));
  for (int i = 0; i < count; i++)
    if (addresses[i].is_internal && addresses[i].address.address4.sin_family == AF_INET) {
      char text[64];
      uv_ip4_name(&addresses[i].address.address4, text, sizeof(text));
      loopback += strcmp(text, "127.0.0.1") == 0 && strcmp(addresses[i].name, "lo") == 0;
      uv_ip4_name(&addresses[i].netmask.netmask4, text, sizeof(text));
      say("netmask %s", text);
    }
  say("%d", loopback);
  uv_free_interface_addresses(addresses, count);
  CALL(uv_os_get_passwd(&user));
  say("%d %d %s %s %s", (int) (user.uid == getuid()), (int) (user.gid == getgid()), user.username, user.shell, user.homedir);
  uv_os_free_passwd(&user);
  uv_os_free_passwd(&user);
  say("%d", user.username == NULL);
  CALL(uv_os_get_passwd(NULL));
  CALL(uv_gettimeofday(&time));
  say("%d %d", time.tv_sec > 1600000000, time.tv_usec >= 0 && time.tv_usec < 1000000);
  CALL(uv_gettimeofday(NULL));
  uint64_t before = uv_hrtime();
  uv_sleep(2);
  say("%d", uv_hrtime() >= before + 2000000);
  say("%d %d", uv_os_getpid() == getpid(), uv_os_getppid() == getppid());
  CALL(uv_os_getpriority(0, &priority));
  say("%d", priority == getpriority(PRIO_PROCESS, 0));
  CALL(uv_os_getpriority(0, NULL));
  CALL(uv_os_getpriority(-2, &priority));
  CALL(uv_os_setpriority(0, 100));
  CALL(uv_os_setpriority(-2, 10));
  CALL(uv_os_setpriority(0, UV_PRIORITY_LOW));
  CALL(uv_os_getpriority(0, &priority));
  say("%d", priority);
}

static void addresses(void) {
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  char text[64];
  unsigned char bytes[16];
  say("-- addresses");
  CALL(uv_ip4_addr("192.0.2.7", 80, &v4));
  CALL(uv_ip4_name(&v4, text, sizeof(text)));
  say("%s %d", text, ntohs(v4.sin_port));
  CALL(uv_ip_name((struct sockaddr*) &v4, text, sizeof(text)));
  CALL(uv_ip4_name(&v4, text, 3));
  CALL(uv_ip4_addr("192.0.2", 80, &v4));
  CALL(uv_ip4_addr("192.0.2.256", 80, &v4));
  CALL(uv_ip4_addr("0192.0.2.1", 80, &v4));
  CALL(uv_ip4_addr("", 80, &v4));
  CALL(uv_ip6_addr("2001:db8::7", 81, &v6));
  CALL(uv_ip6_name(&v6, text, sizeof(text)));
  say("%s %d", text, ntohs(v6.sin6_port));
  CALL(uv_ip_name((struct sockaddr*) &v6, text, sizeof(text)));
  CALL(uv_ip6_addr("fe80::1%lo", 81, &v6));
  say("scope %d", v6.sin6_scope_id > 0);
  CALL(uv_ip6_addr("fe80::1%nothing", 81, &v6));
  say("scope %d", v6.sin6_scope_id > 0);
  CALL(uv_ip6_addr("::ffff:192.0.2.7", 81, &v6));
  CALL(uv_ip6_name(&v6, text, sizeof(text)));
  say("%s", text);
  CALL(uv_ip6_name(&v6, text, 5));
  CALL(uv_ip6_addr("1:2:3", 81, &v6));
  CALL(uv_ip6_addr("::1::", 81, &v6));
  struct sockaddr other = {.sa_family = AF_UNIX};
  CALL(uv_ip_name(&other, text, sizeof(text)));
  CALL(uv_inet_pton(AF_INET, "10.0.0.1", bytes));
  CALL(uv_inet_ntop(AF_INET, bytes, text, sizeof(text)));
  say("%s", text);
  CALL(uv_inet_ntop(AF_INET, bytes, text, 8));
  CALL(uv_inet_pton(AF_INET6, "1::8", bytes));
  CALL(uv_inet_ntop(AF_INET6, bytes, text, sizeof(text)));
  say("%s", text);
  CALL(uv_inet_pton(AF_UNIX, "x", bytes));
  CALL(uv_inet_ntop(AF_UNIX, bytes, text, sizeof(text)));
  CALL(uv_inet_pton(AF_INET, NULL, bytes));
  const char* all[] = {"::", "::1", "1::", "1:0:0:2::3", "1:0:2:0:0:0:3:4", "::ffff:1.2.3.4", "::1.2.3.4", "12345::", "1:2:3:4:5:6:7:8:9",
                       "1:2:3:4:5:6:7:1.2.3.4", "::01", "g::"};
  for (size_t i = 0; i < COUNT(all); i++) {
    int code = uv_inet_pton(AF_INET6, all[i], bytes);
    if (code == 0) uv_inet_ntop(AF_INET6, bytes, text, sizeof(text));
    say("%s: %s %s", all[i], result(code), code == 0 ? text : "");
  }
  size_t size = sizeof(text);
  CALL(uv_if_indextoname(1, text, &size));
  say("%d %s", (int) size, text);
  size = 1;
  CALL(uv_if_indextoname(1, text, &size));
  say("%d", (int) size);
  size = sizeof(text);
  CALL(uv_if_indextoname(9999, text, &size));
  CALL(uv_if_indextoiid(1, text, &size));
  say("%d %s", (int) size, text);
}

static void on_random(uv_random_t* req, int status, void* buffer, size_t length) {
  int some = 0;
  for (size_t i = 0; i < length; i++) some |= ((char*) buffer)[i];
  say("random %s, %d bytes, some %d", result(status), (int) length, some != 0);
}

static void* no_malloc(size_t size) { return NULL; }

static void others(char** argv) {
  uv_random_t req;
  char bytes[32] = {0}, text[64];
  uv_file pair[2];
  say("-- others");
  CALL(uv_random(NULL, NULL, bytes, sizeof(bytes), 0, NULL));
  say("%d", memcmp(bytes, (char[32]){0}, 32) != 0);
  CALL(uv_random(NULL, NULL, bytes, sizeof(bytes), 1, NULL));
  CALL(uv_random(&loop, &req, bytes, sizeof(bytes), 0, on_random));
  uv_run(&loop, UV_RUN_DEFAULT);
  CALL(uv_random(NULL, NULL, bytes, (size_t) -1, 0, NULL));
  CALL(uv_replace_allocator(NULL, realloc, calloc, free));
  CALL(uv_replace_allocator(no_malloc, realloc, calloc, NULL));
  uv_buf_t buf = uv_buf_init(bytes, 7);
  say("%d %d", buf.base == bytes, (int) buf.len);
  CALL(uv_translate_sys_error(ENOENT) == UV_ENOENT);
  CALL(uv_translate_sys_error(-ENOENT) == UV_ENOENT);
  CALL(uv_pipe(pair, UV_NONBLOCK_PIPE, 0));
  say("%d %d", (fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0, (fcntl(pair[1], F_GETFL) & O_NONBLOCK) != 0);
  say("%d", (fcntl(pair[0], F_GETFD) & FD_CLOEXEC) != 0);
  say("guess %s", uv_handle_type_name(uv_guess_handle(pair[0])));
  close(pair[0]);
  close(pair[1]);
  CALL(uv_socketpair(SOCK_STREAM, 0, pair, 0, UV_NONBLOCK_PIPE));
  say("%d %d", (fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0, (fcntl(pair[1], F_GETFL) & O_NONBLOCK) != 0);
  close(pair[0]);
  close(pair[1]);
  CALL(uv_socketpair(12345, 0, pair, 0, 0));
  say("%d", uv_get_osfhandle(3) == 3 && uv_open_osfhandle(3) == 3);
  CALL(uv_set_process_title("a title"));
  CALL(uv_get_process_title(text, sizeof(text)));
  say("%s", text);
  CALL(uv_get_process_title(text, 3));
  CALL(uv_get_process_title(NULL, 3));
  CALL(uv_get_process_title(text, 0));
  say("%s", argv[1] == NULL ? "no more arguments" : argv[1]);
}

int main(int argc, char** argv) {
  char before[64];
  CALL(uv_get_process_title(before, sizeof(before)));
  argv = uv_setup_args(argc, argv);
  uv_loop_init(&loop);
  texts();
  environment();
  addresses();
  others(argv);
  machine();
  finish(&loop);
  uv_library_shutdown();
  return 0;
}
