/* Names and addresses, by the system's functions on the pool. */
#include "program.h"

static uv_loop_t loop;

static void print(struct addrinfo* found) {
  for (; found != NULL; found = found->ai_next) {
    char name[64] = "?";
    int port = -1;
    if (found->ai_family == AF_INET) {
      uv_ip4_name((struct sockaddr_in*) found->ai_addr, name, sizeof(name));
      port = ntohs(((struct sockaddr_in*) found->ai_addr)->sin_port);
    } else if (found->ai_family == AF_INET6) {
      uv_ip6_name((struct sockaddr_in6*) found->ai_addr, name, sizeof(name));
      port = ntohs(((struct sockaddr_in6*) found->ai_addr)->sin6_port);
    }
    say("  %s port %d socktype %d protocol %d canon %s", name, port, found->ai_socktype, found->ai_protocol,
        found->ai_canonname == NULL ? "-" : found->ai_canonname);
  }
}

static void on_addrinfo(uv_getaddrinfo_t* request, int status, struct addrinfo* found) {
  say("getaddrinfo %s, same %d", result(status), found == request->addrinfo);
  print(found);
  uv_freeaddrinfo(found);
}

static void on_nameinfo(uv_getnameinfo_t* request, int status, const char* host, const char* service) {
  say("getnameinfo %s %s %s", result(status), host == NULL ? "-" : host, service == NULL ? "-" : service);
  if (status == 0) MUST(host == request->host && service == request->service);
}

static void addrinfo(const char* node, const char* service, int family, int socktype, int flags) {
  uv_getaddrinfo_t request;
  struct addrinfo hints = { .ai_family = family, .ai_socktype = socktype, .ai_flags = flags };
  say("-- %s %s", node == NULL ? "NULL" : node, service == NULL ? "NULL" : service);
  CALL(uv_getaddrinfo(&loop, &request, on_addrinfo, node, service, &hints));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  int code = uv_getaddrinfo(&loop, &request, NULL, node, service, &hints);
  say("at once %s", result(code));
  if (code == 0) {
    print(request.addrinfo);
    uv_freeaddrinfo(request.addrinfo);
  }
}

static void nameinfo(struct sockaddr* address, int flags) {
  uv_getnameinfo_t request;
  CALL(uv_getnameinfo(&loop, &request, on_nameinfo, address, flags));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  int code = uv_getnameinfo(&loop, &request, NULL, address, flags);
  say("at once %s", result(code));
  if (code == 0) say("  %s %s", request.host, request.service);
}

int main(void) {
  uv_getaddrinfo_t request;
  CALL(uv_loop_init(&loop));
  addrinfo("127.0.0.1", "80", AF_INET, SOCK_STREAM, 0);
  addrinfo("localhost", NULL, AF_INET, SOCK_DGRAM, AI_CANONNAME);
  addrinfo("::1", "12345", AF_INET6, SOCK_STREAM, AI_NUMERICHOST | AI_NUMERICSERV);
  addrinfo(NULL, "443", AF_INET, SOCK_STREAM, AI_PASSIVE);
  addrinfo(NULL, "443", AF_INET, SOCK_STREAM, 0);
  addrinfo("127.0.0.1", "http", AF_INET, SOCK_STREAM, 0);
  addrinfo("127.0.0.1", "no-such-service", AF_INET, SOCK_STREAM, 0);
  addrinfo("127.0.0.1.", "x", AF_INET, SOCK_STREAM, AI_NUMERICHOST);
  addrinfo("not-numeric", "1", AF_INET, SOCK_STREAM, AI_NUMERICHOST);
  addrinfo("127.0.0.1", "1", 9999, SOCK_STREAM, 0);
  addrinfo("127.0.0.1", "1", AF_INET6, SOCK_STREAM, AI_NUMERICHOST);
  addrinfo("127.0.0.1", "1", AF_INET, 77, 0);
  addrinfo("127.0.0.1", "1", AF_INET, SOCK_STREAM, 0x40000000);

  say("-- without hints");
  CALL(uv_getaddrinfo(&loop, &request, on_addrinfo, "127.0.0.1", "7", NULL));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- errors at once");
  CALL(uv_getaddrinfo(&loop, &request, on_addrinfo, NULL, NULL, NULL));
  CALL(uv_getaddrinfo(&loop, NULL, on_addrinfo, "localhost", NULL, NULL));
  char longest[600];
  memset(longest, 'a', sizeof(longest));
  longest[sizeof(longest) - 1] = 0;
  CALL(uv_getaddrinfo(&loop, &request, on_addrinfo, longest, NULL, NULL));
  CALL(uv_getaddrinfo(&loop, &request, on_addrinfo, "\xff\xfe.example", NULL, NULL));
  uv_freeaddrinfo(NULL);

  say("-- names");
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  MUST(uv_ip4_addr("127.0.0.1", 80, &v4) == 0 && uv_ip6_addr("::1", 12345, &v6) == 0);
  nameinfo((struct sockaddr*) &v4, NI_NUMERICHOST | NI_NUMERICSERV);
  nameinfo((struct sockaddr*) &v6, NI_NUMERICHOST | NI_NUMERICSERV);
  nameinfo((struct sockaddr*) &v4, 0);
  uv_getnameinfo_t name;
  v4.sin_family = 99;
  CALL(uv_getnameinfo(&loop, &name, on_nameinfo, (struct sockaddr*) &v4, 0));
  CALL(uv_getnameinfo(&loop, &name, on_nameinfo, NULL, 0));
  CALL(uv_getnameinfo(&loop, NULL, on_nameinfo, (struct sockaddr*) &v6, 0));
  uv_ip4_addr("203.0.113.7", 9, &v4);
  nameinfo((struct sockaddr*) &v4, NI_NUMERICSERV | NI_NUMERICHOST);
  finish(&loop);
  return 0;
}
