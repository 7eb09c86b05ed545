#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace hb::io::testing {

// For tests only: runs `body` in a child, so that the other tests stay ordinary. Returns the exit
// code that `body` returned; -1 if the child ended in another way.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace hb::io::testing
