#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/ids.h"

namespace hb {

// One resource of a haresources line: `name::a::b` is script "name" with arguments a, b; a bare
// address is script "IPaddr" with the address as its argument (spec: resources 1.1).
struct ResourceSpec {
  std::string script;
  std::vector<std::string> arguments;
  std::string text;  // as it stands in the file; what log lines and messages show

  friend bool operator==(const ResourceSpec&, const ResourceSpec&) = default;
};

// One logical line of haresources: started left to right, stopped right to left.
struct ResourceGroup {
  GroupKey key;        // text of the first resource
  NodeName preferred;  // first word of the line, lower-cased
  std::vector<ResourceSpec> resources;

  friend bool operator==(const ResourceGroup&, const ResourceGroup&) = default;
};

}  // namespace hb
