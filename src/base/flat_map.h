#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace hb {

// A map in one sorted vector, for few entries that are walked through far more often than added:
// the nodes of a cluster, the links of a node. The part of std::map that is needed, with the same
// names; unlike there, adding an entry moves the others.
template <class Key, class Value>
class FlatMap {
 public:
  using Entry = std::pair<Key, Value>;
  using iterator = typename std::vector<Entry>::iterator;
  using const_iterator = typename std::vector<Entry>::const_iterator;

  [[nodiscard]] iterator begin() { return entries_.begin(); }
  [[nodiscard]] iterator end() { return entries_.end(); }
  [[nodiscard]] const_iterator begin() const { return entries_.begin(); }
  [[nodiscard]] const_iterator end() const { return entries_.end(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] iterator find(const Key& key) {
    const iterator at = lower_bound(key);
    return at != end() && at->first == key ? at : end();
  }
  [[nodiscard]] const_iterator find(const Key& key) const {
    return const_cast<FlatMap*>(this)->find(key);
  }
  [[nodiscard]] bool contains(const Key& key) const { return find(key) != end(); }

  // The key must be there.
  [[nodiscard]] Value& at(const Key& key) {
    const iterator found = find(key);
    HB_ASSERT(found != end());
    return found->second;
  }
  [[nodiscard]] const Value& at(const Key& key) const {
    return const_cast<FlatMap*>(this)->at(key);
  }

  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(const Key& key, Arguments&&... arguments) {
    const iterator at = lower_bound(key);
    if (at != end() && at->first == key) return {at, false};
    return {entries_.emplace(at, std::piecewise_construct, std::forward_as_tuple(key),
                             std::forward_as_tuple(std::forward<Arguments>(arguments)...)),
            true};
  }

  // How many went: 0 or 1.
  std::size_t erase(const Key& key) {
    const iterator found = find(key);
    if (found == end()) return 0;
    entries_.erase(found);
    return 1;
  }

 private:
  iterator lower_bound(const Key& key) {
    return std::lower_bound(entries_.begin(), entries_.end(), key,
                            [](const Entry& entry, const Key& k) { return entry.first < k; });
  }

  std::vector<Entry> entries_;
};

}  // namespace hb
